"""One function per field that is not a plain attribute of its record."""

from resolvers import enums

__all__ = ["enums"]
