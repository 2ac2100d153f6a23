"""Geometry on the unit sphere: points, arcs and rings.

Edges are pieces of great circles, and the inside of a ring lies to the left of its edges, as in ArangoDB since 3.10.
A point exactly on an edge may count as inside or outside.
"""

from __future__ import annotations

import math

Point = tuple[float, float, float]

_SAME = 1e-15
_CLEAR = 1e-14
_NUDGE = 1e-9


def point(longitude: float, latitude: float) -> Point:
    """Return the unit vector of a position in degrees."""
    phi, theta = math.radians(latitude), math.radians(longitude)
    return (math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi))


def position(vector: Point) -> tuple[float, float]:
    """Return longitude and latitude of a vector, in degrees."""
    x, y, z = vector
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def dot(a: Point, b: Point) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Point, b: Point) -> Point:
    """Return the vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(vector: Point) -> Point | None:
    """Return the vector with length 1; None for the zero vector."""
    length = math.sqrt(dot(vector, vector))
    return None if length < 1e-300 else (vector[0] / length, vector[1] / length, vector[2] / length)


def angle(a: Point, b: Point) -> float:
    """Return the angle between two vectors in radians."""
    normal = cross(a, b)
    return math.atan2(math.sqrt(dot(normal, normal)), dot(a, b))


def same(a: Point, b: Point) -> bool:
    """True when two points are one within the precision of the numbers."""
    return angle(a, b) < _SAME * 10


def _side(a: Point, b: Point, c: Point) -> float:
    return dot(cross(a, b), c)


def edges_cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """True when the arcs ab and cd cross in a point inside both; arcs that share an end do not cross."""
    if a in (c, d) or b in (c, d):
        return False
    acb, bda = -_side(a, b, c), _side(a, b, d)
    if acb * bda <= 0:
        return False
    cbd, dac = -_side(c, d, b), _side(c, d, a)
    return acb * cbd > 0 and acb * dac > 0


def on_edge(p: Point, a: Point, b: Point) -> bool:
    """True when a point lies on an arc."""
    return abs(angle(a, p) + angle(p, b) - angle(a, b)) < _CLEAR and abs(_side(a, b, p)) < _CLEAR


class Ring:
    """A closed line: `points` without the repeated last one."""

    def __init__(self, points: list[Point]) -> None:
        self.points = points
        self.edges = list(zip(points, points[1:] + points[:1], strict=True))

    @property
    def area(self) -> float:
        """The area to the left of the ring on the unit sphere, 0 to 4 pi."""
        first, total = self.points[0], 0.0
        for a, b in self.edges[1:-1]:
            total += 2.0 * math.atan2(_side(first, a, b), 1.0 + dot(first, a) + dot(a, b) + dot(b, first))
        return total % (4.0 * math.pi)

    @property
    def centroid(self) -> Point:
        """The integral of the position over the area to the left (a vector that is not of length 1)."""
        x = y = z = 0.0
        for a, b in self.edges:
            normal = unit(cross(a, b))
            if normal is not None:
                half = angle(a, b) / 2.0
                x, y, z = x + half * normal[0], y + half * normal[1], z + half * normal[2]
        return (x, y, z)

    def smaller_side(self) -> Ring:
        """Return the ring that runs around the smaller of its two sides."""
        return self if self.area <= 2.0 * math.pi else Ring(self.points[::-1])

    def is_simple(self) -> bool:
        """True unless two of its edges cross."""
        return not any(
            edges_cross(*edge, *later) for place, edge in enumerate(self.edges) for later in self.edges[place + 2 :]
        )

    def has_on_edge(self, p: Point) -> bool:
        """True when a point lies on the line itself."""
        return any(on_edge(p, a, b) for a, b in self.edges)

    def contains(self, p: Point) -> bool:
        """True when a point lies to the left of the ring."""
        for a, b in self.edges:
            inside = _nudged(a, b)
            if inside is None:
                continue
            parity = self._crossings(p, inside)
            if parity is not None:
                return parity % 2 == 0
        return False

    def _crossings(self, p: Point, q: Point) -> int | None:
        """Return how often the arc from p to q crosses the ring; None when that is too close to call."""
        if angle(p, q) > math.pi - 1e-6:
            return None
        if same(p, q):
            return 0
        sides = [_side(p, q, vertex) for vertex in self.points]
        if min(abs(side) for side in sides) < _CLEAR * angle(p, q):
            return None
        return sum(edges_cross(p, q, a, b) for a, b in self.edges)


def _nudged(a: Point, b: Point) -> Point | None:
    """Return a point just left of the middle of an edge."""
    normal, middle = unit(cross(a, b)), unit((a[0] + b[0], a[1] + b[1], a[2] + b[2]))
    if normal is None or middle is None:
        return None
    step = min(_NUDGE, angle(a, b) * 1e-3)
    return unit((middle[0] + step * normal[0], middle[1] + step * normal[1], middle[2] + step * normal[2]))
