"""The relapse radar of a folder: what is new, and probably a closed site at work again."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.radar import Hit, Sighting, sweep
from layers import cases
from layers.events import EventKind
from layers.rows import records
from scheduler.revisit_rules import load_revisit_rules
from scheduler.suggestions import Suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.revisit_rules import Radar
    from xunge.config import Settings
    from xunge.knowledge import Knowledge

RELAPSE = "K2"
"""Code of "closed, then started again" (layers/codes.toml)."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/-]{2,}")  # what may be the id of a site in a text
_SURE = frozenset({"place", "named", "plate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """A hit of the radar with what is known of both sides.

    Attributes
    ----------
    kind
        ``site`` or ``report``.
    on, closed_on
        When it was found or received, and when the other was closed.
    state
        ``open``, ``closed``, ``handed_over``, or the outcome of a report.
    marked
        Whether the ledger itself calls it a relapse.
    """

    hit: Hit
    kind: str
    on: dt.date
    closed_on: dt.date
    state: str
    marked: bool

    @property
    def counts(self) -> bool:
        """Tell whether it is sure enough to count as a relapse of the closed site.

        A name alone may be a coincidence, and a report is no more than that until it is
        substantiated.
        """
        if self.kind == "report" and self.state != "substantiated":
            return False
        return self.marked or not _SURE.isdisjoint(self.hit.matches)


def echoes(knowledge: Knowledge, *, rules: Radar) -> list[Echo]:
    """Return every hit in the record, by day; of several closings of one site the latest counts."""
    closed, found = _closings(knowledge), _findings(knowledge)
    hits = sweep(
        closed, [one for one, _, _, _ in found.values()], reach_m=rules.reach_m,
        chance=rules.chance, most_days=rules.most_days, matches=rules.matches,
    )  # fmt: skip
    latest: dict[tuple[str, str], Echo] = {}
    for hit in hits:
        one, kind, state, marked = found[hit.new]
        known = latest.get((hit.new, hit.closed))
        if known is None or hit.days < known.hit.days:
            latest[hit.new, hit.closed] = Echo(
                hit=hit, kind=kind, on=one.on, closed_on=one.on - dt.timedelta(days=hit.days),
                state=state, marked=marked,
            )  # fmt: skip
    return sorted(latest.values(), key=lambda echo: echo.on)


def _closings(knowledge: Knowledge) -> list[Sighting]:
    register = {row["id"]: row for row in records(knowledge.registers["sites"])}
    events = cases.known_on(knowledge.events, knowledge.day, EventKind.CLOSED)
    return [
        _sighting(register[id_], on, knowledge)
        for id_, on in zip(events["subject"], events["on"], strict=True) if id_ in register
    ]  # fmt: skip


def _findings(knowledge: Knowledge) -> dict[str, tuple[Sighting, str, str, bool]]:
    """Return sites found and reports received: sighting, kind, state, marked as a relapse."""
    found: dict[str, tuple[Sighting, str, str, bool]] = {}
    states = {row["id"]: row for row in records(knowledge.sites)}
    first: dict[str, dt.date] = {}
    events = cases.known_on(knowledge.events, knowledge.day, EventKind.DISCOVERED)
    for id_, on in zip(events["subject"], events["on"], strict=True):
        first.setdefault(id_, on)
    for row in records(knowledge.registers["sites"]):
        if row["id"] in first and row["id"] in states:
            state = states[row["id"]]
            one = _sighting(row, first[row["id"]], knowledge)
            marked = RELAPSE in (row["behaviour"], state["behaviour"])
            found[row["id"]] = (one, "site", state["status"], marked)
    reports = {row["id"]: row for row in records(knowledge.registers["reports"])}
    for state in records(knowledge.reports):
        id_ = state["id"]
        if id_ in reports and state["outcome"] != "unsubstantiated" and id_ not in found:
            one = _sighting(reports[id_], state["received"], knowledge)
            found[id_] = (one, "report", state["outcome"] or "open", False)
    return found


def _sighting(row: Mapping[str, Any], on: dt.date, knowledge: Knowledge) -> Sighting:
    lon, lat, radius = (_number(row[f"placed_{name}"]) for name in ("lon", "lat", "radius_m"))
    marks = {kind: row.get(kind) for kind in ("person", "plate", "supplier", "enterprise")}
    about = str(row.get("object") or "")
    named = _ID.findall(f"{row.get('description') or ''} {row.get('content') or ''}")
    if about and knowledge.objects["kind"].get(about) == "site":
        named.append(about)
    elif about:
        marks["enterprise"] = about
    marks["named"] = " ".join(dict.fromkeys(one for one in named if one != row["id"]))
    return Sighting(
        id=row["id"], on=on, lon=lon, lat=lat, radius_m=radius,
        marks={kind: str(mark) for kind, mark in marks.items() if mark},
    )  # fmt: skip


def _number(value: Any) -> float:  # noqa: ANN401 - a cell
    return float("nan") if value is None else float(value)


def links(found: Sequence[Echo]) -> dict[str, str]:
    """Return by site the closed one that it carries on: the surest, of equal ones the latest."""
    best: dict[str, Echo] = {}
    for one in found:
        known = best.get(one.hit.new)
        if one.kind == "site" and one.counts and (known is None or _surer(one, known)):
            best[one.hit.new] = one
    return {new: one.hit.closed for new, one in best.items()}


def _surer(one: Echo, other: Echo) -> bool:
    def rank(echo: Echo) -> tuple[int, dt.date, str]:
        return len(echo.hit.matches), echo.closed_on, echo.hit.closed

    return rank(one) > rank(other)


def recent(found: Sequence[Echo], *, today: dt.date, rules: Radar) -> list[Echo]:
    """Return the hits that matter now: open sites, and what is not older than the limit."""
    since = today - dt.timedelta(days=rules.recent_days)
    return [one for one in found if one.on >= since or (one.kind, one.state) == ("site", "open")]


def on_record(knowledge: Knowledge, *, today: dt.date, settings: Settings) -> list[dict[str, Any]]:
    """Return the hits that matter on *today* as plain data, for the record of a week."""
    rules = load_revisit_rules(settings.revisits).radar
    found = recent(echoes(knowledge, rules=rules), today=today, rules=rules)
    return [to_json(one) for one in found]


def moved_up(
    found: Sequence[Echo],
    *,
    closed: Mapping[str, dt.date],
    last_visits: Mapping[str, dt.date],
    today: dt.date,
    rules: Radar,
) -> list[Suggestion]:
    """Return a date for every closed site near which something was found since anyone was there.

    Parameters
    ----------
    closed
        Day of the closing of the sites that are closed now.
    last_visits
        Last visit by site.
    """
    made = []
    for one in found:
        site = one.hit.closed
        seen = last_visits.get(site)
        if site not in closed or one.on < today - dt.timedelta(days=rules.recent_days):
            continue
        if seen is not None and seen >= one.on:
            continue
        day = max(one.on + dt.timedelta(days=rules.within_days), today)
        made.append(
            Suggestion(site=site, closed=closed[site], day=day, code="radar_match",
                       source=rules.source, status=rules.status,
                       detail={**to_json(one), "within": rules.within_days})
        )  # fmt: skip
    return made


def to_json(one: Echo) -> dict[str, Any]:
    """Return a hit as plain data: by what two things match, never a name, plate or code."""
    hit = one.hit
    return {
        "new": hit.new, "kind": one.kind, "found": one.on.isoformat(), "state": one.state,
        "site": hit.closed, "closed": one.closed_on.isoformat(), "days": hit.days,
        "matches": list(hit.matches), "marked": one.marked, "counts": one.counts,
        "distance_m": None if hit.distance_m is None else round(hit.distance_m),
        "radius_m": None if hit.radius_m is None else round(hit.radius_m),
        "chance": None if hit.chance is None else round(hit.chance, 3),
        "behaviour": RELAPSE,
    }  # fmt: skip
