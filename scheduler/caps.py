"""Who may be drawn: yearly caps, cooldown and exclusions, decided before any ticket exists."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from layers import codes
from scheduler.draw_record import Candidate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from layers.codes import CodeTable

ANY_INDUSTRY = "*"


class CapsError(ValueError):
    """Settings that do not fit the caps.

    Attributes
    ----------
    code
        ``bad_caps``.
    rows
        One ``(dotted name, code, value as text)`` for every wrong entry; codes:
        ``unknown_setting``, ``bad_setting``.
    """

    code = "bad_caps"

    def __init__(self, rows: tuple[tuple[str, str, str], ...]) -> None:
        self.rows = rows
        super().__init__("; ".join(f"{name}: {code} ({value})" for name, code, value in rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most visits of a year, with document and verification status."""

    visits: int
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The caps of a bureau.

    ``by_pair`` maps (industry, risk grade) to a cap; the industry ``*`` stands for all others.
    """

    table: str
    default: Cap
    by_pair: Mapping[tuple[str, str], Cap]
    cooldown: Cap
    coverage_kinds: tuple[str, ...]
    unknown_grade: str

    def cap_of(self, *, industry: str, grade: str) -> Cap:
        """Return the cap of an enterprise: its pair, else the grade in any industry, else all."""
        own = self.by_pair.get((industry, grade))
        return own or self.by_pair.get((ANY_INDUSTRY, grade), self.default)

    @property
    def cooldown_days(self) -> int:
        """Days after a counting visit in which an enterprise is not drawn."""
        return self.cooldown.visits


def load_caps(overrides: Mapping[str, Any] | None = None) -> Caps:
    """Return the shipped caps with the user's settings laid over them.

    Parameters
    ----------
    overrides
        ``use`` (name of a table), ``default`` (visits a year), ``cooldown_days``,
        ``coverage_kinds``, ``unknown_grade``, ``caps`` (``{industry: {grade: visits}}``). What is
        given has the status ``setting``.

    Raises
    ------
    CapsError
        With every setting that is unknown or of the wrong kind.
    """
    raw = tomllib.loads(files("scheduler").joinpath("caps.toml").read_text("utf-8"))
    extra = dict(overrides or {})
    bad = _bad_settings(extra, tables=raw["tables"])
    if bad:
        raise CapsError(tuple(bad))
    name = extra.get("use", raw["use"])
    table = raw["tables"][name]
    origin = {"source": table["source"], "status": table["status"]}
    pairs = {
        (industry, grade): Cap(visits=visits, **origin)
        for industry, grades in table.get("caps", {}).items()
        for grade, visits in grades.items()
    }
    for industry, grades in extra.get("caps", {}).items():
        pairs |= {(industry, grade): _setting(visits) for grade, visits in grades.items()}
    cooldown = raw["cooldown"]
    return Caps(
        table=name,
        default=_setting(extra["default"])
        if "default" in extra
        else Cap(visits=table["default"], **origin),
        by_pair=pairs,
        cooldown=_setting(extra["cooldown_days"])
        if "cooldown_days" in extra
        else Cap(visits=cooldown["days"], source=cooldown["source"], status=cooldown["status"]),
        coverage_kinds=tuple(extra.get("coverage_kinds", raw["coverage"]["kinds"])),
        unknown_grade=extra.get("unknown_grade", raw["unknown_grade"]["grade"]),
    )


def candidates(
    enterprises: pd.DataFrame,
    *,
    visits: pd.DataFrame,
    today: dt.date,
    caps: Caps,
    placed: Collection[str] | None = None,
    already_due: Collection[str] = (),
    excluded: Mapping[str, str] | None = None,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> list[Candidate]:
    """Return every enterprise as a candidate of the draw, the excluded ones with their reason.

    The first reason that applies counts, in this order: ``excluded_by_order``, ``closed``,
    ``suspended``, ``unplaced``, ``already_due``, ``cap_reached``, ``cooldown``. Enterprises of the
    key class that were not covered this year belong to the stratum ``certainty``, those that were
    only to the ``uniform`` one, all others to the ``weighted`` one with the weight of their grade.

    Parameters
    ----------
    enterprises, visits
        Frames with the columns of the registers; only visits up to *today* count.
    placed
        Ids of the enterprises that have a place on the map; None if all have.
    already_due
        Ids with a visit in this week anyway.
    excluded
        Ids left out by the bureau, each with its written reason.
    """
    past = _History.of(visits, today=today, caps=caps, tables=tables)
    placed_ids = None if placed is None else frozenset(placed)
    due_ids = frozenset(already_due)
    found = []
    for row in enterprises.to_dict("records"):
        values = {str(key): _text(value) for key, value in row.items() if key in _COLUMNS}
        id_ = values["id"]
        if excluded and id_ in excluded:
            reason, detail = "excluded_by_order", {"why": excluded[id_]}
        elif (
            tables["operating_status"].data_of(values["operating_status"]).get("eligible") is False
        ):
            reason, detail = _STATUS_REASONS.get(values["operating_status"], "suspended"), {}
        elif placed_ids is not None and id_ not in placed_ids:
            reason, detail = "unplaced", {}
        elif id_ in due_ids:
            reason, detail = "already_due", {}
        else:
            reason, detail = past.bars(id_, values, caps=caps, today=today)
        found.append(_candidate(values, reason, detail, past=past, caps=caps, tables=tables))
    return found


_COLUMNS = frozenset({"id", "industry", "risk_grade", "enterprise_class", "operating_status"})
_STATUS_REASONS = {"closed": "closed", "suspended": "suspended"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """What the visits of the past say of every enterprise."""

    counted: Mapping[str, int]
    last: Mapping[str, dt.date]
    covered: frozenset[str]

    @classmethod
    def of(
        cls,
        visits: pd.DataFrame,
        *,
        today: dt.date,
        caps: Caps,
        tables: Mapping[str, CodeTable],
    ) -> _History:
        kinds = tables["visit_kind"]
        counting = {code for code in kinds.codes if kinds.data_of(code).get("counts_to_cap")}
        counted: Counter[str] = Counter()
        last: dict[str, dt.date] = {}
        covered = set()
        for object_, kind, raw in zip(
            visits["object"], visits["kind"], visits["date"], strict=True
        ):
            if raw is None or raw != raw:  # NaN and NaT differ from themselves
                continue
            day = raw.date() if isinstance(raw, dt.datetime) else raw
            if day > today:
                continue
            if day.year == today.year and kind in caps.coverage_kinds:
                covered.add(object_)
            if kind in counting:
                counted[object_] += day.year == today.year
                last[object_] = max(day, last.get(object_, day))
        return cls(counted=counted, last=last, covered=frozenset(covered))

    def bars(
        self, id_: str, values: Mapping[str, str], *, caps: Caps, today: dt.date
    ) -> tuple[str, dict[str, Any]]:
        """Return why past visits bar the enterprise from the draw; empty if they do not."""
        grade = values["risk_grade"] or caps.unknown_grade
        cap = caps.cap_of(industry=values["industry"], grade=grade)
        if self.counted.get(id_, 0) >= cap.visits:
            return "cap_reached", {
                "visits": self.counted.get(id_, 0),
                "cap": cap.visits,
                "source": cap.source,
                "status": cap.status,
            }
        last = self.last.get(id_)
        if last is not None and (today - last).days < caps.cooldown_days:
            until = last + dt.timedelta(days=caps.cooldown_days)
            return "cooldown", {"last": last.isoformat(), "until": until.isoformat()}
        return "", {}


def _candidate(
    values: Mapping[str, str],
    reason: str,
    detail: dict[str, Any],
    *,
    past: _History,
    caps: Caps,
    tables: Mapping[str, CodeTable],
) -> Candidate:
    stratum = "weighted"
    if values["enterprise_class"] == "key":
        stratum = "uniform" if values["id"] in past.covered else "certainty"
    grades = tables["risk_grade"]
    known = grades.data_of(values["risk_grade"]) or grades.data_of(caps.unknown_grade)
    return Candidate(
        id=values["id"],
        stratum=stratum,
        weight=known.get("weight", 1),
        reason_excluded=reason,
        detail=detail,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _setting(visits: int) -> Cap:
    return Cap(visits=visits, source="setting of the bureau", status="setting")


def _bad_settings(
    extra: Mapping[str, Any], *, tables: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Collect every setting that is unknown or of the wrong kind."""
    known = {"use", "default", "cooldown_days", "coverage_kinds", "unknown_grade", "caps"}
    bad = [(name, "unknown_setting", str(extra[name])) for name in sorted(set(extra) - known)]
    if extra.get("use", "general") not in tables:
        bad.append(("use", "bad_setting", str(extra["use"])))
    counts: list[tuple[str, Any]] = [
        (n, extra[n]) for n in ("default", "cooldown_days") if n in extra
    ]
    counts += _pairs(extra.get("caps", {}))
    bad += [
        (name, "bad_setting", str(value))
        for name, value in counts
        if not isinstance(value, int) or isinstance(value, bool) or value < 0
    ]
    grade = extra.get("unknown_grade", "general")
    if grade not in codes.TABLES["risk_grade"].codes:
        bad.append(("unknown_grade", "bad_setting", str(grade)))
    kinds = extra.get("coverage_kinds", [])
    if not isinstance(kinds, list | tuple) or not set(kinds) <= set(
        codes.TABLES["visit_kind"].codes
    ):
        bad.append(("coverage_kinds", "bad_setting", str(kinds)))
    return bad


def _pairs(caps: object) -> Iterator[tuple[str, object]]:
    """Return the caps of a setting as dotted names and values; a wrong shape as text."""
    if not isinstance(caps, dict):
        yield "caps", str(caps)
        return
    for industry, grades in caps.items():
        if isinstance(grades, dict):
            yield from ((f"caps.{industry}.{grade}", value) for grade, value in grades.items())
        else:
            yield f"caps.{industry}", str(grades)
