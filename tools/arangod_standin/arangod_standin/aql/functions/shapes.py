"""GeoJSON geometries as shapes on the sphere: parse, centroid, area, containment, intersection, equality."""

from __future__ import annotations

import itertools
from typing import Any

from ... import errors
from .family import FunctionWarningError, is_number
from .sphere import Point, Ring, angle, edges_cross, on_edge, point, same, unit

TYPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


class Polygon:
    """An outer ring and holes."""

    def __init__(self, rings: list[Ring]) -> None:
        self.outer = rings[0]
        self.holes = [ring.smaller_side() for ring in rings[1:]]

    @property
    def rings(self) -> list[Ring]:
        """All rings."""
        return [self.outer, *self.holes]

    def contains(self, p: Point) -> bool:
        """True when the point is inside the outer ring and in no hole."""
        return self.outer.contains(p) and not any(hole.contains(p) for hole in self.holes)

    def covers(self, p: Point) -> bool:
        """True when the point is inside or on a ring."""
        return self.contains(p) or any(ring.has_on_edge(p) for ring in self.rings)


class Shape:
    """A geometry: single points, lines (lists of points) and polygons; only one of the three is filled."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.points: list[Point] = []
        self.lines: list[list[Point]] = []
        self.polygons: list[Polygon] = []

    @property
    def is_area(self) -> bool:
        """True for polygons."""
        return bool(self.polygons)

    @property
    def edges(self) -> list[tuple[Point, Point]]:
        """All arcs of lines and rings."""
        found = [edge for line in self.lines for edge in itertools.pairwise(line)]
        return found + [edge for polygon in self.polygons for ring in polygon.rings for edge in ring.edges]

    @property
    def vertices(self) -> list[Point]:
        """All points, of lines and rings too."""
        found = self.points + [vertex for line in self.lines for vertex in line]
        return found + [vertex for polygon in self.polygons for ring in polygon.rings for vertex in ring.points]

    @property
    def centroid(self) -> Point:
        """The centre: mean of points, weighted by length on lines and by area in polygons."""
        parts: list[Point] = list(self.points)
        for line in self.lines:
            for a, b in itertools.pairwise(line):
                middle, weight = unit((a[0] + b[0], a[1] + b[1], a[2] + b[2])) or a, angle(a, b)
                parts.append((middle[0] * weight, middle[1] * weight, middle[2] * weight))
        for polygon in self.polygons:
            parts.append(polygon.outer.centroid)
            parts += [(-x, -y, -z) for x, y, z in (hole.centroid for hole in polygon.holes)]
        total = (sum(part[0] for part in parts), sum(part[1] for part in parts), sum(part[2] for part in parts))
        return unit(total) or self.vertices[0]

    @property
    def area(self) -> float:
        """The area on the unit sphere."""
        return sum(polygon.outer.area - sum(hole.area for hole in polygon.holes) for polygon in self.polygons)

    def covers(self, p: Point) -> bool:
        """True when a point belongs to the shape, its border included."""
        if any(same(p, other) for other in self.points) or any(polygon.covers(p) for polygon in self.polygons):
            return True
        return any(on_edge(p, a, b) for line in self.lines for a, b in itertools.pairwise(line))

    def contains(self, other: Shape) -> bool:
        """True when every point of the other shape belongs to this one, which is an area."""
        if not all(self.covers(vertex) for vertex in other.vertices):
            return False
        if any(edges_cross(*mine, *theirs) for mine in self.edges for theirs in other.edges):
            return False
        middles = [unit((a[0] + b[0], a[1] + b[1], a[2] + b[2])) for a, b in other.edges]
        if not all(self.covers(middle) for middle in middles if middle is not None):
            return False
        holes = [hole for polygon in self.polygons for hole in polygon.holes]
        return not any(polygon.contains(hole.points[0]) for polygon in other.polygons for hole in holes)

    def intersects(self, other: Shape) -> bool:
        """True when the shapes have a point in common."""
        if any(self.covers(vertex) for vertex in other.vertices) or any(other.covers(v) for v in self.vertices):
            return True
        return any(edges_cross(*mine, *theirs) for mine in self.edges for theirs in other.edges)

    def equals(self, other: Shape) -> bool:
        """True when both are of one type and have the same points, lines or polygons (rings may begin anywhere)."""
        if self.kind != other.kind:
            return False
        return (
            _paired(self.points, other.points)
            and len(self.lines) == len(other.lines)
            and all(_paired(mine, theirs) for mine, theirs in zip(self.lines, other.lines, strict=True))
            and len(self.polygons) == len(other.polygons)
            and all(_same_polygon(mine, theirs) for mine, theirs in zip(self.polygons, other.polygons, strict=True))
        )


def _paired(first: list[Point], second: list[Point]) -> bool:
    return len(first) == len(second) and all(same(a, b) for a, b in zip(first, second, strict=True))


def _same_ring(first: Ring, second: Ring) -> bool:
    turns = (second.points[turn:] + second.points[:turn] for turn in range(len(second.points)))
    return any(_paired(first.points, turned) for turned in turns)


def _same_polygon(first: Polygon, second: Polygon) -> bool:
    pairs = zip(first.rings, second.rings, strict=False)
    return len(first.rings) == len(second.rings) and all(_same_ring(mine, theirs) for mine, theirs in pairs)


def bad_geometry(text: str) -> FunctionWarningError:
    """Return warning 10 with a text that says what is wrong with a geometry."""
    return FunctionWarningError(errors.BAD_PARAMETER, text)


def _point(value: Any) -> Point:
    if not isinstance(value, list) or len(value) < 2 or not is_number(value[0]) or not is_number(value[1]):
        raise bad_geometry("a position needs two numbers: longitude and latitude")
    if not (-180 <= value[0] <= 180 and -90 <= value[1] <= 90):
        raise bad_geometry("longitude must be from -180 to 180 and latitude from -90 to 90")
    return point(float(value[0]), float(value[1]))


def _points(value: Any, least: int, what: str) -> list[Point]:
    if not isinstance(value, list):
        raise bad_geometry(f"{what} needs an array of positions")
    found: list[Point] = []
    for item in value:
        vertex = _point(item)
        if what == "MultiPoint" or not found or not same(found[-1], vertex):
            found.append(vertex)
    if len(found) < least:
        raise bad_geometry(f"{what} needs at least {least} different positions")
    return found


def ring_of(value: Any) -> Ring:
    """Return a ring from an array of positions, the last of which repeats the first. Raises warning 10."""
    points = _points(value, 3, "a ring")
    if not same(points[0], points[-1]):
        raise bad_geometry("a ring is not closed: its last position must be its first")
    if len(points) < 4:
        raise bad_geometry("a ring needs at least 3 different positions")
    ring = Ring(points[:-1])
    if not ring.is_simple():
        raise bad_geometry("the edges of a ring must not cross")
    return ring


def _rings(value: Any) -> Polygon:
    if not isinstance(value, list) or not value:
        raise bad_geometry("a Polygon needs at least one ring")
    return Polygon([ring_of(item) for item in value])


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise bad_geometry(f"{what} needs a non-empty array")
    return value


def parse_shape(value: Any) -> Shape:
    """Return the shape of a GeoJSON object or a ``[longitude, latitude]`` pair. Raises warning 10."""
    if isinstance(value, list) and len(value) >= 2:
        value = {"type": "Point", "coordinates": value}
    if not isinstance(value, dict):
        raise bad_geometry("Requires coordinate pair or GeoJSON")
    kind, coordinates = value.get("type"), value.get("coordinates")
    names = {name.lower(): name for name in TYPES}
    if not isinstance(kind, str) or kind.lower() not in names:
        raise bad_geometry("Invalid GeoJSON Geometry Object.")
    shape = Shape(names[kind.lower()])
    if shape.kind == "Point":
        shape.points = [_point(coordinates)]
    elif shape.kind == "MultiPoint":
        shape.points = _points(coordinates, 1, shape.kind)
    elif shape.kind == "LineString":
        shape.lines = [_points(coordinates, 2, shape.kind)]
    elif shape.kind == "MultiLineString":
        shape.lines = [_points(line, 2, shape.kind) for line in _list(coordinates, shape.kind)]
    elif shape.kind == "Polygon":
        shape.polygons = [_rings(coordinates)]
    else:
        shape.polygons = [_rings(polygon) for polygon in _list(coordinates, shape.kind)]
    return shape
