"""What actions read from their bodies."""

from collections.abc import Mapping
from typing import Any

from engines.content_lake.faults import MutationFailedError


def text_field(body: Mapping[str, Any], name: str) -> str:
    """A member that must be a non-empty string."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise MutationFailedError("invalidActionError", f'The action needs the string "{name}"')
    return value


def object_field(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A member that must be an object."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise MutationFailedError("invalidActionError", f'The action needs the object "{name}"')
    return value
