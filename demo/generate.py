"""Writes the demo dataset: `python -m demo.generate` gives the committed file again, byte for byte.

`--now` sets the moment around which auctions, promotions and publication dates are laid.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from demo import DATASET, IMAGES, REFERENCE_NOW, USERS
from demo.auctions import auctions, sales
from demo.categories import documents as categories
from demo.documents import Document
from demo.editorial import content_pages, faqs, promotions
from demo.listings import listings, unfinished_edits
from demo.people import people, sign_in_users

SEED = 20_261_101


def dataset(seed: int = SEED, now: datetime = REFERENCE_NOW) -> list[Document]:
    """Every document, referenced ones before those that refer to them."""
    tree = categories()
    persons = people(seed)
    offers = listings(seed, now, persons)
    lots = auctions(seed, now, offers)
    return [
        *tree,
        *(person.document for person in persons),
        *offers,
        *unfinished_edits(seed, offers, now),
        *sales(now),
        *lots,
        *promotions(seed, now, tree, offers),
        *content_pages(now),
        *faqs(now),
    ]


def ndjson(documents: list[Document]) -> str:
    """One compact JSON document a line."""
    return "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in documents)


def users_json() -> str:
    """The text of `users.json`."""
    return json.dumps(sign_in_users(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Command line; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo.generate", description="Write the demo dataset.")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed gives another marketplace")
    parser.add_argument("--now", type=_moment, default=REFERENCE_NOW, help="ISO 8601 time with an offset")
    parser.add_argument("--out", type=Path, default=DATASET, help="file to write")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures as well (needs Pillow)")
    wanted = parser.parse_args(arguments)
    documents = dataset(wanted.seed, wanted.now)
    wanted.out.write_text(ndjson(documents), encoding="utf-8")
    if wanted.out == DATASET:
        USERS.write_text(users_json(), encoding="utf-8")
    if wanted.pictures:
        from demo.pictures import draw_all, named_in  # noqa: PLC0415  # Pillow is needed for pictures alone

        draw_all(IMAGES, named_in(ndjson(documents)))
    sys.stdout.write(f"{len(documents)} documents, {wanted.out.stat().st_size:,} bytes in {wanted.out}\n")
    return 0


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset; write {text}Z for UTC")
    return moment.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
