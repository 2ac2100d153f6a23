"""Geo functions on the sphere."""

from __future__ import annotations

import math
from typing import Any

import pytest
from arangod_standin.errors import ArangoError
from hypothesis import assume, given, strategies

from tests.framework.standin.support.function_calls import call, warnings_of

_RADIUS_M = 6_371_000.0


def _polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


_SQUARE = [[4.0, 54.0], [4.0, 47.0], [16.0, 47.0], [16.0, 54.0], [4.0, 54.0]]
_HOLE = [[9.0, 49.0], [9.0, 51.0], [11.0, 51.0], [11.0, 49.0], [9.0, 49.0]]
_INNER = [[6.0, 52.0], [6.0, 49.0], [8.0, 49.0], [8.0, 52.0], [6.0, 52.0]]


def test_distances_of_points() -> None:
    """DISTANCE is the documented one between Berlin and Cologne; GEO_DISTANCE agrees on the sphere."""
    assert call("DISTANCE", 52.5163, 13.3777, 50.9322, 6.94) == pytest.approx(476918.89688380965)
    assert call("GEO_DISTANCE", [13.3777, 52.5163], [6.94, 50.9322]) == pytest.approx(476918.89688380965)
    ellipsoid = call("GEO_DISTANCE", [13.3777, 52.5163], [6.94, 50.9322], "wgs84")
    assert 0.99 < ellipsoid / 476918.9 < 1.01
    assert ellipsoid != call("GEO_DISTANCE", [13.3777, 52.5163], [6.94, 50.9322])


def test_edges_are_pieces_of_great_circles() -> None:
    """The documented polygon does not contain [10, 47] and contains [10, 54]: its edges bend northwards."""
    assert call("GEO_CONTAINS", _polygon(_SQUARE), [10, 50]) is True
    assert call("GEO_CONTAINS", _polygon(_SQUARE), [10, 47]) is False
    assert call("GEO_CONTAINS", _polygon(_SQUARE), [10, 54]) is True


def test_the_inside_lies_to_the_left() -> None:
    """A ring the other way round contains the poles and not its middle."""
    assert call("GEO_CONTAINS", _polygon(_SQUARE[::-1]), [10, 50]) is False
    assert call("GEO_CONTAINS", _polygon(_SQUARE[::-1]), [0, 90]) is True
    both = call("GEO_AREA", _polygon(_SQUARE)) + call("GEO_AREA", _polygon(_SQUARE[::-1]))
    assert both == pytest.approx(4 * math.pi * _RADIUS_M**2)


def test_holes_are_outside() -> None:
    """A point in a hole is not contained, whichever way the hole runs, and the hole has no part in the area."""
    for hole in (_HOLE, _HOLE[::-1]):
        assert call("GEO_CONTAINS", _polygon(_SQUARE, hole), [10, 50]) is False
        assert call("GEO_CONTAINS", _polygon(_SQUARE, hole), [7, 50]) is True
    area = call("GEO_AREA", _polygon(_SQUARE, _HOLE))
    whole, missing = call("GEO_AREA", _polygon(_SQUARE)), call("GEO_AREA", _polygon(_HOLE[::-1]))
    assert area == pytest.approx(whole - missing)


def test_polygons_in_polygons() -> None:
    """Containment and intersection of areas, also around a hole."""
    assert call("GEO_CONTAINS", _polygon(_SQUARE), _polygon(_INNER)) is True
    assert call("GEO_CONTAINS", _polygon(_INNER), _polygon(_SQUARE)) is False
    assert call("GEO_INTERSECTS", _polygon(_INNER), _polygon(_SQUARE)) is True
    assert call("GEO_INTERSECTS", _polygon(_INNER), _polygon(_HOLE[::-1])) is False
    assert call("GEO_CONTAINS", _polygon(_SQUARE, _HOLE), _polygon(_SQUARE)) is False


def test_lines() -> None:
    """Lines intersect where they cross, and lie in the area that holds them."""
    line = {"type": "LineString", "coordinates": [[3, 50], [12, 50]]}
    other = {"type": "LineString", "coordinates": [[8, 40], [8, 60]]}
    assert call("GEO_INTERSECTS", line, other) is True
    assert call("GEO_INTERSECTS", _polygon(_SQUARE), line) is True
    assert call("GEO_CONTAINS", _polygon(_SQUARE), line) is False
    assert call("GEO_CONTAINS", _polygon(_SQUARE), {"type": "LineString", "coordinates": [[5, 50], [12, 50]]}) is True


def test_equality() -> None:
    """Rings may begin anywhere; types must agree."""
    turned = [*_SQUARE[1:-1], _SQUARE[0], _SQUARE[1]]
    assert call("GEO_EQUALS", _polygon(_SQUARE), _polygon(turned)) is True
    assert call("GEO_EQUALS", _polygon(_SQUARE), _polygon(_INNER)) is False
    assert (
        call("GEO_EQUALS", {"type": "Point", "coordinates": [1, 2]}, {"type": "MultiPoint", "coordinates": [[1, 2]]})
        is False
    )


