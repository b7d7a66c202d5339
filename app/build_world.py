"""Bakes assets/world.json, the shapes of the world map, from Natural Earth's country polygons (`make world`).

The projection is the one geoviews draws with (cartopy's web mercator), done once here because it costs
seconds at every drawing. It needs the extra `notebooks`; the program itself only reads the result.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import phonenumbers
import shapely
from babel import Locale
from cartopy import crs
from numpy.typing import NDArray
from shapely import Polygon, affinity

from assets.files import HERE, path

Box = tuple[float, float, float, float]  # west, south, east, north in degrees

SOURCE = "countries_50m.geojson.gz"
TARGET = HERE / "world.json"

TOLERANCE = 25_000.0  # metres on the map: a corner is cut off when its triangle is smaller than this, squared
SMALLEST = 4e8  # square metres on the map: smaller islands are left out, but never a country's largest
TOO_SMALL_TO_HIT = 1e10  # square metres on the map: about 3 by 3 pixels; such a country gets a marker
EDGE: Box = (-180, -60, 180, 83.6)  # Antarctica would take a third of a mercator map
LEFT_OUT = {
    "Antarctica",  # has no telephone numbers of its own
    "Siachen Glacier",  # claimed by two countries, telephones of neither
}

# Shapes without an ISO code go with the country through whose telephone numbers they are reached.
ATTACHED = {"N. Cyprus": "CY", "Somaliland": "SO"}

# Territories that the source draws as a part of another shape, but that have a country code of their own.
CARVED: tuple[tuple[str, str, Box], ...] = (
    ("AC", "SH", (-15, -9, -13, -7)),
    ("BQ", "NL", (-69, 11, -62, 18)),
    ("CC", "Indian Ocean Ter.", (96, -13, 98, -11)),
    ("CX", "Indian Ocean Ter.", (105, -11, 106, -10)),
    ("GF", "FR", (-55, 2, -51, 6)),
    ("GP", "FR", (-62, 15.7, -60.9, 16.6)),
    ("MQ", "FR", (-61.5, 14.3, -60.7, 15)),
    ("RE", "FR", (55, -22, 56, -20)),
    ("SJ", "NO", (-10, 70.7, -7, 72)),
    ("SJ", "NO", (10, 74, 34, 81)),
    ("TK", "NZ", (-173, -10, -171, -8)),
    ("YT", "FR", (45, -13.1, 45.4, -12.6)),
)

# Longitude and latitude of the markers that the shapes cannot give: no shape at all, or the wrong island's.
MARKERS = {"GI": (-5.35, 36.14), "KI": (172.97, 1.4), "TA": (-12.28, -37.1), "TV": (179.2, -8.52)}


def main() -> None:
    """Write assets/world.json."""
    TARGET.write_text(text(bake()), encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


def bake() -> dict[str, list[list[Any]]]:
    """The content of assets/world.json: projected shapes and markers, in whole kilometres.

    `shapes` has a row a country: code, name, xs, ys (lists of polygons of rings, not closed; the first
    ring is the outline, the others are holes). `points` has a row a marker: code, name, x, y.
    """
    shapes = simplified({code: [projected(p) for p in parts] for code, parts in countries().items()})
    return {
        "shapes": [[code, name(code), *rows(parts)] for code, parts in sorted(shapes.items())],
        "points": [[code, name(code), *place] for code, place in sorted(markers(shapes).items())],
    }


def text(world: dict[str, list[list[Any]]]) -> str:
    """The file's text: JSON with a line a country, so that a change shows where it is."""
    blocks = (f'"{key}":[\n' + ",\n".join(map(compact, block)) + "\n]" for key, block in world.items())
    return "{" + ",\n".join(blocks) + "}\n"


def compact(row: list[Any]) -> str:
    """One row as JSON without blanks."""
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)


def name(code: str) -> str:
    """The English name of a country, as CLDR has it."""
    return str(Locale("en").territories.get(code, code))


