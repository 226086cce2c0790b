"""Plain writing turned into Portable Text: one block a paragraph."""

import re
from typing import Any

_MOST_PARAGRAPHS = 200


def blocks_of(text: str) -> list[dict[str, Any]]:
    """Blocks of the text's paragraphs (parted by empty lines), with keys that repeat for the same text."""
    paragraphs = [each.strip() for each in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if each.strip()]
    return [
        {
            "_type": "block",
            "_key": f"p{index}",
            "style": "normal",
            "markDefs": [],
            "children": [{"_type": "span", "_key": f"p{index}s0", "text": paragraph, "marks": []}],
        }
        for index, paragraph in enumerate(paragraphs[:_MOST_PARAGRAPHS])
    ]
