"""What editors write: promotions, content pages and answers to frequent questions."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from demo.categories import category_id
from demo.documents import Document, body, image, keyed, reference, slug
from demo.draws import stream, table
from demo.times import instant

_PAGES = Path(__file__).parent / "tables" / "pages"


def content_pages(now: datetime) -> list[Document]:
    """One page for each file of `tables/pages`: `# ` is the title, the rest is the body."""
    made = instant(now - timedelta(days=300))
    found: list[Document] = []
    for path in sorted(_PAGES.glob("*.md")):
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        found.append(
            {
                "_id": f"page-{path.stem}",
                "_type": "contentPage",
                "_createdAt": made,
                "_updatedAt": made,
                "title": head.removeprefix("# "),
                "slug": {"_type": "slug", "current": path.stem},
                "body": body([line for line in lines if line]),
            }
        )
    return found


def faqs(now: datetime) -> list[Document]:
    """Frequent questions, in their order within the whole list."""
    made = instant(now - timedelta(days=280))
    return [
        {
            "_id": f"faq-{order:03}",
            "_type": "faq",
            "_createdAt": made,
            "_updatedAt": made,
            "question": question,
            "answer": body([answer]),
            "topic": topic,
            "order": order,
        }
        for order, (topic, question, answer) in enumerate(table("faq"), start=1)
    ]


def promotions(seed: int, now: datetime, categories: list[Document], listings: list[Document]) -> list[Document]:
    """Banners and featured rows: running, coming and past ones."""
    rng = stream(seed, "promotions")
    parents = {each["_id"]: each.get("parent", {}).get("_ref") for each in categories}
    active = [each for each in listings if each["status"] == "active" and not each["_id"].startswith("drafts.")]
    found: list[Document] = []
    for number, row in enumerate(table("promotions"), start=1):
        placement, title, picture, text, category, count, starts, ends, weight = row
        wanted = category_id(category)
        fit = [each["_id"] for each in active if wanted in _path(each["category"]["_ref"], parents)]
        made = instant(now + timedelta(hours=min(0, int(starts)) - 24))
        found.append(
            {
                "_id": f"promotion-{number:03}",
                "_type": "promotion",
                "_createdAt": made,
                "_updatedAt": made,
                "title": title,
                "slug": slug(title),
                "placement": placement,
                "image": image(picture, title),
                "body": body([text]),
                "listings": keyed(reference(each, weak=True) for each in rng.sample(fit, min(len(fit), int(count)))),
                **({} if category == "-" else {"category": reference(wanted)}),
                "startsAt": instant(now + timedelta(hours=int(starts))),
                "endsAt": instant(now + timedelta(hours=int(ends))),
                "weight": int(weight),
            }
        )
    return found


def _path(category: str | None, parents: dict[str, str | None]) -> list[str]:
    """A category and everything above it."""
    found: list[str] = []
    while category and category not in found:
        found.append(category)
        category = parents.get(category)
    return found
