"""How often an enterprise may be visited in a year: caps as data, by industry and grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.refusals import RuleSettingsError
from scheduler.overlay import is_count, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layers.refusals import WrongSetting
    from scheduler.past import Past

ANY_INDUSTRY = "*"
WHOSE = ("all", "agency")
"""Whose visits count against the cap: those of every agency, or the bureau's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most visits of a year, with document and verification status."""

    visits: int
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The caps of a bureau.

    Attributes
    ----------
    default, by_pair
        Cap by (industry, risk grade), the industry ``*`` standing for all others; the default for
        whoever is in neither.
    whose
        One of :data:`WHOSE`: whose visits count against them.
    total
        Cap over all agencies together, None where there is none.
    """

    table: str
    default: Cap
    by_pair: Mapping[tuple[str, str], Cap]
    cooldown: Cap
    coverage_kinds: tuple[str, ...]
    unknown_grade: str
    whose: str = "all"
    total: Cap | None = None

    def cap_of(self, *, industry: str, grade: str) -> Cap:
        """Return the cap of an enterprise: its pair, else the grade in any industry, else all."""
        own = self.by_pair.get((industry, grade))
        return own or self.by_pair.get((ANY_INDUSTRY, grade), self.default)

    @property
    def cooldown_days(self) -> int:
        """Days after a counting visit in which an enterprise counts as just visited."""
        return self.cooldown.visits

    def left(self, past: Past, id_: str, *, industry: str, grade: str) -> tuple[int, int, Cap]:
        """Return how many visits the tighter cap leaves, how many were made, and that cap."""
        cap = self.cap_of(industry=industry, grade=grade)
        made = past.counted(id_, own=self.whose == "agency")
        if self.total is None:
            return max(0, cap.visits - made), made, cap
        every = past.counted(id_)
        if self.total.visits - every < cap.visits - made:
            return max(0, self.total.visits - every), every, self.total
        return max(0, cap.visits - made), made, cap

    def reached(self, past: Past, id_: str, *, industry: str, grade: str) -> tuple[int, Cap] | None:
        """Return visits made and the cap that they reach; None while there is one left."""
        left, made, cap = self.left(past, id_, industry=industry, grade=grade)
        return None if left else (made, cap)


def load_caps(overrides: Mapping[str, Any] | None = None) -> Caps:
    """Return the shipped caps with the user's settings laid over them.

    Parameters
    ----------
    overrides
        ``use`` (name of a table), ``default`` (visits a year), ``whose``, ``total`` (visits a year
        over all agencies), ``cooldown_days``, ``coverage_kinds``, ``unknown_grade``, ``caps``
        (``{industry: {grade: visits}}``). What is given has the status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown or of the wrong kind.
    """
    raw = shipped("caps.toml")
    extra = dict(overrides or {})
    bad = _bad_settings(extra, tables=raw["tables"])
    if bad:
        raise RuleSettingsError("bad_caps", bad)
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
    usual = {
        "default": Cap(visits=table["default"], **origin),
        "total": Cap(visits=table["total"], **origin) if "total" in table else None,
        "cooldown_days": Cap(
            visits=cooldown["days"], source=cooldown["source"], status=cooldown["status"]
        ),
    }
    own = {name: _setting(extra[name]) for name in usual if name in extra}
    numbers: dict[str, Any] = {**usual, **own}
    return Caps(
        table=name,
        whose=extra.get("whose", table.get("whose", "all")),
        default=numbers["default"],
        total=numbers["total"],
        by_pair=pairs,
        cooldown=numbers["cooldown_days"],
        coverage_kinds=tuple(extra.get("coverage_kinds", raw["coverage"]["kinds"])),
        unknown_grade=extra.get("unknown_grade", raw["unknown_grade"]["grade"]),
    )


def _setting(visits: int) -> Cap:
    return Cap(visits=visits, source="setting of the bureau", status="setting")


def _bad_settings(extra: Mapping[str, Any], *, tables: Mapping[str, Any]) -> list[WrongSetting]:
    """Collect every setting that is unknown or of the wrong kind."""
    known = {
        "use", "default", "whose", "total", "cooldown_days", "coverage_kinds", "unknown_grade",
        "caps",
    }  # fmt: skip
    bad = [(name, "unknown_setting", str(extra[name])) for name in sorted(set(extra) - known)]
    if extra.get("use", "general") not in tables:
        bad.append(("use", "bad_setting", str(extra["use"])))
    counts: list[tuple[str, Any]] = [
        (n, extra[n]) for n in ("default", "total", "cooldown_days") if n in extra
    ]
    counts += _pairs(extra.get("caps", {}))
    if extra.get("whose", "all") not in WHOSE:
        bad.append(("whose", "bad_setting", str(extra["whose"])))
    bad += [(name, "bad_setting", str(value)) for name, value in counts if not is_count(value)]
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
