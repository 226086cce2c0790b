"""Webhooks of the content store, set up through its management API."""

from dataclasses import dataclass

from datasources.sanity.client import SanityClient


@dataclass(frozen=True, slots=True)
class WebhookWanted:
    """A webhook as we want it; the name tells it from others."""

    name: str
    url: str
    secret: str
    filter: str
    projection: str


async def ensure_webhook(client: SanityClient, wanted: WebhookWanted) -> None:
    """Make the webhook, or bring the one of that name to what is wanted; again changes nothing."""
    body = {
        "name": wanted.name,
        "url": wanted.url,
        "secret": wanted.secret,
        "dataset": client.dataset,
        "httpMethod": "POST",
        "rule": {
            "on": ["create", "update", "delete"],
            "filter": wanted.filter,
            "projection": wanted.projection,
        },
    }
    for each in await client.manage("GET", ""):
        if each.get("name") == wanted.name:
            await client.manage("PATCH", f"/{each['id']}", body)
            return
    await client.manage("POST", "", body)
