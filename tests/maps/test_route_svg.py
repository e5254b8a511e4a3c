"""The route drawn for paper."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.backdrop import Backdrop
from maps.route_svg import _spread, route_svg

SVG = "{http://www.w3.org/2000/svg}"
HOME = (113.11, 26.12)
TOWN = shapely.box(112.9, 26.0, 113.3, 26.3)
ROAD = shapely.LineString([(112.8, 26.1), (113.4, 26.2)])


def draw(**changes: object) -> ET.Element:
    """Return the picture of a small day, parsed."""
    facts: dict[str, object] = {
        "stops": [(113.15, 26.15), (113.2, 26.1)],
        "station": HOME,
        "station_name": "执法一站",
        "backdrop": Backdrop(towns=(("便江街道", TOWN),), roads=(("national", ROAD), (30, ROAD))),
    }
    return ET.fromstring(route_svg(**{**facts, **changes}))  # type: ignore[arg-type]  # noqa: S314


def texts(root: ET.Element) -> list[str]:
    """Return the texts in the picture."""
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_stops_are_numbered_in_driving_order() -> None:
    """Each stop has its number, the town and the station have their names."""
    shown = texts(draw())
    assert {"1", "2", "便江街道", "执法一站", "N"} <= set(shown)


def test_names_are_escaped() -> None:
    """A name with angle brackets is a text, never an element."""
    name = '<script>&"x"'
    root = draw(backdrop=Backdrop(towns=((name, TOWN),)), station_name="</svg>")
    assert name in texts(root)
    assert "</svg>" in texts(root)
    assert not list(root.iter(f"{SVG}script"))


def test_whom_the_roads_are_owed_to_is_said() -> None:
    """A licence that wants its name on the map finds it in the corner; others want none."""
    owed = Backdrop(roads=(("primary", ROAD),), credits="© OpenStreetMap contributors")
    assert "© OpenStreetMap contributors" in texts(draw(backdrop=owed))
    assert not any(text.startswith("©") for text in texts(draw()))


def test_the_same_day_gives_the_same_bytes() -> None:
    """The picture is a function of its facts."""
    assert ET.tostring(draw()) == ET.tostring(draw())


def test_one_place_and_no_backdrop_can_be_drawn() -> None:
    """A single stop at the station itself still gives a picture of a few kilometres."""
    root = draw(stops=[HOME], backdrop=Backdrop())
    assert any(text.endswith("km") or text.endswith(" m") for text in texts(root))


def test_what_lies_outside_the_window_is_not_in_the_file() -> None:
    """Towns and roads far away are cut off."""
    far = shapely.box(100, 30, 101, 31)
    assert "远方镇" not in texts(draw(backdrop=Backdrop(towns=(("远方镇", far),))))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(100, 1600), st.floats(100, 600)), min_size=1, max_size=9, unique=True
    )
)
def test_marks_do_not_hide_each_other(places: list[tuple[float, float]]) -> None:
    """Marks of stops in one yard are pushed apart until every number can be read."""
    marks = _spread(places, (850.0, 350.0))
    gaps = [math.dist(a, b) for i, a in enumerate(marks) for b in marks[:i]]
    assert all(gap > 40 for gap in gaps)
