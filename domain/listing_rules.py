"""What a listing must be like to be kept as a draft and to be published."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.categories import AttributeDefinition, AttributeKind
from domain.listings import AttributeValue
from domain.problems import FieldProblem

SHORTEST_TITLE, LONGEST_TITLE = 5, 120
SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 20, 5_000
LONGEST_TEXT_VALUE = 200
MOST_IMAGES = 24
PRICELESS = frozenset({"jobs"})
"""Top categories whose listings may be published without a price."""
MOST_TAGS, LONGEST_TAG = 12, 30
_ASSET_ID = re.compile(r"image-[0-9a-f]{16,64}-[1-9]\d{0,4}x[1-9]\d{0,4}-[a-z0-9]{2,5}")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class ListingEdit:
    """What an owner wrote; None leaves a field as it is."""

    title: str | None = None
    description: str | None = None
    category_id: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    condition: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    attributes: tuple[tuple[str, Any], ...] | None = None
    image_asset_ids: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None


def draft_problems(edit: ListingEdit, definitions: Sequence[AttributeDefinition]) -> list[FieldProblem]:
    """What is wrong with what was written; what is missing only matters when publishing."""
    problems = []
    if edit.title is not None and not SHORTEST_TITLE <= len(edit.title.strip()) <= LONGEST_TITLE:
        problems.append(FieldProblem("title", f"A title has {SHORTEST_TITLE} to {LONGEST_TITLE} characters."))
    if edit.description is not None and len(edit.description) > LONGEST_DESCRIPTION:
        problems.append(FieldProblem("description", f"A description has at most {LONGEST_DESCRIPTION} characters."))
    if edit.price_minor is not None and edit.price_minor < 0:
        problems.append(FieldProblem("priceMinor", "A price cannot be negative."))
    if edit.currency is not None and not _CURRENCY.fullmatch(edit.currency):
        problems.append(FieldProblem("currency", "A currency is three capital letters, such as ZAR."))
    problems += _place_problems(edit)
    if edit.tags is not None and (len(edit.tags) > MOST_TAGS or any(not 0 < len(t) <= LONGEST_TAG for t in edit.tags)):
        problems.append(FieldProblem("tags", f"At most {MOST_TAGS} tags of 1 to {LONGEST_TAG} characters."))
    if edit.image_asset_ids is not None:
        if len(edit.image_asset_ids) > MOST_IMAGES:
            problems.append(FieldProblem("imageAssetIds", f"A listing has at most {MOST_IMAGES} pictures."))
        if not all(_ASSET_ID.fullmatch(each) for each in edit.image_asset_ids):
            problems.append(FieldProblem("imageAssetIds", "Use the asset ids that uploading gave."))
    if edit.attributes is not None:
        problems += attribute_problems(edit.attributes, definitions)
    return problems


def _place_problems(edit: ListingEdit) -> list[FieldProblem]:
    if (edit.latitude is None) != (edit.longitude is None):
        return [FieldProblem("latitude", "Give latitude and longitude together.")]
    if edit.latitude is None or edit.longitude is None:
        return []
    if -90 <= edit.latitude <= 90 and -180 <= edit.longitude <= 180:
        return []
    return [FieldProblem("latitude", "Latitude lies between -90 and 90, longitude between -180 and 180.")]


def attribute_problems(
    written: Sequence[tuple[str, Any]], definitions: Sequence[AttributeDefinition]
) -> list[FieldProblem]:
    """Attributes that the category does not define, or whose values do not fit their definition."""
    by_key = {each.key: each for each in definitions}
    problems, seen = [], set[str]()
    for key, value in written[:200]:
        if key in seen:
            problems.append(FieldProblem(f"attributes.{key}", "This attribute is given twice."))
        seen.add(key)
        definition = by_key.get(key)
        if definition is None:
            problems.append(FieldProblem(f"attributes.{key}", "The category has no such attribute."))
        elif (complaint := value_complaint(definition, value)) is not None:
            problems.append(FieldProblem(f"attributes.{key}", complaint))
    return problems


def value_complaint(definition: AttributeDefinition, value: Any) -> str | None:
    """Why the value does not fit the definition; None when it does."""
    match definition.kind:
        case AttributeKind.BOOLEAN:
            return None if isinstance(value, bool) else f"{definition.label} is yes or no."
        case AttributeKind.NUMBER:
            return _number_complaint(definition, value)
        case AttributeKind.OPTION:
            is_known = isinstance(value, str) and value in definition.options
            return None if is_known else f"{definition.label} is one of: {', '.join(definition.options[:20])}."
        case AttributeKind.OPTIONS:
            is_known = isinstance(value, (list, tuple)) and all(each in definition.options for each in value)
            return None if is_known else f"{definition.label} lists some of: {', '.join(definition.options[:20])}."
        case AttributeKind.STRING:
            is_short = isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT_VALUE
            return None if is_short else f"{definition.label} is a text of at most {LONGEST_TEXT_VALUE} characters."


def _number_complaint(definition: AttributeDefinition, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return f"{definition.label} is a number."
    if definition.minimum is not None and value < definition.minimum:
        return f"{definition.label} is at least {definition.minimum:g}."
    if definition.maximum is not None and value > definition.maximum:
        return f"{definition.label} is at most {definition.maximum:g}."
    return None


def publish_problems(
    *,
    title: str,
    description: str,
    category_id: str | None,
    has_price: bool,
    needs_price: bool,
    city: str | None,
    attributes: Mapping[str, AttributeValue],
    definitions: Sequence[AttributeDefinition],
) -> list[FieldProblem]:
    """What keeps a draft from being published: everything a buyer needs must be there and fit."""
    problems = []
    if not SHORTEST_TITLE <= len(title.strip()) <= LONGEST_TITLE:
        problems.append(FieldProblem("title", f"A title has {SHORTEST_TITLE} to {LONGEST_TITLE} characters."))
    if not SHORTEST_DESCRIPTION <= len(description) <= LONGEST_DESCRIPTION:
        problems.append(
            FieldProblem("description", f"Describe it in {SHORTEST_DESCRIPTION} to {LONGEST_DESCRIPTION} characters.")
        )
    if category_id is None:
        problems.append(FieldProblem("categoryId", "Choose a category."))
    if not has_price and needs_price:
        problems.append(FieldProblem("priceMinor", "Name a price; 0 means free or on request."))
    if not city:
        problems.append(FieldProblem("city", "Name the town."))
    problems += [
        FieldProblem(f"attributes.{each.key}", f"{each.label} is needed.")
        for each in definitions
        if each.is_required and each.key not in attributes
    ]
    return problems + attribute_problems(tuple(attributes.items()), definitions)


def slug_of(title: str, suffix: str) -> str:
    """A readable address: the title's letters and digits, and a suffix that makes it unique."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join([*"-".join(words)[:60].strip("-").split("-"), suffix]).strip("-")
