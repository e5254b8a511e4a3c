"""What the tags of a way say to the driver of an official car: may he, which way, how fast."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.road_rules import RoadRules

ACCESS = ("motorcar", "motor_vehicle", "vehicle", "access")
READ = frozenset(
    {
        "highway", "route", "oneway", "oneway:motorcar", "oneway:motor_vehicle", "junction",
        "service", "area", "impassable", "status", "duration", "surface", "tracktype",
        "smoothness", "maxspeed", "maxspeed:forward", "maxspeed:backward", "maxspeed:type",
        "source:maxspeed", "zone:traffic", "maxheight", "maxwidth", "maxweight",
    }
    | {f"{key}{side}" for key in ACCESS for side in ("", ":forward", ":backward")}
)  # fmt: skip
"""Tags of ways that matter here."""

_YES = frozenset({"yes", "true", "1"})
_NUMBER = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*([a-z/']*)", re.ASCII)
_KMH = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_FEET_M = 0.3048


class Way(NamedTuple):
    """How a way is driven.

    ``seconds`` is what the whole way takes where a duration is tagged (ferries), else 0; ``wait_s``
    comes before it.
    """

    kind: str
    kmh: float
    forward: bool
    backward: bool
    private: bool = False
    joined: bool = True
    ring: bool = False
    seconds: float = 0.0
    wait_s: float = 0.0


def way_of(tags: Mapping[str, str], *, rules: RoadRules) -> Way | None:
    """Return how a way with *tags* is driven, None where the car may or can not."""
    if tags.get("highway") in rules.speeds:
        return _road(tags, rules)
    if tags.get("route") == "ferry":
        return _ferry(tags, rules)
    return None


def node_opens(tags: Mapping[str, str], *, rules: RoadRules) -> bool | None:
    """Tell whether a barrier is opened for the car; None where nothing bars the way."""
    kind = tags.get("barrier", "")
    if kind not in rules.shut and kind not in rules.gates:
        return None
    access = _access(tags, rules)
    if access is not None:
        return access not in rules.closed
    return kind in rules.gates


def seconds_of(duration: str) -> float:
    """Read a duration (``MM``, ``HH:MM``, ``HH:MM:SS`` or ISO 8601 ``PT30M``); 0 if it is none."""
    text = duration.strip().upper()
    iso = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", text)
    if iso and any(iso.groups()):
        hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return hours * 3600.0 + minutes * 60 + seconds
    if not re.fullmatch(r"\d+(:\d\d){0,2}", text):
        return 0.0
    parts = [int(part) for part in text.split(":")]
    if len(parts) == 1:
        return parts[0] * 60.0
    return parts[0] * 3600.0 + parts[1] * 60 + sum(parts[2:])


def limit_of(tags: Mapping[str, str], *, rules: RoadRules) -> float | None:
    """Return the legal limit in km/h that the tags state, None where they state none."""
    both = [tags[key] for key in ("maxspeed:forward", "maxspeed:backward") if key in tags]
    stated = [tags["maxspeed"]] if "maxspeed" in tags else both
    stated += [tags[key] for key in ("maxspeed:type", "source:maxspeed", "zone:traffic")
               if key in tags]  # fmt: skip
    for text in stated:
        found = [kmh for part in text.split(";") if (kmh := _kmh(part, rules))]
        if found:
            return min(found)
    return None


def _kmh(text: str, rules: RoadRules) -> float | None:
    word = text.strip().lower()
    if word in rules.limit_words:
        return rules.limit_words[word]
    read = _NUMBER.match(word)
    if read is None or read[2] not in _KMH:
        return None
    return float(read[1].replace(",", ".")) * _KMH[read[2]]


def _road(tags: Mapping[str, str], rules: RoadRules) -> Way | None:
    access = _access(tags, rules)
    if access in rules.closed or _barred(tags, rules):
        return None
    forward, backward = _directions(tags, rules)
    if not forward and not backward:
        return None
    kind = tags["highway"]
    return Way(
        kind=kind,
        kmh=_speed(tags, rules),
        forward=forward,
        backward=backward,
        private=access in rules.private,
        joined=kind not in rules.never_joined,
        ring=_is_ring(tags),
    )


def _ferry(tags: Mapping[str, str], rules: RoadRules) -> Way | None:
    # A ferry takes cars only where a tag says so: most on OpenStreetMap are for people on foot.
    access = _access({k: v for k, v in tags.items() if k != "access"}, rules)
    if access is None or access in rules.closed or access in rules.private:
        return None
    forward, backward = _directions(tags, rules)
    return Way(
        kind="ferry", kmh=rules.ferry_kmh, forward=forward, backward=backward, joined=False,
        seconds=seconds_of(tags.get("duration", "")), wait_s=rules.ferry_wait_s,
    )  # fmt: skip


def _access(tags: Mapping[str, str], rules: RoadRules, *, side: str = "") -> str | None:
    """Return the value of the most special access tag."""
    return next((tags[key + side] for key in rules.access_keys if key + side in tags), None)


def _barred(tags: Mapping[str, str], rules: RoadRules) -> bool:
    """Tell whether something other than an access tag keeps the car out."""
    if tags.get("area") == "yes" or tags.get("service") in rules.closed_services:
        return True
    if tags.get("impassable") == "yes" or tags.get("status") == "impassable":
        return True
    room = (
        ("maxheight", rules.height_m), ("maxwidth", rules.width_m), ("maxweight", rules.weight_t),
    )  # fmt: skip
    return any(_measure(tags.get(key, "")) < need for key, need in room)


def _measure(text: str) -> float:
    """Read metres or tonnes, feet and inches too; without a number nothing is in the way."""
    read = _NUMBER.match(text.lower())
    if read is None:
        return float("inf")
    value = float(read[1].replace(",", "."))
    if read[2].startswith("'") or read[2] == "ft":
        return value * _FEET_M
    return value / 1000 if read[2] == "kg" else value


def _directions(tags: Mapping[str, str], rules: RoadRules) -> tuple[bool, bool]:
    """Tell whether the way is driven as drawn, and the other way."""
    keys = ("oneway:motorcar", "oneway:motor_vehicle", "oneway")
    word = next((tags[key] for key in keys if key in tags), "")
    if word in ("reversible", "alternating") and tags.get("highway", "").startswith("motorway"):
        return False, False
    forward = backward = True
    if word in ("-1", "reverse"):
        forward = False
    elif word in _YES or (not word and _implied(tags)):
        backward = False
    forward = forward and _access(tags, rules, side=":forward") not in rules.closed
    return forward, backward and _access(tags, rules, side=":backward") not in rules.closed


def _implied(tags: Mapping[str, str]) -> bool:
    return tags.get("highway") in ("motorway", "motorway_link") or _is_ring(tags)


def _is_ring(tags: Mapping[str, str]) -> bool:
    return tags.get("junction") in ("roundabout", "circular")


def _speed(tags: Mapping[str, str], rules: RoadRules) -> float:
    limit = limit_of(tags, rules=rules)
    kmh = rules.speeds[tags["highway"]] if limit is None else limit * rules.limit_share
    caps = (
        (rules.surfaces, "surface"), (rules.tracktypes, "tracktype"),
        (rules.smoothness, "smoothness"),
    )  # fmt: skip
    return min([kmh, *(table[tags[key]] for table, key in caps if tags.get(key) in table)])
