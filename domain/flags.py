"""Feature flags: what is switched on, for everybody, for a role, or for single accounts (S0-059)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.users import Role, Viewer

LAUNCH_AUCTIONS = "launch_auctions"
LAUNCH_CHAT = "launch_chat"
LAUNCH_PAYMENTS = "launch_payments"

KNOWN_FLAGS: Mapping[str, str] = {
    LAUNCH_AUCTIONS: "registering, bidding and buying at once",
    LAUNCH_CHAT: "conversations, messages and questions",
    LAUNCH_PAYMENTS: "checkout, second chances and saving payment methods",
}
"""Every switch there is and what it switches; one that nobody wrote is on."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A switch; roles and accounts named have it even while it is off for everybody."""

    name: str
    is_on: bool
    roles: frozenset[Role] = frozenset()
    user_ids: frozenset[str] = frozenset()

    def is_on_for(self, viewer: Viewer) -> bool:
        """Whether this viewer has the feature."""
        is_named = viewer.user is not None and str(viewer.user.user_id) in self.user_ids
        return self.is_on or is_named or bool(self.roles & viewer.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagChange:
    """What is to be switched: the feature for everybody, or for those of a role or for one account alone."""

    name: str
    is_on: bool
    role: Role | None = None
    user_id: str | None = None

    def of(self, flag: Flag) -> Flag:
        """The flag after the change."""
        if self.role is None and self.user_id is None:
            return replace(flag, is_on=self.is_on)
        roles = frozenset() if self.role is None else frozenset({self.role})
        users = frozenset() if self.user_id is None else frozenset({self.user_id})
        if self.is_on:
            return replace(flag, roles=flag.roles | roles, user_ids=flag.user_ids | users)
        return replace(flag, roles=flag.roles - roles, user_ids=flag.user_ids - users)
