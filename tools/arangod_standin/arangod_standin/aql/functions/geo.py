"""Geo functions and constructors of GeoJSON.

Limits against ArangoDB: points exactly on a border may fall to the other side, GEO_AREA knows the sphere only, and
distances on the ellipsoid of nearly opposite points are those of the sphere.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ... import errors
from ...errors import ArangoError
from .arrays import expect_array
from .family import Family, invalid_argument, is_number, neat
from .shapes import Shape, bad_geometry, parse_shape, ring_of
from .sphere import angle, point, position

if TYPE_CHECKING:
    from .registry import Function

_RADIUS_M = 6_371_000.0
_WGS84_M = 6_378_137.0
_WGS84_FLATTENING = 1 / 298.257223563


def _distance(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> Any:
    if not all(map(is_number, (lat1, lon1, lat2, lon2))):
        raise invalid_argument()
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    dphi, dlambda = math.radians(lat2 - lat1), math.radians(lon2 - lon1)
    a = math.sin(dphi / 2) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(dlambda / 2) ** 2
    return neat(_RADIUS_M * 2 * math.atan2(math.sqrt(a), math.sqrt(max(0.0, 1 - a))))


def _apart_m(first: Shape, second: Shape, ellipsoid: Any = None) -> float:
    """Return the metres between two centroids."""
    a, b = first.centroid, second.centroid
    if isinstance(ellipsoid, str) and ellipsoid.lower() == "wgs84":
        found = _vincenty_m(position(a), position(b))
        if found is not None:
            return found
    return _RADIUS_M * angle(a, b)


def _vincenty_m(first: tuple[float, float], second: tuple[float, float]) -> float | None:
    """Return the length of the geodesic on WGS 84 by Vincenty's iteration; None where it does not converge."""
    flat, minor_m = _WGS84_FLATTENING, _WGS84_M * (1 - _WGS84_FLATTENING)
    difference = math.radians(second[0] - first[0])
    u1, u2 = (math.atan((1 - flat) * math.tan(math.radians(latitude))) for latitude in (first[1], second[1]))
    current = difference
    for _ in range(200):
        sin_l, cos_l = math.sin(current), math.cos(current)
        sin_s = math.hypot(math.cos(u2) * sin_l, math.cos(u1) * math.sin(u2) - math.sin(u1) * math.cos(u2) * cos_l)
        if sin_s == 0:
            return 0.0
        cos_s = math.sin(u1) * math.sin(u2) + math.cos(u1) * math.cos(u2) * cos_l
        sigma = math.atan2(sin_s, cos_s)
        sin_alpha = math.cos(u1) * math.cos(u2) * sin_l / sin_s
        cos2_alpha = 1 - sin_alpha * sin_alpha
        cos_2m = cos_s - 2 * math.sin(u1) * math.sin(u2) / cos2_alpha if cos2_alpha else 0.0
        c = flat / 16 * cos2_alpha * (4 + flat * (4 - 3 * cos2_alpha))
        previous = current
        current = difference + (1 - c) * flat * sin_alpha * (
            sigma + c * sin_s * (cos_2m + c * cos_s * (2 * cos_2m * cos_2m - 1))
        )
        if abs(current - previous) < 1e-13:
            u_sq = cos2_alpha * (_WGS84_M**2 - minor_m**2) / minor_m**2
            big_a = 1 + u_sq / 16384 * (4096 + u_sq * (-768 + u_sq * (320 - 175 * u_sq)))
            big_b = u_sq / 1024 * (256 + u_sq * (-128 + u_sq * (74 - 47 * u_sq)))
            inner = cos_s * (2 * cos_2m * cos_2m - 1)
            inner -= big_b / 6 * cos_2m * (4 * sin_s * sin_s - 3) * (4 * cos_2m * cos_2m - 3)
            return minor_m * big_a * (sigma - big_b * sin_s * (cos_2m + big_b / 4 * inner))
    return None


def _geo_distance(first: Any, second: Any, ellipsoid: Any = None) -> Any:
    return neat(_apart_m(parse_shape(first), parse_shape(second), ellipsoid))


def _geo_in_range(first: Any, second: Any, low: Any, high: Any, *more: Any) -> bool:
    one, other = parse_shape(first), parse_shape(second)
    options: tuple[Any, ...] = (True, True, None)
    include_low, include_high, ellipsoid = more + options[len(more) :]
    for place, (value, wanted) in enumerate(
        ((low, "number"), (high, "number"), (include_low, "bool"), (include_high, "bool")), 3
    ):
        if not (is_number(value) if wanted == "number" else isinstance(value, bool)):
            raise bad_geometry(f"{place}{'rd' if place == 3 else 'th'} argument requires a {wanted}")
    distance_m = _apart_m(one, other, ellipsoid)
    above = distance_m >= low if include_low else distance_m > low
    return bool(above and (distance_m <= high if include_high else distance_m < high))


def _object(value: Any) -> Shape:
    if not isinstance(value, dict):
        raise invalid_argument("Expecting GeoJSON object")
    return parse_shape(value)


