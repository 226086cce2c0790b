"""The demo marketplace: South African classifieds in Sanity's export format, and the script that writes them."""

from __future__ import annotations

from pathlib import Path

from demo.times import REFERENCE_NOW, shift_times

DATASET = Path(__file__).parent / "marketplace.ndjson"
"""The committed export, one document a line."""

IMAGES = Path(__file__).parent / "images"
"""The pictures that the export's `_sanityAsset` values name (`image@file://./images/NAME.jpg`)."""

USERS = Path(__file__).parent / "users.json"
"""People who can sign in locally: `[{user, name, email, roles, externalId}]`."""

__all__ = ["DATASET", "IMAGES", "REFERENCE_NOW", "USERS", "shift_times"]
