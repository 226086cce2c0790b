"""The enums of auctions as GraphQL enums; registered before any type or argument mentions them."""

import strawberry

from datasources.postgres.auctions import AuctionOrder
from domain.auctions import AuctionKind, AuctionStatus, ReserveStatus
from domain.bids import RejectionCode, Standing
from domain.lots import LotPhase
from domain.orders import OrderKind, OrderStatus
from domain.payments import PaymentStatus
from domain.results import Outcome, OutcomeReason
from domain.retractions import RetractionReason

strawberry.enum(AuctionKind, description="How the price is found.")
strawberry.enum(AuctionOrder, description="The order of `auctions`.")
strawberry.enum(AuctionStatus, description="Where an auction stands.")
strawberry.enum(LotPhase, description="Whether a lot takes bids.")
strawberry.enum(OrderKind, description="How a sale came about.")
strawberry.enum(OrderStatus, description="Where the money of an order stands.")
strawberry.enum(Outcome, description="Whether a lot found a buyer.")
strawberry.enum(OutcomeReason, description="Why a lot was sold or passed.")
strawberry.enum(PaymentStatus, description="How far the collection of an order's money has come.")
strawberry.enum(RejectionCode, description="Why a bid was not taken; stable, the text beside it may change.")
strawberry.enum(ReserveStatus, description="Whether the reserve is met.")
strawberry.enum(RetractionReason, description="The only reasons for which a bid may be taken back.")
strawberry.enum(Standing, description="Whether a registered bidder may bid.")