def _contains(outer: Any, inner: Any) -> bool:
    area = _object(outer)
    if not area.is_area:
        raise invalid_argument("Only Polygon and MultiPolygon types are valid as first argument")
    return area.contains(parse_shape(inner))


def _intersects(first: Any, second: Any) -> bool:
    return _object(first).intersects(parse_shape(second))


def _equals(first: Any, second: Any) -> bool:
    return _object(first).equals(_object(second))


def _area(value: Any, ellipsoid: Any = None) -> Any:
    shape = parse_shape(value)
    if isinstance(ellipsoid, str) and ellipsoid.lower() == "wgs84":
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: GEO_AREA() knows the sphere only, not wgs84")
    return neat(shape.area * _RADIUS_M * _RADIUS_M)


def _is_in_polygon(coordinates: Any, place: Any, more: Any = None) -> bool:
    corners = expect_array(coordinates)
    if isinstance(place, list):
        swapped = more is True
        pair = place[:2][::-1] if swapped else place[:2]
    else:
        swapped, pair = False, [place, more]
    if len(pair) < 2 or not all(map(is_number, pair)):
        raise invalid_argument()
    if not all(isinstance(corner, list) and len(corner) > 1 for corner in corners):
        raise invalid_argument()
    positions = [corner if swapped else [corner[1], corner[0]] for corner in corners]
    if positions and positions[0] != positions[-1]:
        positions.append(positions[0])
    return ring_of(positions).smaller_side().contains(point(pair[1], pair[0]))


def _geo_point(longitude: Any, latitude: Any) -> dict[str, Any]:
    if not is_number(longitude) or not is_number(latitude):
        raise invalid_argument()
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _numbers(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise invalid_argument("not an array containing positions")
    if not all(map(is_number, value)):
        raise invalid_argument("not a numeric value")
    return value


def _multi_point(values: Any) -> dict[str, Any]:
    if len(expect_array(values)) < 2:
        raise invalid_argument("a MultiPoint needs at least two positions")
    return {"type": "MultiPoint", "coordinates": [_numbers(value) for value in values]}


def _line_string(values: Any) -> dict[str, Any]:
    if len(expect_array(values)) < 2:
        raise invalid_argument("a LineString needs at least two positions")
    return {"type": "LineString", "coordinates": [_numbers(value) for value in values]}


def _multi_line_string(values: Any) -> dict[str, Any]:
    if not expect_array(values):
        raise invalid_argument("a MultiLineString needs at least one array of linestrings")
    for value in values:
        if not isinstance(value, list):
            raise invalid_argument("not an array containing positions")
        if len(value) < 2:
            raise invalid_argument("not an array containing linestrings")
    return {"type": "MultiLineString", "coordinates": [[_numbers(item) for item in value] for value in values]}


def _ring_list(values: Any) -> list[Any]:
    """Return the rings of a polygon; a lone ring may come without the array around it."""
    if not isinstance(values, list):
        raise invalid_argument("Polygon needs to be an array of positions.")
    lone = any(isinstance(value, list) and value and is_number(value[0]) for value in values)
    rings = [values] if lone else values
    for ring in rings:
        if not isinstance(ring, list):
            raise invalid_argument("not an array containing positions")
        if len(ring) < 3:
            raise invalid_argument("a Polygon needs at least three positions")
        for item in ring:
            if not isinstance(item, list) or len(item) < 2:
                raise invalid_argument("a Position needs at least two numeric values")
            _numbers(item)
    return rings


def _polygon(values: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": _ring_list(expect_array(values))}


def _multi_polygon(values: Any) -> dict[str, Any]:
    if len(expect_array(values)) < 2:
        raise invalid_argument("a MultiPolygon needs at least two Polygons inside.")
    return {"type": "MultiPolygon", "coordinates": [_ring_list(value) for value in values]}


def _family() -> dict[str, Function]:
    family = Family()
    family.warning("DISTANCE", 4, 4, _distance)
    family.warning("GEO_DISTANCE", 2, 3, _geo_distance)
    family.warning("GEO_IN_RANGE", 4, 7, _geo_in_range)
    family.warning("GEO_CONTAINS", 2, 2, _contains)
    family.warning("GEO_INTERSECTS", 2, 2, _intersects)
    family.warning("GEO_EQUALS", 2, 2, _equals)
    family.warning("GEO_AREA", 1, 2, _area)
    family.warning("IS_IN_POLYGON", 2, 3, _is_in_polygon)
    family.warning("GEO_POINT", 2, 2, _geo_point)
    family.warning("GEO_MULTIPOINT", 1, 1, _multi_point)
    family.warning("GEO_LINESTRING", 1, 1, _line_string)
    family.warning("GEO_MULTILINESTRING", 1, 1, _multi_line_string)
    family.warning("GEO_POLYGON", 1, 1, _polygon)
    family.warning("GEO_MULTIPOLYGON", 1, 1, _multi_polygon)
    return family.functions


FUNCTIONS = _family()
