"""When the result of a visit must be public: twenty working days, by rules that are data."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from layers.refusals import RuleSettingsError
from scheduler.due_rules import STATUSES, UNITS
from scheduler.overlay import OWN_SOURCE, is_count, shipped, unknown_names
from scheduler.risk_weights import MARK, parts_of, with_risk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from layers.refusals import WrongSetting
    from scheduler.candidates import Candidate
    from scheduler.workdays import Workdays

_VISIT = re.compile(r"(\d{4}-W\d{2}(?:\.\d+)?)-V\d{3,}")
_KEYS = {"days", "unit", "industries", "kinds", "source", "status"}
_SECTION = "publication"
_TABLE = "disclosure.toml"

PROMOTED = "promoted"
"""Why an enterprise is drawn more than its grade says, in words that everyone may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationTerm:
    """One period with its source; empty ``industries`` and ``kinds`` mean any."""

    name: str
    days: int
    source: str
    status: str
    unit: str = "workdays"
    industries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def fits(self, *, industry: str, kind: str) -> bool:
        """Tell whether the term holds for a visit of *kind* to an enterprise of *industry*."""
        return (not self.industries or industry in self.industries) and (
            not self.kinds or kind in self.kinds
        )

    def due(self, day: dt.date, *, workdays: Workdays) -> dt.date:
        """Return the last day for a result of *day*; it is always a working day."""
        if self.unit == "workdays":
            return workdays.add_workdays(day, self.days)
        return workdays.next_workday(day + dt.timedelta(days=self.days))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPublish:
    """A result that is not public yet.

    Attributes
    ----------
    visit, object
        Ids.
    visited
        Day of the visit.
    base
        Day from which the term counts: the visit, or the day a correction was entered.
    due
        Last day for the publication.
    late_days
        Days since then; 0 while it is in time.
    term
        The term that makes the due date.
    corrects
        The result was public before and has changed.
    """

    visit: str
    object: str
    visited: dt.date
    base: dt.date
    due: dt.date
    late_days: int
    term: PublicationTerm
    corrects: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "visit": self.visit, "object": self.object, "visited": self.visited.isoformat(),
            "base": self.base.isoformat(), "due": self.due.isoformat(),
            "late_days": self.late_days, "days": self.term.days, "unit": self.term.unit,
            "source": self.term.source, "status": self.term.status, "corrects": self.corrects,
        }  # fmt: skip


def round_of(visit: str) -> str:
    """Return the round in which a visit was planned, from its id; empty for any other visit."""
    found = _VISIT.fullmatch(visit)
    return found.group(1) if found else ""


def monday_of_round(name: str) -> dt.date:
    """Return the Monday of a round's week.

    Raises
    ------
    ValueError
        If *name* is not the name of a round.
    """
    year, _, week = name.partition(".")[0].partition("-W")
    return dt.date.fromisocalendar(int(year), int(week), 1)


def days_late(due: dt.date, *, on: dt.date) -> int:
    """Return by how many days *on* is after *due*, 0 if it is not."""
    return max(0, (on - due).days)


def term_of(terms: Sequence[PublicationTerm], *, industry: str, kind: str) -> PublicationTerm:
    """Return the term for a visit: more conditions win, then fewer days, then the first."""
    fitting = [term for term in terms if term.fits(industry=industry, kind=kind)]
    return min(fitting, key=lambda t: (-bool(t.industries) - bool(t.kinds), t.days))


def load_terms(overrides: Mapping[str, Any] | None = None) -> tuple[PublicationTerm, ...]:
    """Return the shipped terms with the user's settings laid over them.

    Parameters
    ----------
    overrides
        ``{name: {"days": …, "unit": …, "industries": […], "kinds": […], "source": …}}``, only what
        differs. A changed or new term gets the status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown, missing or of the wrong kind.
    """
    terms: dict[str, dict[str, Any]] = shipped(_TABLE)["terms"]
    bad: list[WrongSetting] = []
    for name, table in (overrides or {}).items():
        if not isinstance(table, dict):
            bad.append((f"{_SECTION}.{name}", "unknown_setting", str(table)))
            continue
        base = terms.get(name, {"source": OWN_SOURCE})
        terms[name] = {**base, **table, "status": "setting"}
    for name, table in terms.items():
        bad += _wrong(f"{_SECTION}.{name}", table)
    if not bad and not any(not t.get("industries") and not t.get("kinds") for t in terms.values()):
        bad.append((f"{_SECTION}.general", "missing_setting", ""))
    if bad:
        raise RuleSettingsError("bad_due_rules", bad)
    return tuple(_term(name, table) for name, table in terms.items())


def public_codes() -> tuple[frozenset[str], frozenset[str]]:
    """Return the reasons for leaving out, and for a stratum, that a public frame may hold."""
    frame = shipped(_TABLE)["frame"]
    return frozenset(frame["reasons"]), frozenset(frame["why"])


def speakable(frame: Iterable[Candidate]) -> list[Candidate]:
    """Return a frame in which nobody can read that an enterprise was reported.

    Some conditions for more draws stand on reports by the public, so every condition has the one
    name :data:`PROMOTED` there.
    """
    known = public_codes()[1]
    return [one if _family(parts_of(one.why)[0]) in known else _hushed(one) for one in frame]


def is_public(frame: Mapping[str, Any]) -> bool:
    """Tell whether every code of the frame of a record may be read by everyone."""
    reasons, why = public_codes()
    parts = {parts_of(str(one.get("why", ""))) for one in frame["eligible"]}
    said = {_family(base) for base, _ in parts} | {MARK for _, factor in parts if factor}
    return said <= why and {one["reason"] for one in frame["excluded"]} <= reasons


def _hushed(one: Candidate) -> Candidate:
    """Return an object whose condition is not named; the factor of its risk stays."""
    _, factor = parts_of(one.why)
    return replace(one, why=with_risk(PROMOTED, Fraction(factor or 1)))


def _family(code: str) -> str:
    """Return the common name of codes that end with the name of a rule: ``floor:``."""
    return f"{code.partition(':')[0]}:" if ":" in code else code


def _term(name: str, table: Mapping[str, Any]) -> PublicationTerm:
    lists = {key: tuple(table.get(key, ())) for key in ("industries", "kinds")}
    return PublicationTerm(**{"name": name, **table, **lists})


def _wrong(name: str, table: Mapping[str, Any]) -> list[WrongSetting]:
    """Collect what is wrong with one term."""
    bad = unknown_names(name, table, _KEYS)
    if "days" not in table:
        bad.append((f"{name}.days", "missing_setting", ""))
    elif not is_count(table["days"], least=1):
        bad.append((f"{name}.days", "bad_setting", str(table["days"])))
    for key, allowed in (("unit", UNITS), ("status", STATUSES)):
        if table.get(key, allowed[0]) not in allowed:
            bad.append((f"{name}.{key}", "bad_setting", str(table[key])))
    if not isinstance(table.get("source"), str):
        bad.append((f"{name}.source", "bad_setting", str(table.get("source"))))
    for key in ("industries", "kinds"):
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            bad.append((f"{name}.{key}", "bad_setting", str(value)))
    return bad
