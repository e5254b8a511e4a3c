"""Tags of OpenStreetMap: where an official car may drive, which way and how fast."""

from __future__ import annotations

import pytest

from geo.osm_tags import limit_of, node_opens, seconds_of, way_of
from geo.road_rules import road_rules
from layers.refusals import RuleSettingsError

RULES = road_rules()


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "construction"},
        {"highway": "residential", "access": "no"},
        {"highway": "track", "motor_vehicle": "agricultural"},
        {"highway": "residential", "access": "yes", "motor_vehicle": "no"},
        {"highway": "service", "service": "emergency_access"},
        {"highway": "residential", "area": "yes"},
        {"highway": "residential", "maxheight": "1.8"},
        {"highway": "residential", "maxheight": "6'2\""},
        {"highway": "residential", "maxweight": "1500 kg"},
        {"highway": "motorway", "oneway": "reversible"},
        {"route": "ferry"},
        {"route": "ferry", "motor_vehicle": "no"},
        {"building": "yes"},
    ],
)
def test_where_the_car_may_not_drive(tags: dict[str, str]) -> None:
    """Closed, too low, too narrow, for others, or no road at all."""
    assert way_of(tags, rules=RULES) is None


@pytest.mark.parametrize(
    ("tags", "private"),
    [
        ({"highway": "residential"}, False),
        ({"highway": "residential", "access": "no", "motor_vehicle": "yes"}, False),
        ({"highway": "service", "access": "private"}, True),
        ({"highway": "residential", "motor_vehicle": "destination"}, True),
        ({"highway": "residential", "maxheight": "2.5", "maxweight": "3.5"}, False),
        ({"highway": "residential", "maxheight": "none"}, False),
    ],
)
def test_the_most_special_access_tag_decides(tags: dict[str, str], private: bool) -> None:
    """A tag for cars is stronger than one for everybody; private ways are driven on, at a price."""
    way = way_of(tags, rules=RULES)
    assert way is not None
    assert way.private is private


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({}, True, True),
        ({"oneway": "yes"}, True, False),
        ({"oneway": "-1"}, False, True),
        ({"oneway": "no", "junction": "roundabout"}, True, True),
        ({"junction": "roundabout"}, True, False),
        ({"highway": "motorway"}, True, False),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, True, True),
        ({"motor_vehicle:backward": "no"}, True, False),
        ({"vehicle:forward": "no"}, False, True),
    ],
)
def test_one_way_streets(tags: dict[str, str], forward: bool, backward: bool) -> None:
    """One-way as tagged, backwards too; roundabouts and expressways without a tag."""
    way = way_of({"highway": "residential", **tags}, rules=RULES)
    assert way is not None
    assert (way.forward, way.backward) == (forward, backward)


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"maxspeed": "60"}, 60),
        ({"maxspeed": "60 km/h"}, 60),
        ({"maxspeed": "30 mph"}, 48.28032),
        ({"maxspeed": "CN:urban"}, 50),
        ({"maxspeed": "signals", "maxspeed:type": "CN:rural"}, 70),
        ({"maxspeed:forward": "50"}, 50),
        ({"maxspeed": "80;60"}, 60),
        ({"maxspeed": "none"}, 120),
        ({"maxspeed": "walk"}, 8),
        ({"maxspeed": "fast"}, None),
        ({"maxspeed": "0"}, None),
        ({}, None),
    ],
)
def test_limits_are_read_in_their_units(tags: dict[str, str], kmh: float | None) -> None:
    """Kilometres, miles, words and codes of countries; nonsense is no limit."""
    assert limit_of(tags, rules=RULES) == (None if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"highway": "primary"}, RULES.speeds["primary"]),
        ({"highway": "primary", "maxspeed": "80"}, 80 * RULES.limit_share),
        ({"highway": "primary", "surface": "dirt"}, RULES.surfaces["dirt"]),
        ({"highway": "living_street", "surface": "gravel"}, RULES.speeds["living_street"]),
        ({"highway": "track", "tracktype": "grade5"}, RULES.tracktypes["grade5"]),
        ({"highway": "tertiary", "smoothness": "very_bad"}, RULES.smoothness["very_bad"]),
    ],
)
def test_speed_is_of_the_limit_or_the_class_and_never_faster_than_the_surface(
    tags: dict[str, str], kmh: float
) -> None:
    """A limit replaces the class's speed; surface, track and smoothness only take away."""
    way = way_of(tags, rules=RULES)
    assert way is not None
    assert way.kmh == pytest.approx(kmh)


def test_ferries_take_their_time_and_nobody_lives_on_them() -> None:
    """A car ferry has its tagged duration, a wait before, and no place is joined to it."""
    way = way_of({"route": "ferry", "motor_vehicle": "yes", "duration": "00:20"}, rules=RULES)
    assert way is not None
    assert (way.seconds, way.wait_s, way.joined) == (1200, RULES.ferry_wait_s, False)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15", 900), ("1:30", 5400), ("00:10:30", 630), ("PT1H5M", 3900), ("soon", 0), ("", 0),
     ("PT", 0)],
)  # fmt: skip
def test_durations(text: str, seconds: float) -> None:
    """Minutes, hours and minutes, with seconds, and ISO 8601; anything else is none."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("tags", "opens"),
    [
        ({"barrier": "bollard"}, False),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True),
        ({"barrier": "gate"}, True),
        ({"barrier": "gate", "access": "no"}, False),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "kerb"}, None),
        ({"highway": "crossing"}, None),
    ],
)
def test_barriers(tags: dict[str, str], opens: bool | None) -> None:
    """Gates are opened for inspectors unless closed to all; bollards stay unless a tag says so."""
    assert node_opens(tags, rules=RULES) is opens


def test_a_bureau_changes_the_rules_and_is_told_every_mistake() -> None:
    """Known numbers change, tables of classes grow, all wrong entries are named at once."""
    rules = road_rules({"speeds": {"村道": 18, "园区路": 20}, "turns": {"signal_s": 0}})
    assert (rules.speeds["村道"], rules.speeds["园区路"], rules.turns.signal_s) == (18, 20, 0)
    assert rules.text != RULES.text == road_rules({}).text
    with pytest.raises(RuleSettingsError, match="bad_road_rules") as refused:
        road_rules({
            "speeds": {"track": 0}, "turn": {}, "turns": {"drives": "middle", "left_s": 3},
            "network": {"min_share": 2}, "access": {"closed": "no"}, "limits": 3,
        })  # fmt: skip
    assert [(name, code) for name, code, _ in refused.value.rows] == [
        ("speeds.track", "bad_setting"), ("turn", "unknown_setting"),
        ("turns.drives", "bad_setting"), ("turns.left_s", "unknown_setting"),
        ("network.min_share", "bad_setting"), ("access.closed", "bad_setting"),
        ("limits", "bad_setting"),
    ]  # fmt: skip
