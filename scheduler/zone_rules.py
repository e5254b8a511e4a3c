"""What kinds of priority zones there are, how far they reach and what they weigh: rules as data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.refusals import RuleSettingsError
from scheduler.conditions import Condition, Promotion
from scheduler.overlay import bad_codes, is_count, lay_over, shipped, unknown_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layers.codes import CodeTable
    from layers.refusals import WrongSetting

PREFIX = "zone:"
"""In front of a kind of zone where it is the reason of an enterprise in the frame."""

_COUNTS = ("buffer_m", "line_buffer_m", "sight_m")
_KEYS = frozenset({"use", *_COUNTS, "weight", "industries", "lines", "source", "status"})
_FOREVER = dt.timedelta(days=366)  # a zone ends nothing; certainty strata alone look at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRule:
    """One kind of zone; see ``zone_rules.toml`` for what each setting means."""

    kind: str
    title: str
    en: str
    buffer_m: int
    line_buffer_m: int
    sight_m: int
    weight: int
    industries: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    source: str
    status: str

    def factor(self, industry: str | None) -> int:
        """Return what the zone makes of the weight of an enterprise of *industry*."""
        return self.weight if not self.industries or industry in self.industries else 1

    def condition(self) -> Condition:
        """Return the rule as a condition of the draw, so that it stands on the same record."""
        return Condition(
            name=f"{PREFIX}{self.kind}", title=self.title, en=self.en, about="zones",
            kinds=(self.kind,), at_least=1, within_days=_FOREVER.days, effect="weight",
            factor=self.weight, source=self.source, status=self.status,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How far one sees from a zone, with an elevation raster."""

    observer_m: float
    target_m: float
    step_m: float
    refraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRules:
    """All kinds in use, by kind, and how sight is worked out."""

    kinds: Mapping[str, ZoneRule]
    sight: Sight


def load_zone_rules(
    overrides: Mapping[str, Any] | None = None,
    *,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> ZoneRules:
    """Return the shipped rules with the user's settings laid over them, the kinds in use only.

    Parameters
    ----------
    overrides
        ``{kind: {…}, "sight": {…}}``, only what differs, or new kinds of the table ``zone_kind``.
        What is changed has the status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown or of the wrong kind.
    """
    raw = shipped("zone_rules.toml")
    own = dict(overrides or {})
    extra: dict[str, Any] = {"sight": own.pop("sight")} if "sight" in own else {}
    bad = lay_over(raw, {**extra, "zones": own}, grows={"zones": _KEYS})
    if not bad:
        bad = [row for kind, table in raw["zones"].items() for row in _bad(kind, table, tables)]
        bad += _bad_sight(raw["sight"])
    if bad:
        raise RuleSettingsError(
            "bad_zones", [(n.removeprefix("zones."), code, value) for n, code, value in bad]
        )
    titles = {row.code: row for row in tables["zone_kind"].rows}
    return ZoneRules(
        kinds={
            kind: _rule(kind, table, title=titles[kind].title, en=titles[kind].en)
            for kind, table in raw["zones"].items() if table.get("use", True)
        },
        sight=Sight(**{name: float(raw["sight"][name]) for name in Sight.__slots__}),
    )  # fmt: skip


def zone_promotions(
    kinds_of: Mapping[str, Iterable[str]],
    *,
    industries: Mapping[str, str | None],
    rules: ZoneRules,
    today: dt.date,
) -> dict[str, list[Promotion]]:
    """Return by enterprise the zones that raise its weight in the draw, the heaviest first.

    Parameters
    ----------
    kinds_of
        Kinds of the zones in which each enterprise lies.
    industries
        Industry of each enterprise.
    """
    found: dict[str, list[Promotion]] = {}
    for id_, kinds in kinds_of.items():
        weighty = [
            rules.kinds[kind] for kind in dict.fromkeys(kinds)
            if kind in rules.kinds and rules.kinds[kind].factor(industries.get(id_)) > 1
        ]  # fmt: skip
        if weighty:
            found[id_] = [
                Promotion(condition=rule.condition(), last=today, until=today + _FOREVER)
                for rule in sorted(weighty, key=lambda one: (-one.weight, one.kind))
            ]
    return found


def _rule(kind: str, table: Mapping[str, Any], *, title: str, en: str) -> ZoneRule:
    return ZoneRule(
        kind=kind, title=title, en=en or title, weight=table.get("weight", 1),
        industries=tuple(table.get("industries", ())),
        lines=tuple(_pair(line) for line in table.get("lines", ())),
        source=table["source"], status=table["status"],
        **{name: table.get(name, 0) for name in _COUNTS},
    )  # fmt: skip


def _pair(line: str) -> tuple[str, str]:
    column, _, value = line.partition("=")
    return column.strip(), value.strip()


def _bad(
    kind: str, table: Mapping[str, Any], tables: Mapping[str, CodeTable]
) -> list[WrongSetting]:
    name = f"zones.{kind}"
    bad = unknown_names(name, table, _KEYS)
    bad += bad_codes(name, table, {"industries": tables["industry"].codes})
    if kind not in tables["zone_kind"].codes:
        bad.append((name, "unknown_setting", kind))
    lines = table.get("lines", [])
    right = {
        "use": isinstance(table.get("use", True), bool),
        "weight": is_count(table.get("weight", 1), least=1),
        "lines": isinstance(lines, list) and all(isinstance(x, str) and "=" in x for x in lines),
        **{key: is_count(table.get(key, 0)) for key in _COUNTS},
        **{key: isinstance(table.get(key, ""), str) for key in ("source", "status")},
    }
    return bad + [
        (f"{name}.{key}", "bad_setting", str(table[key])) for key, fits in right.items() if not fits
    ]


def _bad_sight(table: Mapping[str, Any]) -> list[WrongSetting]:
    least = {"observer_m": 0.0, "target_m": 0.0, "step_m": 1.0, "refraction": 0.0}
    return [
        (f"sight.{key}", "bad_setting", str(table[key]))
        for key, low in least.items()
        if isinstance(table[key], bool) or not isinstance(table[key], int | float)
        or table[key] < low or (key == "refraction" and table[key] >= 1)
    ]  # fmt: skip
