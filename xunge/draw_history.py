"""The recorded rounds of a folder, made ready for the reports on fairness and predictability."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial import cKDTree

from layers.events import EventKind
from layers.rows import records
from scheduler.caps import load_caps
from scheduler.fairness_history import Recorded, recorded
from scheduler.methods import YEAR, World
from scheduler.predictability import numbered_towns
from scheduler.repeats import CrewDraw
from xunge.knowledge import know
from xunge.planning import stations_of
from xunge.rounds import WeekError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scheduler.rerun import Floats, Frame, Whole
    from xunge.knowledge import Knowledge
    from xunge.week import Folder

SMALL, LARGE = 20, 300
"""Employees from which a firm is small and large (国家统计局 2017, industry; the middle joined)."""
SIZES = ("size_micro", "size_small", "size_large")
DISTANCES = ("distance_1_near", "distance_2_middle", "distance_3_far")
FAR = DISTANCES[-1]
SMALL_FAR = ("small_far", "small_far_other")
_EARTH_KM = 6371.0088
_BARRED_FOR_NOW = ("cap_reached", "cooldown", "already_due")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """What a folder has on record of its draws, oldest round first.

    Attributes
    ----------
    draws, plans
        Records of the rounds that count, the last of each week; plans are None where there is
        none.
    redrawn
        Number of draws that were replaced by a redraw.
    knowledge
        What is known at the end of the last round's week.
    """

    draws: tuple[Mapping[str, Any], ...]
    plans: tuple[Mapping[str, Any] | None, ...]
    redrawn: int
    knowledge: Knowledge

    @property
    def rounds(self) -> list[Recorded]:
        """Return the rounds with what their plans serve."""
        return [
            recorded(draw, planned=None if plan is None else _served(plan))
            for draw, plan in zip(self.draws, self.plans, strict=True)
        ]


def read_past(folder: Folder, *, last: int = 0) -> Past:
    """Read the recorded rounds of an open folder, the *last* ones only if that is not 0.

    Raises
    ------
    WeekError
        ``no_rounds`` if nothing was drawn yet.
    """
    from xunge.web.ledger import frames

    draws: dict[tuple[str, int], Mapping[str, Any]] = {}
    plans: dict[tuple[str, int], Mapping[str, Any]] = {}
    weeks: dict[str, tuple[dt.date, int]] = {}
    for event in records(frames.events(EventKind.DRAWN, EventKind.PLANNED)):
        name = event["subject"], int(event["key"].partition(":")[0])
        if event["kind"] == EventKind.DRAWN:
            draws[name] = event["data"]["record"]
            weeks[name[0]] = event["on"], name[1]
        else:
            plans[name] = event["data"]["record"]
    if not weeks:
        raise WeekError("no_rounds", folder=folder.path.name)
    kept = sorted((monday, (week, number)) for week, (monday, number) in weeks.items())[-last:]
    until = kept[-1][0] + dt.timedelta(days=6)
    return Past(
        draws=tuple(draws[name] for _, name in kept),
        plans=tuple(plans.get(name) for _, name in kept),
        redrawn=len(draws) - len(weeks),
        knowledge=know(until, tables=folder.tables),
    )


def _objects_of(plan: Mapping[str, Any]) -> dict[str, str]:
    return {visit["id"]: visit["object"] for visit in plan["visits"]}


def _served(plan: Mapping[str, Any]) -> set[str]:
    objects = _objects_of(plan)
    return {objects[stop["visit"]] for route in plan["plan"]["routes"] for stop in route["stops"]}


def stops(past: Past) -> Iterator[tuple[dt.date, int]]:
    """Yield day and second of arrival of every planned visit."""
    for plan in past.plans:
        if plan is None:
            continue
        days = {day["id"]: dt.date.fromisoformat(day["day"]) for day in plan["team_days"]}
        for route in plan["plan"]["routes"]:
            for stop in route["stops"]:
                yield days[route["team_day"]], int(stop["arrive"])


def visited(past: Past) -> list[tuple[str, dt.date]]:
    """Return object and day of every visit to an enterprise that is on record, of any kind."""
    firms = set(past.knowledge.registers["enterprises"]["id"])
    return [
        (row["object"], row["date"])
        for row in records(past.knowledge.visits)
        if row["object"] in firms and isinstance(row["date"], dt.date)
    ]


# Dimensions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """Labels of enterprises by dimension, and the kilometres at which distances part."""

    labels: Mapping[str, Mapping[str, str]]
    limits: tuple[float, float]
    towns: Mapping[str, str]

    def of(self, frame: Frame) -> dict[str, list[str]]:
        """Return the labels in the order of a frame."""
        return {
            name: [known.get(id_, "") for id_ in frame.ids] for name, known in self.labels.items()
        }


def dimensions(past: Past) -> Dimensions:
    """Return town, size, distance to the nearest station, and who is small and far."""
    firms = past.knowledge.registers["enterprises"]
    ids = [str(id_) for id_ in firms["id"]]
    towns = {id_: str(code) for id_, code in zip(ids, firms["town_code"], strict=True) if code}
    sizes = {
        id_: _size(int(number))
        for id_, number in zip(ids, firms["employees"], strict=True)
        if number is not None and number == number  # NaN differs from itself
    }
    km = _distances(past.knowledge)
    near, middle = (float(x) for x in np.quantile(list(km.values()) or [0.0], (1 / 3, 2 / 3)))
    distance = {
        id_: DISTANCES[(value > near) + (value > middle)] for id_, value in sorted(km.items())
    }
    small_far = {
        id_: SMALL_FAR[not (where == FAR and sizes.get(id_) == SIZES[0])]
        for id_, where in distance.items()
    }
    labels = {"town": towns, "size": sizes, "distance": distance, "small_far": small_far}
    return Dimensions(
        labels=labels, limits=(near, middle), towns=past.knowledge.area_names()
    )  # fmt: skip


def _size(employees: int) -> str:
    return SIZES[(employees >= SMALL) + (employees >= LARGE)]


def _sphere(lon: Floats, lat: Floats) -> Floats:
    """Return points on the globe in kilometres: chords order distances as arcs do."""
    lon, lat = np.radians(lon), np.radians(lat)
    return _EARTH_KM * np.column_stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    )


def _places(knowledge: Knowledge) -> tuple[list[str], Floats]:
    firms = knowledge.objects[knowledge.objects["kind"] == "enterprise"]
    firms = firms[firms["lon"].notna()]
    points = _sphere(firms["lon"].to_numpy(dtype=float), firms["lat"].to_numpy(dtype=float))
    return [str(id_) for id_ in firms["id"]], points


def _distances(knowledge: Knowledge) -> dict[str, float]:
    """Return the kilometres, as the crow flies, from every placed enterprise to a station."""
    stations = stations_of(knowledge.registers["stations"])
    ids, points = _places(knowledge)
    if not stations or not ids:
        return {}
    homes = _sphere(np.array([s.lon for s in stations]), np.array([s.lat for s in stations]))
    away: Floats = np.asarray(cKDTree(homes).query(points)[0])
    return dict(zip(ids, away.tolist(), strict=True))


def neighbours(past: Past, frame: Frame) -> dict[str, Whole]:
    """Return pairs of positions in a frame: next in the list, and each firm with the nearest."""
    positions = np.arange(frame.size, dtype=np.intp)
    pairs = {"list": np.column_stack([positions[:-1], positions[1:]])}
    ids, points = _places(past.knowledge)
    at = {id_: number for number, id_ in enumerate(ids)}
    placed = [number for number, id_ in enumerate(frame.ids) if id_ in at]
    if len(placed) > 2:
        own = points[[at[frame.ids[number]] for number in placed]]
        beside: Whole = np.asarray(cKDTree(own).query(own, k=2)[1])
        # Where several share a point, a firm may come first in its own list or not at all.
        other = np.where(beside[:, 0] == np.arange(len(own)), beside[:, 1], beside[:, 0])
        found = np.sort(np.column_stack([placed, np.array(placed)[other]]), axis=1)
        pairs["nearest"] = np.unique(found, axis=0).astype(np.intp)
    return {kind: found for kind, found in pairs.items() if len(found)}


# Crews and the world ------------------------------------------------------------------------------


def crew_draws(past: Past) -> list[CrewDraw]:
    """Return the recorded crews with their candidates and the objects that they visited."""
    found = []
    for plan in past.plans:
        if plan is None:
            continue
        objects = _objects_of(plan)
        went = {
            route["team_day"]: frozenset(objects[stop["visit"]] for stop in route["stops"])
            for route in plan["plan"]["routes"]
        }
        days = {day["id"]: day["day"] for day in plan["team_days"]}
        found += [
            CrewDraw(
                round_id=plan["round"], day=days[crew["team_day"]], size=crew["size"],
                departments=frozenset(crew["departments"]),
                specialities=frozenset(crew["specialities"]),
                candidates={
                    one["id"]: (one["department"], frozenset(one["specialities"]))
                    for one in crew["candidates"]
                },
                max_days=plan["crew_record"]["max_days"],
                taken=frozenset(one["id"] for one in crew["candidates"] if one["taken"]),
                objects=went.get(crew["team_day"], frozenset()),
            )
            for crew in plan["crew_record"]["crews"]
        ]  # fmt: skip
    return found


def world(past: Past, folder: Folder) -> tuple[World, list[str]]:
    """Return the firms of the latest round as a world to simulate, and their ids in order.

    Firms that cannot be drawn for the time being (cap, cooldown, due anyway) are in it, those that
    are closed, suspended, unplaced or left out by decision are not. Draws are as many as the latest
    round had, at most what the caps allow in every week of a year.
    """
    draw, settings = past.draws[-1], folder.settings
    body = draw["frame"]
    ids = {one["id"] for one in body["eligible"]}
    ids |= {one["id"] for one in body["excluded"] if one["reason"] in _BARRED_FOR_NOW}
    own = {**settings.caps}
    own.setdefault("cooldown_days", settings.draw.cooldown_days)
    caps = load_caps(own)
    grades = folder.tables["risk_grade"]
    rows = sorted(
        (row for row in records(past.knowledge.registers["enterprises"]) if row["id"] in ids),
        key=lambda row: str(row["id"]),
    )
    if not rows:
        raise WeekError("no_rounds", folder=folder.path.name)
    graded = [str(row["risk_grade"] or caps.unknown_grade) for row in rows]
    total = 10**6 if caps.total is None else caps.total.visits
    most = np.array(
        [
            min(caps.cap_of(industry=str(row["industry"] or ""), grade=grade).visits, total)
            for row, grade in zip(rows, graded, strict=True)
        ],
        dtype=np.intp,
    )
    made = World(
        weights=[grades.data_of(grade).get("weight", 1) for grade in graded],
        key=np.array([row["enterprise_class"] == "key" for row in rows], dtype=bool),
        towns=numbered_towns(str(row["town_code"] or "") for row in rows),
        caps=most,
        draws=max(1, min(sum(draw["quota"].values()), int(most.sum()) // YEAR)),
        cooldown=max(0, caps.cooldown_days - 1) // 7,
        after_visit=settings.draw.after_visit,
        weighted_share=Fraction(str(settings.draw.weighted_share)),
    )  # fmt: skip
    return made, [str(row["id"]) for row in rows]


def chosen(past: Past) -> Sequence[Sequence[str]]:
    """Return the ids that chance drew in every round, without those carried over."""
    return [
        [str(one["id"]) for one in draw["selected"] if one["stratum"] != "carried"]
        for draw in past.draws
    ]
