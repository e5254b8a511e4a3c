"""When revisits of closed sites are suggested and what the relapse radar watches: rules as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.refusals import RuleSettingsError
from scheduler.overlay import is_count, lay_over, shipped, unknown_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.codes import CodeTable
    from layers.refusals import WrongSetting

USES = ("earlier", "off")
MATCHES = ("place", "person", "plate", "supplier", "enterprise")
"""By what a new site is known as an old one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """How suggested dates are found; see ``revisit_rules.toml`` for what each means."""

    use: str
    visits_a_year: int
    jitter: float
    least_days: int
    most_days: int
    spread: float
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Radar:
    """What counts as closed and started again; see ``revisit_rules.toml``."""

    reach_m: float
    chance: float
    within_days: int
    recent_days: int
    most_days: int
    matches: tuple[str, ...]
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitRules:
    """All of it; ``harm`` is what an unseen day costs, by industry."""

    dates: Dates
    harm: Mapping[str, float]
    radar: Radar


def load_revisit_rules(
    overrides: Mapping[str, Any] | None = None,
    *,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> RevisitRules:
    """Return the shipped rules with the user's settings laid over them.

    Parameters
    ----------
    overrides
        Tables like those of ``revisit_rules.toml``, only what differs. What is changed has the
        status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown or of the wrong kind.
    """
    raw = shipped("revisit_rules.toml")
    raw["harm"] = {**dict.fromkeys(tables["industry"].codes, 1.0), **raw["harm"]}
    bad = lay_over(raw, overrides or {}, grows={}) or _bad(raw)
    if bad:
        raise RuleSettingsError("bad_revisits", bad)
    radar = {**raw["radar"], "matches": tuple(raw["radar"]["matches"])}
    harm = {key: float(one) for key, one in raw["harm"].items() if key not in _CLAUSE}
    return RevisitRules(dates=Dates(**raw["dates"]), harm=harm, radar=Radar(**radar))


_CLAUSE = ("source", "status")


def _bad(raw: Mapping[str, Any]) -> list[WrongSetting]:
    dates, radar, harm = raw["dates"], raw["radar"], raw["harm"]
    right = {
        "dates.use": dates["use"] in USES,
        "dates.visits_a_year": is_count(dates["visits_a_year"]),
        "dates.jitter": _is_between(dates["jitter"], 0.0, 0.5),
        "dates.least_days": is_count(dates["least_days"], least=1),
        "dates.most_days": is_count(dates["most_days"], least=1),
        "dates.spread": _is_between(dates["spread"], 1.0, 1000.0),
        "radar.reach_m": _is_between(radar["reach_m"], 1.0, 20_000.0),
        "radar.chance": _is_between(radar["chance"], 0.01, 1.0),
        "radar.within_days": is_count(radar["within_days"]),
        "radar.recent_days": is_count(radar["recent_days"]),
        "radar.most_days": is_count(radar["most_days"], least=1),
        "radar.matches": isinstance(radar["matches"], list)
        and all(one in MATCHES for one in radar["matches"]),
        **{
            f"harm.{key}": _is_between(value, 0.01, 1000.0)
            for key, value in harm.items() if key not in _CLAUSE
        },
    }  # fmt: skip
    bad = [(name, "bad_setting", str(_at(raw, name))) for name, fits in right.items() if not fits]
    for name, kind in (("dates", Dates), ("radar", Radar)):
        bad += unknown_names(name, raw[name], kind.__slots__)
    return bad


def _at(raw: Mapping[str, Any], name: str) -> object:
    table, _, key = name.partition(".")
    return raw[table][key]


def _is_between(value: object, low: float, high: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and low <= float(str(value)) <= high
