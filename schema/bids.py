"""What bidding answers: every outcome of a bid has a type of its own, with the data to act on it."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import auctions as domain_auctions
from domain import bids as domain
from domain import lots as domain_lots
from resolvers import bid_refusals as resolve_refusals
from resolvers import bids as resolve
from schema.auctions import Auction
from schema.fields import attribute, resolved
from schema.money import Money
from schema.nodes import view
from schema.orders import Order
from schema.problems import IdempotencyConflict, NotAllowed, NotFound, NotSignedIn, Problem, RetryLater, WrongState
from services import lot_steps


@view(of=domain.BidAccepted, description="The bid is recorded and its bidder leads.")
class BidAccepted:
    """A view of `domain.bids.BidAccepted`."""

    idempotency_key: str = attribute("The key of the call.")
    seq: int = attribute("The bid's place in the lot's log.")
    price: Money = attribute("The price after it.")
    my_max: Money = attribute("The recorded maximum.")
    reserve_status: domain_auctions.ReserveStatus = attribute("Whether the reserve is met.")
    effective_end_at: datetime = attribute("The end after it.")
    server_time: datetime = attribute("When the bid store took it.")
    replayed: bool = attribute("Whether this repeats the answer to an earlier call with this key.")
    has_bought: bool = attribute("Whether the lot was bought at once.")


@view(of=domain.BidOutbid, description="The bid is recorded; an earlier maximum of another bidder still leads.")
class BidOutbid:
    """A view of `domain.bids.BidOutbid`."""

    idempotency_key: str = attribute("The key of the call.")
    seq: int = attribute("The bid's place in the lot's log.")
    price: Money = attribute("The price after it.")
    my_max: Money = attribute("The recorded maximum.")
    minimum_next: Money | None = attribute("The least that may be offered next.")
    reserve_status: domain_auctions.ReserveStatus = attribute("Whether the reserve is met.")
    effective_end_at: datetime = attribute("The end after it.")
    server_time: datetime = attribute("When the bid store took it.")
    replayed: bool = attribute("Whether this repeats the answer to an earlier call with this key.")


@view(of=domain.BidRejected, description="The bid was not taken and left no trace.")
class BidRejected(Problem):
    """A view of `domain.bids.BidRejected`."""

    idempotency_key: str = attribute("The key of the call.")
    code: str = resolved(by=resolve_refusals.rejection_code, description="Why, as a stable text; the name of `reason`.")
    reason: domain.RejectionCode = resolved(by=resolve_refusals.rejection_reason, description="Why.")
    minimum_next: Money | None = attribute("The least that may be offered now.")
    server_time: datetime | None = attribute("When the bid store received it, where it got that far.")
    replayed: bool = attribute("Whether this repeats the answer to an earlier call with this key.")


@view(of=domain.BidKeyConflict, description="The key was used on this lot before with another input.")
class BidKeyConflict(Problem):
    """IDEMPOTENCY_CONFLICT."""

    idempotency_key: str = attribute("The key of the call.")


@view(of=domain.BidUnknown, description="It is not known yet whether the bid counts; ask again with the same key.")
class BidUnknown(Problem):
    """BID_UNKNOWN."""

    idempotency_key: str = attribute("The key of the call.")


@view(of=domain.BidRetryLater, description="Nothing was decided; repeat the same call with the same key.")
class BidRetryLater(Problem):
    """RETRY_LATER."""

    idempotency_key: str = attribute("The key of the call.")


@view(of=domain.Registration, description="The viewer's admission to a lot.")
class Registration:
    """A view of `domain.bids.Registration`."""

    standing: domain.Standing = attribute("Whether the viewer may bid.")


@view(of=lot_steps.LotStepped, description="The step is recorded.")
class LotStepped:
    """A view of `services.lot_steps.LotStepped`."""

    version: int = attribute("The lot's version after it.")
    phase: domain_lots.LotPhase = attribute("Whether the lot takes bids.")
    effective_end_at: datetime = attribute("The end after it.")
    auction: Auction | None = resolved(by=resolve.stepped_auction, description="The auction.")


PlaceBidResult = Annotated[
    BidAccepted | BidOutbid | BidRejected | BidKeyConflict | BidUnknown | BidRetryLater | NotSignedIn | NotFound,
    strawberry.union("PlaceBidResult", description="What became of the bid."),
]
RegisterResult = Annotated[
    Registration | NotSignedIn | NotAllowed | NotFound | WrongState | RetryLater,
    strawberry.union("RegisterToBidResult", description="The admission, or why there is none."),
]
LotStepResult = Annotated[
    LotStepped | NotSignedIn | NotAllowed | NotFound | WrongState | RetryLater,
    strawberry.union("LotStepResult", description="The lot after the step, or why it was not taken."),
]
OrderResult = Annotated[
    Order | NotSignedIn | NotAllowed | NotFound | WrongState | IdempotencyConflict | RetryLater,
    strawberry.union("OrderResult", description="The order, or why there is none."),
]
