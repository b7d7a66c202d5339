"""The world map: every country can be found and hit, and nothing is drawn across it."""

from itertools import pairwise

import numpy as np
import phonenumbers
import pytest

from app import build_world
from assets.files import path
from assets.world import Nested, Shape, shapes, world

HALF_THE_WORLD_KM = 20_038
LONGEST_BORDER_KM = 4_000  # the 49th parallel is the longest straight line between two corners, 2,500 km here


def place(code: str) -> Shape:
    """The shape of a country in degrees."""
    return next(shape for shape in shapes() if shape.code == code)


def inside(longitude: float, latitude: float) -> set[str]:
    """The codes of all countries whose outlines hold a place, by the even-odd rule."""
    return {s.code for s in shapes() if any(crossings(p[0], longitude, latitude) % 2 for p in s.polygons)}


def crossings(ring: list[tuple[float, float]], x: float, y: float) -> int:
    """How many sides of a ring a ray to the east of (x, y) crosses."""
    return sum(
        (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        for (x0, y0), (x1, y1) in pairwise([*ring, ring[0]])
    )


def flat(nested: Nested) -> list[int]:
    """All coordinates of the map."""
    return [value for country in nested for polygon in country for ring in polygon for value in ring]


def test_every_region_with_telephone_numbers_has_a_shape_or_a_marker() -> None:
    found = {*world().codes, *(point.code for point in world().points)}
    assert phonenumbers.SUPPORTED_REGIONS - found == set()


def test_each_country_is_there_once() -> None:
    codes, points = world().codes, [point.code for point in world().points]
    assert len(set(codes)) == len(codes)
    assert len(set(points)) == len(points)


def test_every_code_is_two_letters_with_an_english_name() -> None:
    named = [*zip(world().codes, world().names, strict=True), *((p.code, p.name) for p in world().points)]
    assert [code for code, name in named if len(code) != 2 or not code.isupper() or name == code] == []


@pytest.mark.parametrize(
    ("code", "longitude", "latitude"),
    [
        # Too small for a finger.
        ("SG", 103.8, 1.35),
        ("MT", 14.4, 35.9),
        ("HK", 114.2, 22.3),
        ("BH", 50.5, 26.05),
        ("MV", 73.5, 4.2),
        ("MU", 57.55, -20.25),
        # No shape at all in the source.
        ("GI", -5.35, 36.14),
        ("TV", 179.2, -8.5),
        ("TA", -12.28, -37.1),
        # Kiribati's marker is at its capital, not at its largest island, half an ocean away.
        ("KI", 173.0, 1.4),
    ],
)
def test_small_countries_have_a_marker_where_they_are(code: str, longitude: float, latitude: float) -> None:
    x, y = build_world.metres(np.array([longitude]), np.array([latitude]))[0] / 1000
    point = next(p for p in world().points if p.code == code)
    assert point.x == pytest.approx(x, abs=40)
    assert point.y == pytest.approx(y, abs=40)


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        (2.35, 48.85, "FR"),
        (-0.1, 51.5, "GB"),
        (-74.0, 41.0, "US"),
        (139.7, 35.7, "JP"),
        (151.0, -33.7, "AU"),
        # Overseas departments have numbers of their own and are not France here.
        (-53.0, 4.0, "GF"),
        (55.5, -21.1, "RE"),
        (-61.0, 14.65, "MQ"),
        # Svalbard is not Norway, Tromsø is.
        (17.5, 78.0, "SJ"),
        (20.0, 69.2, "NO"),
        # Shapes without a code belong to the numbering plan that reaches them.
        (33.3, 35.3, "CY"),
        (45.5, 9.5, "SO"),
        # Both ends of Russia, and Fiji's islands on both sides of the antimeridian.
        (21.0, 54.7, "RU"),
        (-175.0, 66.5, "RU"),
        (178.0, -17.8, "FJ"),
    ],
)
def test_a_place_lies_in_its_country_and_in_no_other(longitude: float, latitude: float, code: str) -> None:
    assert inside(longitude, latitude) == {code}


def test_a_hole_is_the_country_inside() -> None:
    """South Africa has one hole, and it is Lesotho."""
    holes = [ring for polygon in place("ZA").polygons for ring in polygon[1:]]
    assert len(holes) == 1
    assert crossings(holes[0], 28.3, -29.5) % 2 == 1


def test_no_line_crosses_the_map() -> None:
    long = [
        (code, x0, x1)
        for code, country in zip(world().codes, world().xs, strict=True)
        for polygon in country
        for ring in polygon
        for x0, x1 in pairwise([*ring, ring[0]])
        if abs(x1 - x0) > LONGEST_BORDER_KM
    ]
    assert long == []


@pytest.mark.parametrize(
    ("code", "west", "east"),
    [
        # Chukotka is at the left edge, the rest at the right.
        ("RU", True, True),
        # The Aleutian islands go over the edge.
        ("US", True, True),
        # Fiji's islands beyond the edge are too small to be drawn.
        ("FJ", False, True),
    ],
)
def test_a_country_at_the_antimeridian_is_cut_there(code: str, west: bool, east: bool) -> None:
    xs = world().xs[world().codes.index(code)]
    spans = [(min(polygon[0]), max(polygon[0])) for polygon in xs]
    assert any(left < -17_000 for left, _ in spans) == west
    assert any(right > 17_000 for _, right in spans) == east
    assert all(right - left < HALF_THE_WORLD_KM for left, right in spans)


def test_everything_lies_on_the_map() -> None:
    assert max(map(abs, flat(world().xs))) <= HALF_THE_WORLD_KM
    assert min(flat(world().ys)) >= -8_400
    assert max(flat(world().ys)) <= 18_800


def test_every_ring_is_an_area() -> None:
    rings = [ring for country in world().xs for polygon in country for ring in polygon]
    assert min(map(len, rings)) >= 3
    assert len(flat(world().xs)) == len(flat(world().ys))


def test_the_map_is_small_enough_to_be_sent_with_a_page() -> None:
    assert path("world.json").stat().st_size < 220_000


def test_the_shipped_map_is_what_the_builder_makes() -> None:
    assert path("world.json").read_text(encoding="utf-8") == build_world.text(build_world.bake())


def test_a_file_that_is_not_shipped_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no shipped file .*atlantis\.json"):
        path("atlantis.json")