def countries() -> dict[str, list[Polygon]]:
    """Country code -> its polygons in degrees, none of which crosses the antimeridian."""
    found: dict[str, list[Polygon]] = defaultdict(list)
    for feature in json.loads(gzip.decompress(path(SOURCE).read_bytes()))["features"]:
        facts = feature["properties"]
        if facts["name"] not in LEFT_OUT:
            for piece in pieces(feature["geometry"]):
                found[owner(facts["iso2"] or facts["name"], piece)].append(piece)
    return {code: polygons(shapely.union_all(parts)) for code, parts in found.items()}


def owner(drawn: str, piece: Polygon) -> str:
    """The country code of a piece that the source draws as part of `drawn`, a code or else a name."""
    for code, parent, box in CARVED:
        if parent == drawn and shapely.box(*box).contains(piece):
            return code
    return ATTACHED.get(drawn, drawn)


def pieces(geometry: dict[str, Any]) -> Iterator[Polygon]:
    """The polygons of a GeoJSON geometry, cut at the antimeridian and at the map's edges."""
    many = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for outline, *holes in many:
        whole = Polygon(unwrapped(outline), [unwrapped(hole) for hole in holes]).buffer(0)
        for turn in (-360, 0, 360):
            yield from polygons(affinity.translate(whole, turn).intersection(shapely.box(*EDGE)))


def unwrapped(ring: list[list[float]]) -> NDArray[np.float64]:
    """A ring whose longitude jumps at the antimeridian, made continuous: it would cross the whole map."""
    degrees = np.array(ring, dtype=float)
    degrees[1:, 0] -= 360 * np.cumsum(np.round(np.diff(degrees[:, 0]) / 360))
    return degrees


def polygons(geometry: shapely.Geometry) -> list[Polygon]:
    """The polygons that a geometry is made of; touching lines and points are dropped."""
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]


def projected(degrees: Polygon) -> Polygon:
    """A polygon in metres of the web mercator map."""
    return shapely.transform(degrees, lambda lonlat: metres(lonlat[:, 0], lonlat[:, 1]))


def metres(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees to metres of the web mercator map, an array of (x, y)."""
    return np.asarray(crs.GOOGLE_MERCATOR.transform_points(crs.PlateCarree(), longitude, latitude)[:, :2])


def simplified(shapes: dict[str, list[Polygon]]) -> dict[str, list[Polygon]]:
    """The same shapes with fewer corners, neighbours still touching, each country's largest polygon first."""
    codes = [code for code, parts in shapes.items() for _ in parts]
    smooth = shapely.coverage_simplify([p for parts in shapes.values() for p in parts], TOLERANCE)
    found: dict[str, list[Polygon]] = defaultdict(list)
    for code, part in sorted(zip(codes, smooth, strict=True), key=lambda pair: -pair[1].area):
        if part.area > SMALLEST or code not in found:
            found[code].append(part)
    return found


def markers(shapes: dict[str, list[Polygon]]) -> dict[str, list[int]]:
    """Country code -> [x, y] in kilometres, for all countries that a finger or mouse would miss."""
    reached = phonenumbers.SUPPORTED_REGIONS & shapes.keys()
    small = {code: shapes[code][0].centroid for code in reached if shapes[code][0].area < TOO_SMALL_TO_HIT}
    found = {code: (centre.x, centre.y) for code, centre in small.items()}
    given = {code: metres(np.array([x]), np.array([y]))[0] for code, (x, y) in MARKERS.items()}
    return {code: kilometres([place])[0] for code, place in (found | given).items()}


def rows(parts: list[Polygon]) -> tuple[list[Any], list[Any]]:
    """The polygons as nested lists of whole kilometres, x and y apart as Bokeh's multi_polygons wants."""
    nested = [[kilometres(shapely.get_coordinates(r)) for r in (p.exterior, *p.interiors)] for p in parts]
    xs, ys = ([[[corner[axis] for corner in ring] for ring in part] for part in nested] for axis in (0, 1))
    return xs, ys


def kilometres(corners: Any) -> list[list[int]]:
    """Metres to whole kilometres; corners that fall together, and the closing one, are left out."""
    whole = np.round(np.asarray(corners) / 1000).astype(int)
    moved = np.any(whole != np.roll(whole, 1, axis=0), axis=1)
    return [[int(x), int(y)] for x, y in (whole[moved] if moved.any() else whole[:1])]


if __name__ == "__main__":
    main()
