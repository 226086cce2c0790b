"""Opening clients: the settings become one client for every system."""

from datetime import UTC, datetime
from enum import Enum

import orjson
from pydantic import TypeAdapter, ValidationError

from config import ContentMode, Settings, SettingsError
from datasources.identity.issuers import TrustedIssuer
from datasources.identity.verifier import TokenVerifier
from datasources.mail.resend import ResendMails
from datasources.mail.smtp import SmtpAddressError, SmtpMails
from datasources.payments.stripe import StripePayments
from datasources.postgres.connections import Database
from datasources.redis.connections import LiveState
from datasources.redis.content_cache import ContentCache
from datasources.sanity.client import SanityClient, SanityOptions
from datasources.search.client import SearchClient, SearchOptions
from datasources.sources import Sources
from domain.images import ImageHost
from services.mails import MailOptions, MailRoom


def utc_now() -> datetime:
    """The one clock of the process; everything below takes times or this function as a parameter."""
    return datetime.now(UTC)


def open_mail_room(settings: Settings, sources: Sources) -> MailRoom | None:
    """What sends mails: Resend where there is a key, else SMTP where there is a server; None leaves mails waiting."""
    key, smtp = settings.resend_key.get_secret_value(), settings.smtp_url.get_secret_value()
    try:
        provider = ResendMails(key, url=settings.resend_url) if key else SmtpMails(smtp) if smtp else None
    except SmtpAddressError as error:
        raise SettingsError(str(error)) from error
    return None if provider is None else MailRoom(sources, provider, mail_options(settings))


def mail_options(settings: Settings) -> MailOptions:
    """What is added to every mail."""
    return MailOptions(
        sender=settings.mail_from,
        public_url=settings.public_url or f"http://{settings.host}:{settings.port}",
        site_url=settings.site_url,
        secret=settings.mail_secret.get_secret_value().encode(),
        staff=settings.staff_addresses,
    )


class Patience(Enum):
    """How long one call to a system may take: a request has somebody waiting, a job has not. Values are factors."""

    OF_REQUESTS = 1.0
    OF_JOBS = 8.0


def open_sources(settings: Settings, patience: Patience = Patience.OF_REQUESTS) -> Sources:
    """Clients for every system, none of them connected yet. Must run inside the event loop that will use them."""
    factor = patience.value
    live = LiveState(
        settings.redis_url.get_secret_value(),
        connections=settings.redis_connections,
        call_seconds=settings.redis_seconds * factor,
    )
    return Sources(
        database=Database(
            settings.database_url.get_secret_value(),
            pool_size=settings.database_pool_size,
            statement_seconds=settings.database_seconds * factor,
        ),
        live=live,
        sanity=open_content(settings, live, patience),
        search=SearchClient(
            SearchOptions(
                settings.search_url,
                settings.search_key.get_secret_value(),
                read_seconds=settings.search_seconds * factor,
            )
        ),
        identity=TokenVerifier(trusted_issuers(settings)),
        clock=utc_now,
        image_host=ImageHost(
            settings.sanity_project, settings.sanity_dataset, settings.sanity_image_url or settings.sanity_url
        ),
        default_currency=settings.default_currency,
    )


def open_payments(settings: Settings, patience: Patience = Patience.OF_REQUESTS) -> StripePayments | None:
    """The client of the payment provider; None where no key is set."""
    key = settings.stripe_key.get_secret_value()
    if not key:
        return None
    return StripePayments(
        key,
        url=settings.stripe_url,
        publishable_key=settings.stripe_publishable_key,
        call_seconds=settings.stripe_seconds * patience.value,
    )


def open_content(settings: Settings, live: LiveState, patience: Patience) -> SanityClient:
    """The client of the content store. Pages are for requests: jobs read the API itself and keep nothing."""
    is_for_requests = patience is Patience.OF_REQUESTS
    options = SanityOptions(
        base_url=settings.sanity_url,
        project=settings.sanity_project,
        dataset=settings.sanity_dataset,
        api_version=settings.sanity_api_version,
        token=settings.sanity_token.get_secret_value(),
        read_seconds=settings.sanity_seconds * patience.value,
        cdn_url=settings.sanity_cdn_url if is_for_requests else "",
        listing_seconds=settings.content_cache_seconds if is_for_requests else 0,
        has_replica=is_for_requests and settings.content is ContentMode.REPLICA,
    )
    return SanityClient(options, shared=ContentCache(live, f"{settings.sanity_project}.{settings.sanity_dataset}"))


def trusted_issuers(settings: Settings) -> tuple[TrustedIssuer, ...]:
    """The issuers of the setting, a JSON list of objects with the fields of `TrustedIssuer`."""
    if not settings.issuers:
        return ()
    try:
        return tuple(TypeAdapter(list[TrustedIssuer]).validate_python(orjson.loads(settings.issuers)))
    except (ValidationError, ValueError) as error:
        raise SettingsError(f"GAVEL_ISSUERS cannot be used: {error}") from error
