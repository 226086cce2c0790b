"""Global ids of the Relay node interface: a type name and the record's own id, opaque to clients."""

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache

from domain.problems import BadInputError

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class NodeId:
    """What a global id stands for."""

    type_name: str
    record_id: str


@lru_cache(maxsize=20_000)
def encode_node_id(type_name: str, record_id: str) -> str:
    """The global id of a record."""
    return base64.urlsafe_b64encode(f"{type_name}:{record_id}".encode()).decode().rstrip("=")


def decode_node_id(text: str) -> NodeId:
    """What the id stands for; BAD_ID for texts that no id of ours looks like."""
    problem = BadInputError("BAD_ID", "This is not an id of this API; take ids from earlier answers.")
    if not 0 < len(text) <= _LONGEST:
        raise problem
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise problem from None
    type_name, separator, record_id = decoded.partition(":")
    if not separator or not type_name.isidentifier() or not record_id or not record_id.isprintable():
        raise problem
    return NodeId(type_name, record_id)


def record_id_of(text: str, type_name: str) -> str:
    """The record's id when the global id names that type; BAD_ID with both names otherwise."""
    node = decode_node_id(text)
    if node.type_name != type_name:
        raise BadInputError("BAD_ID", f"This id is of a {node.type_name}; a {type_name} id is needed here.")
    return node.record_id
