"""Who asks: bearer tokens become viewers, and viewers become the context of an operation."""

from collections.abc import Mapping
from functools import lru_cache

from datasources.counter_boards import CounterBoard
from datasources.guards import Spend, current_spend, request_deadline
from datasources.identity.records import TokenRefused
from datasources.postgres.accounts import AccountReads
from datasources.redis.topics import TopicHub
from datasources.sanity.staleness import Staleness, current_staleness
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from domain.selections import Selection
from domain.users import Role, Viewer
from loaders import Loaders
from loaders.categories import CategoryTrees
from loaders.sharing import PublicReads
from resolvers.message_context import MessageContext
from services.mails import AddressBook
from services.payments import Cashier
from services.post_offices import PostOffice
from services.salerooms import Saleroom
from services.users import sign_in
from transport.identities import Authenticate, BuildContext, Credentials, Identity, NotAuthenticated, RequestFacts

_LONGEST_AGENT = 200
_VISITOR = Identity()
_ROLES = {role.value: role for role in Role}


def authentication(sources: Sources) -> Authenticate:
    """Who a request's bearer token speaks for. No token is a visitor; a bad one is refused, never a visitor."""
    addresses, accounts = AddressBook(sources), AccountReads(sources.database)

    async def authenticate(credentials: Credentials) -> Identity | NotAuthenticated:
        shown = credentials.headers.get("authorization", "")
        if credentials.connection_params:
            given = credentials.connection_params.get("Authorization") or credentials.connection_params.get(
                "authorization"
            )
            shown = given if isinstance(given, str) else shown
        if not shown:
            return Identity()
        scheme, _, token = shown.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return NotAuthenticated(message="The Authorization header must be 'Bearer' and a token.")
        found = await sources.identity.verify(token.strip(), sources.clock())
        if isinstance(found, TokenRefused):
            return NotAuthenticated(message=found.sentence)
        try:
            user = await sign_in(sources, accounts, found.issuer, found.subject, sources.clock())
        except UpstreamUnavailableError as error:
            return NotAuthenticated(message=error.public_message, code=error.public_code)
        if found.email is not None:
            await addresses.note(user.user_id, found.email, found.name)
        viewer = Viewer(
            user=user,
            roles=frozenset({Role.USER, *(_ROLES[each] for each in found.roles if each in _ROLES)}),
            visitor_key=f"user:{user.user_id}",
            token_expires_at=found.expires_at,
            display_name=found.name,
        )
        return Identity(viewer=viewer, key=str(user.user_id), expires_at=found.expires_at.timestamp())

    return authenticate


def known_visitor(headers: Mapping[str, str]) -> Identity | None:
    """A request that shows no token is a visitor's: nobody has to be asked."""
    return None if headers.get("authorization") else _VISITOR


def context_builder(
    sources: Sources,
    categories: CategoryTrees,
    saleroom: Saleroom,
    hub: TopicHub,
    *,
    office: PostOffice,
    board: CounterBoard,
    cashier: Cashier | None = None,
) -> BuildContext:
    """Contexts with fresh loaders; the deadline and the count of calls travel beside them to every datasource."""
    public = PublicReads(sources)

    def build(viewer: object, facts: RequestFacts, deadline: float) -> MessageContext:
        request_deadline.set(deadline)
        spend, staleness = Spend(), Staleness()
        current_spend.set(spend)
        current_staleness.set(staleness)
        asking = (
            viewer
            if isinstance(viewer, Viewer)
            else _visitor(facts.address, facts.headers.get("user-agent", "")[:_LONGEST_AGENT])
        )
        selection = Selection()
        return MessageContext(
            viewer=asking,
            sources=sources,
            loaders=Loaders(sources, asking, categories, public, selection=selection),
            request_id=facts.request_id,
            now=sources.clock(),
            spend=spend,
            staleness=staleness,
            saleroom=saleroom,
            hub=hub,
            selection=selection,
            public=public,
            cashier=cashier,
            office=office,
            board=board,
        )

    return build


@lru_cache(maxsize=2_000)
def _visitor(address: str, agent: str) -> Viewer:
    return Viewer(None, frozenset(), f"visitor:{address}:{agent}")
