"""What becomes of something overdue as it ages: levels of escalation as data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scheduler.due_items import Level
from scheduler.overlay import is_count, shipped, tables_in_use, unknown_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from layers.refusals import WrongSetting
    from scheduler.due_items import DueItem

_KEYS = frozenset({"use", "title", "en", "after_days", "kinds", "source", "status"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """One level; see ``escalation.toml`` for what each setting means."""

    name: str
    title: str
    en: str
    after_days: int
    kinds: tuple[str, ...]
    source: str
    status: str


def load_levels(overrides: Mapping[str, Any] | None = None) -> tuple[LevelRule, ...]:
    """Return the shipped levels with the user's settings laid over them, those in use only.

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
        shipped("escalation.toml"), "levels", overrides, keys=_KEYS, check=_bad,
        code="bad_escalation",
    )  # fmt: skip
    return tuple(
        LevelRule(
            name=name, title=table.get("title", name), en=table.get("en", ""),
            after_days=table["after_days"], kinds=tuple(table.get("kinds", ())),
            source=table["source"], status=table["status"],
        )
        for name, table in found.items()
    )  # fmt: skip


def escalated(items: Iterable[DueItem], *, levels: Sequence[LevelRule]) -> list[DueItem]:
    """Return the items, each with the level that its days overdue have reached."""
    return [replace(item, level=_level(item, levels)) for item in items]


def overdue_first(items: Iterable[DueItem]) -> list[DueItem]:
    """Return what is overdue first, the oldest before all others; then by due date."""
    return sorted(items, key=lambda item: (-item.overdue_days, item.due, item.kind, item.id))


def _level(item: DueItem, levels: Sequence[LevelRule]) -> Level | None:
    reached = [
        rule for rule in levels
        if 0 < rule.after_days <= item.overdue_days and (not rule.kinds or item.kind in rule.kinds)
    ]  # fmt: skip
    if not reached:
        return None
    rule = max(reached, key=lambda one: (one.after_days, bool(one.kinds), one.name))
    return Level(
        name=rule.name, title=rule.title, en=rule.en, after_days=rule.after_days,
        since=item.overdue_since + dt.timedelta(days=rule.after_days), source=rule.source,
        status=rule.status,
    )  # fmt: skip


def _bad(level: str, table: Mapping[str, Any]) -> list[WrongSetting]:
    name = f"levels.{level}"
    bad = unknown_names(name, table, _KEYS)
    if "after_days" not in table:
        bad.append((f"{name}.after_days", "missing_setting", ""))
    kinds = table.get("kinds", [])
    right = {
        "use": isinstance(table.get("use", True), bool),
        "after_days": is_count(table.get("after_days", 1), least=1),
        "kinds": isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds),
        **{key: isinstance(table.get(key, ""), str) for key in ("title", "en", "source", "status")},
    }
    return bad + [
        (f"{name}.{key}", "bad_setting", str(table[key])) for key, fits in right.items() if not fits
    ]
