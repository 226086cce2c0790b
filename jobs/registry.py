"""Every kind of job; a new noun adds its line here."""

from datetime import timedelta

from datasources.payments.providers import PaymentProvider
from jobs import (
    auctions,
    conversations,
    counters,
    listings,
    mails,
    notifications,
    orders,
    personal_data,
    profiles,
    saved_searches,
    topics,
    upkeep,
)
from jobs.kinds import JobKind
from services.mails import MailRoom


def every_kind(
    *, flush_every: timedelta, provider: PaymentProvider | None = None, mail_room: MailRoom | None = None
) -> tuple[JobKind, ...]:
    """The kinds that a worker works on; orders and mails are left to workers that have a provider of them."""
    return (
        *auctions.kinds(),
        *conversations.kinds(),
        *counters.kinds(flush_every=flush_every),
        *listings.kinds(),
        *mails.kinds(mail_room),
        *notifications.kinds(),
        *(orders.kinds(provider) if provider is not None else ()),
        *personal_data.kinds(),
        *profiles.kinds(),
        *saved_searches.kinds(),
        *topics.kinds(),
        *upkeep.kinds(),
    )
