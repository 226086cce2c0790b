"""Batching: ids in, records out in the same order, one call per system and level."""

from functools import cached_property

from aiodataloader import DataLoader

from datasources.sanity.listings import Keyed
from datasources.sources import Sources
from domain.categories import Category
from domain.content import ContentPage, Faq, Promotion
from domain.counters import ListingCounters, ViewerListingState
from domain.listings import Listing
from domain.problems import UnauthenticatedError
from domain.selections import Selection
from domain.users import PublicUser, Viewer
from loaders import content, counters, listings, users
from loaders.batches import loader
from loaders.categories import CategoryTrees, category_by_id
from loaders.sharing import PublicReads


class Loaders:
    """Every loader of one operation, made when it is first used.

    `public` are the reads it shares with others, `selection` is what the operation needs of records.
    """

    def __init__(
        self,
        sources: Sources,
        viewer: Viewer,
        categories: CategoryTrees,
        public: PublicReads | None = None,
        *,
        selection: Selection | None = None,
    ) -> None:
        self._sources = sources
        self._viewer = viewer
        self.categories = categories
        self._public = public or PublicReads(sources)
        self._selection = selection or Selection()

    @cached_property
    def listing_by_id(self) -> DataLoader[str, Listing | None]:
        """Published listings by id."""
        return listings.listing_by_id(self._sources, self._selection)

    @cached_property
    def listing_by_slug(self) -> DataLoader[str, Listing | None]:
        """Published listings by slug."""
        return listings.listing_by_slug(self._sources, self._selection)

    @cached_property
    def newest_listings_by_seller(self) -> DataLoader[listings.SellerSlice, list[Keyed]]:
        """Newest listings by (seller id, first)."""
        return listings.newest_listings_by_seller(self._sources, self._selection)

    @cached_property
    def category_by_id(self) -> DataLoader[str, Category | None]:
        """Categories by id, from the process's copy of the tree."""
        return category_by_id(self.categories)

    @cached_property
    def profile_by_id(self) -> DataLoader[str, PublicUser | None]:
        """Profiles by id."""
        return users.profile_by_id(self._sources, self._selection)

    @cached_property
    def profile_by_slug(self) -> DataLoader[str, PublicUser | None]:
        """Profiles by slug."""
        return users.profile_by_slug(self._sources, self._selection)

    @cached_property
    def page_by_slug(self) -> DataLoader[str, ContentPage | None]:
        """Content pages by slug."""
        return content.page_by_slug(self._sources, self._selection)

    @cached_property
    def page_by_id(self) -> DataLoader[str, ContentPage | None]:
        """Content pages by id."""
        return content.page_by_id(self._sources, self._selection)

    @cached_property
    def promotion_by_id(self) -> DataLoader[str, Promotion | None]:
        """Promotions by id."""
        return content.promotion_by_id(self._sources, self._selection)

    @cached_property
    def faq_by_id(self) -> DataLoader[str, Faq | None]:
        """Questions by id."""
        return content.faq_by_id(self._sources, self._selection)

    @cached_property
    def counters_by_listing(self) -> DataLoader[str, ListingCounters]:
        """Counters by listing id."""
        return loader(self._public.counters.read)

    @cached_property
    def viewer_state_by_listing(self) -> DataLoader[str, ViewerListingState]:
        """The viewer's own marks by listing id; UNAUTHENTICATED for visitors."""
        if self._viewer.user is None:
            raise UnauthenticatedError
        return counters.viewer_state_by_listing(self._sources, self._viewer.user.user_id)
