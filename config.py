"""Every setting of Gavel, read once from the environment (prefix ``GAVEL_``); local engines fill what is left out."""

import re
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.problems import OperatorError

Seconds = Annotated[float, Field(gt=0, le=60)]


class SettingsError(OperatorError):
    """A setting that cannot be used."""


class Profile(Enum):
    """Development shows its reasons; production hides them and refuses local stand-ins."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ContentMode(Enum):
    """Pages ask the content store over HTTP, or a replica of its published documents in their own process."""

    HTTP = "http"
    REPLICA = "replica"


class Settings(BaseSettings):
    """The whole configuration. Durations are seconds; an empty URL means the local engine."""

    model_config = SettingsConfigDict(env_prefix="GAVEL_", frozen=True, extra="ignore")

    profile: Profile = Profile.DEVELOPMENT
    allow_loopback: bool = False
    """Whether production may use systems on this machine, such as a connection pooler beside it."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str = ""
    data_dir: Path = Path(".gavel")

    database_url: SecretStr = SecretStr("")
    database_direct_url: SecretStr = SecretStr("")
    database_pool_size: Annotated[int, Field(ge=1, le=100)] = 8
    database_seconds: Seconds = 1.0
    redis_url: SecretStr = SecretStr("")
    redis_connections: Annotated[int, Field(ge=1, le=500)] = 20
    redis_seconds: Seconds = 0.15

    sanity_url: str = ""
    sanity_project: str = "gavel"
    sanity_dataset: str = "production"
    sanity_api_version: str = "2025-02-19"
    sanity_token: SecretStr = SecretStr("")
    sanity_seconds: Seconds = 0.8
    sanity_image_url: str = ""
    sanity_cdn_url: str = ""
    """Where published pages are read; empty reads them from the API."""
    content: ContentMode = ContentMode.HTTP
    content_cache_seconds: Annotated[int, Field(ge=0, le=3_600)] = 300
    """How long published listings are kept, other content in proportion; 0 keeps nothing."""
    sanity_webhook_secret: SecretStr = SecretStr("")
    sanity_webhook_secret_previous: SecretStr = SecretStr("")

    search_url: str = ""
    search_key: SecretStr = SecretStr("")
    search_seconds: Seconds = 0.5

    stripe_key: SecretStr = SecretStr("")
    stripe_publishable_key: str = ""
    """Handed to browsers, which save payment methods with it directly at the provider."""
    stripe_url: str = ""
    """The payment provider's address where it is not Stripe's own."""
    stripe_seconds: Seconds = 2.5
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_webhook_secret_previous: SecretStr = SecretStr("")
    resend_key: SecretStr = SecretStr("")
    resend_url: str = ""
    """The mail service's address where it is not Resend's own."""
    resend_webhook_secret: SecretStr = SecretStr("")
    resend_webhook_secret_previous: SecretStr = SecretStr("")
    smtp_url: SecretStr = SecretStr("")
    """Sends mails by SMTP where no key of Resend is given."""
    mail_from: str = "Gavel <no-reply@gavel.test>"
    mail_secret: SecretStr = SecretStr("")
    """Signs the links by which people stop mails."""
    staff_addresses: Annotated[tuple[str, ...], NoDecode] = ()
    """Where alerts, reports and feedback go, parted by commas."""
    site_url: str = ""
    """Where people read the marketplace; mails link to it."""

    cursor_secret: SecretStr = SecretStr("")
    """Signs the cursors of live events, the same in every process; 16 characters or more."""

    issuers: str = ""
    """JSON list of objects with the fields of `datasources.identity.issuers.TrustedIssuer`; a how-to shows some."""

    default_currency: str = "ZAR"
    message_notice_seconds: Annotated[int, Field(ge=0, le=86_400)] = 30
    """So long a message may wait unread before its recipient is told by notification and mail."""
    counters_flush_seconds: Annotated[int, Field(ge=1, le=900)] = 300
    worker_metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where a worker serves its metrics; 0 serves none."""
    trusted_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of the pages that may call the API, parted by commas."""

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses of the proxies whose forwarded headers are believed, parted by commas."""
    trusted_documents_only: bool = False
    socket_compression: bool = False
    """Whether WebSockets are compressed where their clients offer permessage-deflate."""

    sentry_dsn: SecretStr = SecretStr("")
    log_level: str = "INFO"

    @field_validator("trusted_origins", "trusted_proxies", "staff_addresses", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value


_NEEDED = {
    "database_url": "the address of the database",
    "redis_url": "the address of Redis",
    "sanity_url": "the address of the content store's API",
    "sanity_token": "a token that may write content",
    "sanity_webhook_secret": "the secret of the content webhook",
    "search_url": "the address of the search server",
    "search_key": "the key of the search server",
    "stripe_key": "the payment provider's secret key",
    "stripe_publishable_key": "the payment provider's key for browsers",
    "stripe_webhook_secret": "the secret of the payment webhook",
    "mail_secret": "a random text that signs the links that stop mails",
    "public_url": "the address at which this API is reached, for those links",
    "cursor_secret": "a random text that signs the cursors of live events",
    "issuers": "the identity providers",
    "trusted_origins": "the pages that may call the API",
}
_OPTIONAL = {
    "stripe_url": "the payment provider's address",
    "resend_url": "the mail service's address",
    "smtp_url": "the address of the mail server",
}
_ADDRESSES = (
    "database_url", "redis_url", "sanity_url", "search_url", "stripe_url", "resend_url", "smtp_url", "issuers",
)  # fmt: skip
_LOOPBACK = re.compile(r"(?:^|[/@\\[\"])(?:localhost|127\.\d+\.\d+\.\d+|::1)(?=[:/\]\"]|$)")


def production_problems(settings: Settings) -> list[str]:
    """Why these settings must not serve production: a sentence for each missing secret and each local stand-in."""
    problems = []
    for name, meaning in (_NEEDED | _OPTIONAL).items():
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not plain and name in _NEEDED:
            problems.append(f"GAVEL_{name.upper()} is missing: {meaning}.")
        elif name in _ADDRESSES and not settings.allow_loopback and _LOOPBACK.search(str(plain)):
            problems.append(f"GAVEL_{name.upper()} leads to this machine; a local engine must not serve production.")
    if not (settings.resend_key.get_secret_value() or settings.smtp_url.get_secret_value()):
        problems.append("GAVEL_RESEND_KEY is missing: the mail service's key, unless a mail server is named.")
    if settings.resend_key.get_secret_value() and not settings.resend_webhook_secret.get_secret_value():
        problems.append("GAVEL_RESEND_WEBHOOK_SECRET is missing: the secret of the mail service's webhook.")
    return problems
