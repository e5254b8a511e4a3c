"""What makes an enterprise be drawn more than its class and grade say: conditions as data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from layers import codes
from scheduler.overlay import bad_codes, is_count, shipped, tables_in_use, unknown_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from layers.codes import CodeTable
    from layers.refusals import WrongSetting
    from scheduler.past import Past

ABOUT = {"orders": "order_kind", "reports": "report_class", "standing": "standing"}
"""What a condition is about -> the code table of its kinds."""
EFFECTS = ("certainty", "weight")
RESERVED = ("key_cycle", "covered", "recent", "grade", "floor", "zone", "period")
"""Reasons of the frame that are no conditions; none may be called so."""
_KEYS = frozenset(
    {"use", "title", "en", "about", "kinds", "at_least", "within_days", "effect", "factor",
     "source", "status"}
)  # fmt: skip
_NEEDED = ("about", "effect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition; see ``conditions.toml`` for what each setting means."""

    name: str
    title: str
    en: str
    about: str
    kinds: tuple[str, ...]
    at_least: int
    within_days: int
    effect: str
    factor: int
    source: str
    status: str

    def takes(self, kind: str | None) -> bool:
        """Tell whether something of *kind* counts."""
        return not self.kinds or kind in self.kinds

    def words(self) -> dict[str, str]:
        """Return what sentences need; ``title_en`` stands in for the title in English."""
        return {
            "title": self.title, "title_en": self.en or self.title, "source": self.source,
            "status": self.status,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A condition that an enterprise fulfils, since its last event and until when."""

    condition: Condition
    last: dt.date
    until: dt.date


def load_conditions(
    overrides: Mapping[str, Any] | None = None,
    *,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> tuple[Condition, ...]:
    """Return the shipped conditions with the user's settings laid over them, those in use only.

    Parameters
    ----------
    overrides
        ``{name: {…}}``, only what differs, or new ones. What is changed has the status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown, missing or of the wrong kind.
    """
    found = tables_in_use(
        shipped("conditions.toml"), "conditions", overrides, keys=_KEYS,
        check=partial(_bad, tables=tables), code="bad_conditions",
    )  # fmt: skip
    return tuple(_condition(name, table) for name, table in found.items())


def promotions(
    enterprises: pd.DataFrame,
    *,
    orders: pd.DataFrame,
    reports: pd.DataFrame,
    past: Past,
    coverage_kinds: Iterable[str],
    conditions: Iterable[Condition],
) -> dict[str, list[Promotion]]:
    """Return by enterprise the conditions that it fulfils on the day up to which *past* reaches.

    One that makes it certain ends as soon as a visit of *coverage_kinds* follows the last event.

    Parameters
    ----------
    orders, reports
        States of :mod:`layers.cases`; only substantiated reports count, from their verification.
    """
    covering = tuple(coverage_kinds)
    standings = _standings(enterprises)
    days = {"orders": _order_days(orders), "reports": _report_days(reports)}
    found: dict[str, list[Promotion]] = {}
    for one in conditions:
        if one.about == "standing":
            held = {id_: [past.today] for id_, code in standings.items() if one.takes(code)}
        else:
            held = {id_: _within(rows, one, past.today) for id_, rows in days[one.about].items()}
        for id_, events in held.items():
            if id_ not in standings or len(events) < max(1, one.at_least):
                continue
            last = max(events)
            after = last + dt.timedelta(days=1)
            if one.effect == "certainty" and past.made(id_, kinds=covering, first=after):
                continue
            until = last + dt.timedelta(days=one.within_days)
            found.setdefault(id_, []).append(Promotion(condition=one, last=last, until=until))
    return found


_Days = dict[str, list[tuple[str | None, dt.date]]]


def _standings(enterprises: pd.DataFrame) -> dict[str, str | None]:
    known = enterprises["standing"] if "standing" in enterprises else [None] * len(enterprises)
    return {
        str(id_): code if isinstance(code, str) else None
        for id_, code in zip(enterprises["id"], known, strict=True)
    }


def _order_days(orders: pd.DataFrame) -> _Days:
    found: _Days = {}
    for object_, kind, day in zip(orders["object"], orders["kind"], orders["issued"], strict=True):
        found.setdefault(object_, []).append((kind, day))
    return found


def _report_days(reports: pd.DataFrame) -> _Days:
    true = reports[(reports["outcome"] == "substantiated") & reports["object"].notna()]
    found: _Days = {}
    columns = (true["object"], true["report_class"], true["verified"])
    for object_, kind, day in zip(*columns, strict=True):
        found.setdefault(object_, []).append((kind, day))
    return found


def _within(
    rows: Iterable[tuple[str | None, dt.date]], condition: Condition, today: dt.date
) -> list[dt.date]:
    """Return the days on which something counted, each once."""
    since = today - dt.timedelta(days=condition.within_days)
    return sorted({day for kind, day in rows if condition.takes(kind) and since <= day <= today})


def _condition(name: str, table: Mapping[str, Any]) -> Condition:
    return Condition(
        name=name,
        title=table.get("title", name),
        en=table.get("en", ""),
        about=table["about"],
        kinds=tuple(table.get("kinds", ())),
        at_least=table.get("at_least", 1),
        within_days=table.get("within_days", 365),
        effect=table["effect"],
        factor=table.get("factor", 1),
        source=table["source"],
        status=table["status"],
    )


def _bad(
    condition: str, table: Mapping[str, Any], tables: Mapping[str, CodeTable]
) -> list[WrongSetting]:
    name = f"conditions.{condition}"
    bad = unknown_names(name, table, _KEYS)
    bad += [(f"{name}.{key}", "missing_setting", "") for key in _NEEDED if key not in table]
    if condition.partition(":")[0] in RESERVED:
        bad.append((name, "bad_setting", condition))
    about = table.get("about", "orders")
    if about in ABOUT:
        bad += bad_codes(name, table, {"kinds": tables[ABOUT[about]].codes})
    right = {
        "use": isinstance(table.get("use", True), bool),
        "about": about in ABOUT,
        "effect": table.get("effect", "weight") in EFFECTS,
        **{
            key: is_count(table.get(key, 1), least=1)
            for key in ("at_least", "within_days", "factor")
        },
        **{key: isinstance(table.get(key, ""), str) for key in ("title", "en", "source", "status")},
    }
    return bad + [
        (f"{name}.{key}", "bad_setting", str(table[key])) for key, fits in right.items() if not fits
    ]
