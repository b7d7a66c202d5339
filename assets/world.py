"""The shapes of the world map, as baked by `make world`: countries, and markers for the small ones."""

import functools
import json
import math
from typing import NamedTuple

from assets.files import path

EARTH_KM = 6378.137  # radius of the sphere of the web mercator projection (EPSG:3857)

Ring = list[tuple[float, float]]
Nested = list[list[list[list[int]]]]  # country, polygon, ring (the outline, then holes), coordinate


class Point(NamedTuple):
    """A marker of a country that is too small to hit, or without a shape. x, y: kilometres on the map."""

    code: str
    name: str
    x: int
    y: int


class World(NamedTuple):
    """The map, in web mercator kilometres: one entry a country in codes, names, xs and ys.

    xs and ys are what Bokeh's `multi_polygons` takes. Codes are ISO 3166-1 alpha-2 (Kosovo: XK). A country
    may have a shape, a marker or both; every region of the world's numbering plans has at least one.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    xs: Nested
    ys: Nested
    points: tuple[Point, ...]


class Shape(NamedTuple):
    """A country in degrees: its polygons, each a list of rings (outline, holes) of (longitude, latitude)."""

    code: str
    name: str
    polygons: list[list[Ring]]


@functools.cache
def world() -> World:
    """The map of the shipped file, read once; the lists are shared, so do not change them."""
    baked = json.loads(path("world.json").read_text(encoding="utf-8"))
    codes, names, xs, ys = zip(*baked["shapes"], strict=True)
    return World(codes, names, list(xs), list(ys), tuple(Point(*row) for row in baked["points"]))


def shapes() -> list[Shape]:
    """The countries in degrees, for maps in another projection (`geoviews.Polygons` in a notebook).

    Corners are true to a whole kilometre on the map; no ring crosses the antimeridian.
    """
    rows = zip(*world()[:4], strict=True)
    return [Shape(code, name, list(map(polygon, xs, ys))) for code, name, xs, ys in rows]


def polygon(xs: list[list[int]], ys: list[list[int]]) -> list[Ring]:
    """The rings of one polygon in degrees, from map kilometres."""
    return [list(map(degrees, *ring)) for ring in zip(xs, ys, strict=True)]


def degrees(x: int, y: int) -> tuple[float, float]:
    """Map kilometres as (longitude, latitude): the inverse of the spherical mercator projection."""
    return math.degrees(x / EARTH_KM), math.degrees(math.atan(math.sinh(y / EARTH_KM)))
