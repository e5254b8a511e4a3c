"""How often some enterprises must be visited at least: frequency floors as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.refusals import RuleSettingsError
from scheduler.overlay import bad_codes, is_count, lay_over, shipped, unknown_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.codes import CodeTable
    from layers.refusals import WrongSetting

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Period -> its months."""
COUNT_FROM = ("since", "calendar")
OVER_CAP = ("show", "plan")
WHO = ("standing", "operating_status", "enterprise_class", "risk_grade", "industry")
"""Columns of the register of enterprises by which a rule says whom it means."""
_KEYS = frozenset(
    {"use", "title", "en", *WHO, "open_orders", "visits", "period", "visit", "kinds", "source",
     "status"}
)  # fmt: skip
_NEEDED = ("visits", "period", "visit", "kinds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """One rule: whoever fits is visited at least so often in every period.

    Attributes
    ----------
    title, en
        What the rule is called, Chinese and English.
    who
        Codes by column of the register; all must fit.
    open_orders
        Kinds of which an order must be open; empty where none need be.
    visits, period
        At least so many visits in a ``month``, ``quarter``, ``half_year`` or ``year``.
    visit, kinds
        Kind of visit that the rule asks for, and the kinds that satisfy it.
    """

    name: str
    title: str
    en: str
    who: Mapping[str, tuple[str, ...]]
    open_orders: tuple[str, ...]
    visits: int
    period: str
    visit: str
    kinds: tuple[str, ...]
    source: str
    status: str

    @property
    def months(self) -> int:
        """Length of the period."""
        return MONTHS[self.period]

    def exempt(self, tables: Mapping[str, CodeTable]) -> bool:
        """Tell whether the visits that the rule asks for are not counted against the cap."""
        return not tables["visit_kind"].data_of(self.visit).get("counts_to_cap")

    def words(self) -> dict[str, Any]:
        """Return what sentences need of the rule; ``title_en`` stands in for it in English."""
        return {
            "rule": self.name, "title": self.title, "title_en": self.en or self.title,
            "visits": self.visits, "period": self.period, "source": self.source,
            "status": self.status,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting of the floors that is no rule, with its source."""

    value: Any
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """The floors of a bureau; see ``floors.toml`` for what each setting means."""

    rules: tuple[Floor, ...]
    lead_weeks: Setting
    count_from: Setting
    over_cap: Setting
    ignored_results: Setting


def load_floors(
    overrides: Mapping[str, Any] | None = None,
    *,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> Floors:
    """Return the shipped floors with the user's settings laid over them, rules in use only.

    Parameters
    ----------
    overrides
        Tables like those of ``floors.toml``, only what differs; ``rules`` may hold new rules. A
        changed rule gets the status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown, missing or of the wrong kind.
    """
    raw = shipped("floors.toml")
    bad = lay_over(raw, overrides or {}, grows={"rules": _KEYS})
    if not bad:
        bad = [*_bad_settings(raw, tables), *_bad_rules(raw["rules"], tables)]
    if bad:
        raise RuleSettingsError("bad_floors", bad)
    return Floors(
        rules=tuple(
            _floor(name, table) for name, table in raw["rules"].items() if table.get("use", True)
        ),
        lead_weeks=_setting(raw["lead"], "weeks"),
        count_from=_setting(raw["periods"], "count_from"),
        over_cap=_setting(raw["over_cap"], "then"),
        ignored_results=_setting(raw["ignored"], "results"),
    )


def _setting(table: Mapping[str, Any], key: str) -> Setting:
    return Setting(value=table[key], source=table["source"], status=table["status"])


def _floor(name: str, table: Mapping[str, Any]) -> Floor:
    return Floor(
        name=name,
        title=table.get("title", name),
        en=table.get("en", ""),
        who={column: tuple(table[column]) for column in WHO if column in table},
        open_orders=tuple(table.get("open_orders", ())),
        visits=table["visits"],
        period=table["period"],
        visit=table["visit"],
        kinds=tuple(table["kinds"]),
        source=table["source"],
        status=table["status"],
    )


def _bad_settings(raw: Mapping[str, Any], tables: Mapping[str, CodeTable]) -> list[WrongSetting]:
    choices = {
        "lead.weeks": is_count(raw["lead"]["weeks"], least=1),
        "periods.count_from": raw["periods"]["count_from"] in COUNT_FROM,
        "over_cap.then": raw["over_cap"]["then"] in OVER_CAP,
    }
    bad = [
        (name, "bad_setting", str(raw[name.split(".")[0]][name.split(".")[1]]))
        for name, right in choices.items()
        if not right
    ]
    return bad + bad_codes("ignored", raw["ignored"], {"results": tables["visit_result"].codes})


def _bad_rules(rules: Mapping[str, Any], tables: Mapping[str, CodeTable]) -> list[WrongSetting]:
    kinds = tables["visit_kind"].codes
    lists = {
        **{column: tables[column].codes for column in WHO},
        "open_orders": tables["order_kind"].codes,
        "kinds": kinds,
    }
    bad = []
    for rule, table in rules.items():
        name = f"rules.{rule}"
        bad += unknown_names(name, table, _KEYS)
        bad += [(f"{name}.{key}", "missing_setting", "") for key in _NEEDED if key not in table]
        if not any(table.get(column) for column in (*WHO, "open_orders")):
            bad.append((f"{name}.standing", "missing_setting", ""))
        bad += bad_codes(name, table, lists)
        right = {
            "use": isinstance(table.get("use", True), bool),
            "visits": is_count(table.get("visits", 1), least=1),
            "period": table.get("period", "year") in MONTHS,
            "visit": table.get("visit", kinds[0]) in kinds,
            **{
                key: isinstance(table.get(key, ""), str)
                for key in ("title", "en", "source", "status")
            },
        }
        bad += [(f"{name}.{key}", "bad_setting", str(table[key]))
                for key, fits in right.items() if not fits]  # fmt: skip
    return bad