def test_ranges_of_distance() -> None:
    """GEO_IN_RANGE includes its bounds unless told otherwise."""
    distance = call("GEO_DISTANCE", [0, 0], [1, 0])
    assert call("GEO_IN_RANGE", [0, 0], [1, 0], distance, distance) is True
    assert call("GEO_IN_RANGE", [0, 0], [1, 0], distance, distance + 1, False) is False
    assert call("GEO_IN_RANGE", [0, 0], [1, 0], 0, distance, True, False) is False


def test_is_in_polygon() -> None:
    """The documented examples, with latitude first and with longitude first."""
    corners = [[0, 0], [0, 10], [10, 10], [10, 0]]
    assert call("IS_IN_POLYGON", corners, 5, 5) is True
    assert call("IS_IN_POLYGON", corners, [5, 5]) is True
    assert call("IS_IN_POLYGON", corners[::-1], [5, 15], True) is False


def test_constructors() -> None:
    """The constructors make GeoJSON objects."""
    assert call("GEO_POINT", 1.0, 2.0) == {"type": "Point", "coordinates": [1.0, 2.0]}
    assert call("GEO_POLYGON", [[0.0, 0.0], [7.5, 2.5], [0.0, 5.0]])["coordinates"] == [[[0, 0], [7.5, 2.5], [0, 5]]]
    assert call("GEO_MULTIPOLYGON", [[_SQUARE], [_INNER]])["type"] == "MultiPolygon"
    assert call("GEO_LINESTRING", [[35, 10], [45, 45]])["type"] == "LineString"
    assert call("GEO_MULTILINESTRING", [[[100, 0], [101, 1]]])["type"] == "MultiLineString"
    assert call("GEO_MULTIPOINT", [[35, 10], [45, 45]])["type"] == "MultiPoint"


@pytest.mark.parametrize(
    ("name", "arguments", "number"),
    [
        ("DISTANCE", ("a", 0, 0, 0), 1542),
        ("GEO_POINT", ("a", 0), 1542),
        ("GEO_LINESTRING", ([[1, 2]],), 1542),
        ("GEO_POLYGON", ("a",), 1563),
        ("GEO_DISTANCE", ("a", [0, 0]), 10),
        ("GEO_CONTAINS", ({"type": "Point", "coordinates": [0, 0]}, [0, 0]), 1542),
        ("GEO_CONTAINS", (_polygon([[0.0, 0.0], [1.0, 1.0]]), [0, 0]), 10),
        ("GEO_CONTAINS", (_polygon([[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), [0, 0]), 10),
        ("GEO_INTERSECTS", ("a", [0, 0]), 1542),
    ],
)
def test_warning(name: str, arguments: tuple[Any, ...], number: int) -> None:
    """What is no geometry is null with a warning."""
    assert warnings_of(name, *arguments) == [number]


def test_areas_on_the_ellipsoid_are_not_there() -> None:
    """GEO_AREA refuses what it cannot compute."""
    with pytest.raises(ArangoError) as refused:
        call("GEO_AREA", _polygon(_SQUARE), "wgs84")
    assert refused.value.error_num == 9


_POSITIONS = strategies.tuples(strategies.floats(-179, 179), strategies.floats(-89, 89)).map(list)


@given(_POSITIONS, _POSITIONS, _POSITIONS)
def test_distance_is_a_metric(a: list[float], b: list[float], c: list[float]) -> None:
    """GEO_DISTANCE is symmetric and obeys the triangle inequality."""
    ab, bc, ac = call("GEO_DISTANCE", a, b), call("GEO_DISTANCE", b, c), call("GEO_DISTANCE", a, c)
    assert ab == pytest.approx(call("GEO_DISTANCE", b, a))
    assert ac <= ab + bc + 1e-3


@given(strategies.floats(-170, 170), strategies.floats(-70, 70), strategies.floats(1, 15), _POSITIONS)
def test_a_circle_of_corners_contains_what_is_near(lon: float, lat: float, reach: float, where: list[float]) -> None:
    """A regular polygon around a point contains the points well within its radius and none well beyond."""
    corners = []
    for step in range(24):
        bearing, reach_rad = -2 * math.pi * step / 24, math.radians(reach)
        phi = math.radians(lat)
        corner_phi = math.asin(
            math.sin(phi) * math.cos(reach_rad) + math.cos(phi) * math.sin(reach_rad) * math.cos(bearing)
        )
        turn = math.atan2(
            math.sin(bearing) * math.sin(reach_rad) * math.cos(phi),
            math.cos(reach_rad) - math.sin(phi) * math.sin(corner_phi),
        )
        corners.append([(lon + math.degrees(turn) + 540) % 360 - 180, math.degrees(corner_phi)])
    distance = math.degrees(call("GEO_DISTANCE", where, [lon, lat]) / _RADIUS_M)
    assume(not reach * 0.98 < distance < reach * 1.02)
    assert call("GEO_CONTAINS", _polygon([*corners, corners[0]]), where) is (distance < reach)
