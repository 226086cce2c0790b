"""Domain enums as GraphQL enums; registered before any type or argument mentions them."""

import strawberry

from datasources.sanity.listings import ListingOrder
from domain.categories import AttributeKind
from domain.images import ImageFit, ImageFormat
from domain.listings import Condition, ListingStatus
from domain.search import ListingSort
from domain.users import ProfileKind, Role

strawberry.enum(AttributeKind, description="How an attribute's value is written.")
strawberry.enum(Condition, description="How used a thing is.")
strawberry.enum(ImageFit, description="How a picture is brought to the asked size.")
strawberry.enum(ImageFormat, description="The file format of a picture.")
strawberry.enum(ListingOrder, description="The order of `listings`.")
strawberry.enum(ListingSort, description="The order of `search`.")
strawberry.enum(ListingStatus, description="Where a listing stands.")
strawberry.enum(ProfileKind, description="Whether a seller trades privately or as a business.")
strawberry.enum(Role, description="What an account may do.")
