"""An engine for every system without an address, and the settings and secrets that lead to them."""

import base64
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pydantic import SecretStr

from config import Settings
from engines.supervisor import LocalEngines
from local.errors import LocalError
from local.people import people

AUDIENCE = "gavel"
RUNNING = "running.json"


@dataclass(frozen=True, slots=True)
class LocalSecrets:
    """Secrets between the local engines and us, made once per data folder."""

    sanity_token: str
    webhook: str
    search_key: str
    stripe_webhook: str
    cursors: str
    mail: str
    mail_webhook: str

    @classmethod
    def of(cls, data_dir: Path) -> "LocalSecrets":
        """The folder's secrets; only its owner may read them."""
        path = data_dir / "secrets.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        fresh = {each.name: secrets.token_hex(20) for each in fields(cls)}
        fresh["mail_webhook"] = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        found = cls(**(fresh | kept))
        if asdict(found) != kept:  # the folder is new, or of a version that knew fewer secrets
            write_private(path, asdict(found))
        return found


def write_private(path: Path, content: object) -> Path:
    """Write a JSON file that only its owner may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    return path


def require_free_port(host: str, port: int) -> None:
    """Raise LocalError when something listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LocalError(
                f"Port {port} on {host} cannot be used ({error.strerror}); choose another with GAVEL_PORT."
            ) from error


def start_engines(settings: Settings, engines: LocalEngines) -> Settings:
    """Start an engine for each system that has no URL; the settings that lead to all of them."""
    keys = LocalSecrets.of(engines.data_dir)
    sends_mails = bool(settings.resend_key.get_secret_value() or settings.smtp_url.get_secret_value())
    accounts = [
        {"user": each.external_id, "name": each.name, "email": each.email, "roles": each.roles} for each in people()
    ]
    tokens = write_private(engines.data_dir / "content-tokens.json", {keys.sanity_token: "administrator"})
    directory = write_private(engines.data_dir / "people.json", accounts)
    database, live, content, search, issuer, payments, mailbox = engines.together(
        lambda: engines.start_postgres(settings.database_url.get_secret_value() or None, database="gavel"),
        lambda: engines.start_valkey(settings.redis_url.get_secret_value() or None),
        lambda: engines.start_server(
            "engines.content_lake",
            *("--project", settings.sanity_project, "--dataset", settings.sanity_dataset),
            *("--tokens", str(tokens)),
            url=settings.sanity_url or None,
        ),
        lambda: engines.start_server(
            "engines.search_server", "--master-key", keys.search_key, url=settings.search_url or None
        ),
        lambda: engines.start_server(
            "engines.identity", "--users", str(directory), "--audience", AUDIENCE, url=settings.issuers or None
        ),
        lambda: engines.start_server(
            "engines.payment_server",
            *("--webhook", f"http://{settings.host}:{settings.port}/webhooks/stripe"),
            *("--webhook-secret", keys.stripe_webhook),
            url="https://api.stripe.com" if settings.stripe_key.get_secret_value() else None,
        ),
        lambda: engines.start_server(
            "engines.mailbox",
            *("--webhook", f"http://{settings.host}:{settings.port}/webhooks/resend"),
            *("--webhook-secret", keys.mail_webhook),
            url="https://api.resend.com" if sends_mails else None,
        ),
    )
    update: dict[str, object] = {
        "data_dir": engines.data_dir,
        "database_url": SecretStr(database),
        "redis_url": SecretStr(live),
        "sanity_url": content,
        "search_url": search,
    }
    if not settings.sanity_url:
        update |= {"sanity_token": SecretStr(keys.sanity_token), "sanity_webhook_secret": SecretStr(keys.webhook)}
    if not settings.search_url:
        update["search_key"] = SecretStr(keys.search_key)
    if not settings.stripe_key.get_secret_value():
        update |= {
            "stripe_key": SecretStr("sk_test_local"),
            "stripe_publishable_key": "pk_test_local",
            "stripe_url": payments,
            "stripe_webhook_secret": SecretStr(keys.stripe_webhook),
        }
    if not sends_mails:
        update |= {
            "resend_key": SecretStr("re_local"),
            "resend_url": mailbox,
            "resend_webhook_secret": SecretStr(keys.mail_webhook),
            "staff_addresses": settings.staff_addresses or ("staff@gavel.test",),
        }
    if not settings.mail_secret.get_secret_value():
        update["mail_secret"] = SecretStr(keys.mail)
    if not settings.cursor_secret.get_secret_value():
        update["cursor_secret"] = SecretStr(keys.cursors)
    if not settings.issuers:
        update["issuers"] = json.dumps([{"issuer": issuer, "audiences": [AUDIENCE]}])
    return settings.model_copy(update=update)


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for a child process."""
    found = {}
    for name, value in settings:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else getattr(value, "value", value)
        found[f"GAVEL_{name.upper()}"] = ",".join(plain) if isinstance(plain, tuple) else str(plain)
    return found


@contextmanager
def announced(settings: Settings) -> Iterator[None]:
    """Leave word in the data folder where everything runs, for commands in other terminals."""
    path = write_private(settings.data_dir / RUNNING, environment_of(settings))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_settings(given: Settings) -> Settings:
    """The settings of the environment, or those of the marketplace that runs on the data folder."""
    if given.sanity_url and given.search_url and given.database_url.get_secret_value():
        return given
    path = given.data_dir / RUNNING
    if not path.exists():
        raise LocalError(f"Nothing runs on {given.data_dir}: start 'gavel run', or name the systems by GAVEL_..._URL.")
    found = {name.removeprefix("GAVEL_").lower(): value for name, value in json.loads(path.read_text()).items()}
    return Settings(**found)
