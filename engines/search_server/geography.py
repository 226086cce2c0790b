"""Points on the earth: distances in metres, and the boxes that enclose a circle or lie inside it."""

import math

EARTH_METRES = 6_372_797.560856


def distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance in metres, by the haversine formula."""
    first, second = math.radians(latitude), math.radians(other_latitude)
    rise = math.sin((second - first) / 2)
    turn = math.sin(math.radians(other_longitude - longitude) / 2)
    chord = rise * rise + math.cos(first) * math.cos(second) * turn * turn
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(chord)))


def enclosing_box(latitude: float, longitude: float, metres: float) -> tuple[float, float, float, float] | None:
    """(bottom, top, left, right) around a circle; None where it touches a pole or the date line."""
    rise = math.degrees(metres / EARTH_METRES) * 1.001 + 1e-9
    if abs(latitude) + rise >= 89:
        return None
    # A circle is widest a little poleward of its centre, so the higher edge gives a safe width.
    turn = rise / math.cos(math.radians(abs(latitude) + rise))
    if longitude - turn < -180 or longitude + turn > 180:
        return None
    return latitude - rise, latitude + rise, longitude - turn, longitude + turn


def enclosed_box(latitude: float, longitude: float, metres: float) -> tuple[float, float, float, float]:
    """(bottom, top, left, right) of a box that lies wholly inside a circle, for circles far from the poles."""
    rise = math.degrees(metres / EARTH_METRES) * 0.7
    turn = rise / math.cos(math.radians(max(0.0, abs(latitude) - rise)))
    return latitude - rise, latitude + rise, longitude - turn, longitude + turn


def point_of(value: object) -> tuple[float, float] | None:
    """The latitude and longitude of a `_geo` value; None if it is absent.

    Raises:
        ValueError: the value is no point on the earth.
    """
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"lat", "lng"}:
        raise ValueError("expected an object with exactly `lat` and `lng`")
    latitude, longitude = (_coordinate(value[name]) for name in ("lat", "lng"))
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("the latitude or longitude lies outside its range")
    return latitude, longitude


def _coordinate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("a coordinate is a number")  # noqa: TRY004 - one kind of error for every ill-formed point
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a coordinate is a finite number")
    return number
