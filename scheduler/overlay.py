"""A bureau's settings laid over rules that ship as data, with every wrong one collected."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from layers.refusals import RuleSettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from layers.refusals import WrongSetting

OWN_SOURCE = "setting of the bureau"


def shipped(file: str) -> dict[str, Any]:
    """Return the rules of *file*, a TOML beside the modules of this room, to be changed at will."""
    return tomllib.loads(files("scheduler").joinpath(file).read_text("utf-8"))


def lay_over(
    base: dict[str, Any],
    extra: Mapping[str, Any],
    *,
    grows: Mapping[str, Collection[str]],
    path: str = "",
) -> list[WrongSetting]:
    """Change *base* by *extra*; return ``(dotted name, code, value)`` of what does not fit.

    A changed table with a source gets the status ``setting``. Codes are ``unknown_setting`` and
    ``bad_setting``; values are not judged beyond being a table or not.

    Parameters
    ----------
    grows
        Tables (``"reinspection"``) that may get new entries, with the names such an entry may hold.
    """
    bad: list[WrongSetting] = []
    entry = grows.get(path.rpartition(".")[0], ())  # inside an entry of a table that grows
    for key, value in extra.items():
        name = f"{path}.{key}" if path else key
        known = base.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            bad += lay_over(known, value, grows=grows, path=name)
            if "source" in known:
                known["status"] = "setting"
        elif isinstance(known, dict):
            bad.append((name, "bad_setting", str(value)))
        elif isinstance(value, dict) and path in grows:
            base[key] = {"source": OWN_SOURCE, **value, "status": "setting"}
        elif not isinstance(value, dict) and (key in base or key in entry):
            base[key] = value
        else:
            bad.append((name, "unknown_setting", str(value)))
    return bad


def tables_in_use(
    base: dict[str, Any],
    section: str,
    extra: Mapping[str, Any] | None,
    *,
    keys: Collection[str],
    check: Callable[[str, Mapping[str, Any]], Iterable[WrongSetting]],
    code: str,
) -> dict[str, Mapping[str, Any]]:
    """Return the tables of a *section* by name, *extra* laid over them, without those of no use.

    Parameters
    ----------
    base
        Rules as they ship; is changed.
    keys
        Names that a table of the section may hold.
    check
        Returns what is wrong with the values of a table.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With *code* and everything that does not fit.
    """
    bad = lay_over(base, {section: extra or {}}, grows={section: keys})
    if not bad:
        bad = [row for name, table in base[section].items() for row in check(name, table)]
    if bad:
        raise RuleSettingsError(code, bad)
    return {name: table for name, table in base[section].items() if table.get("use", True)}


def unknown_names(
    name: str, table: Mapping[str, Any], known: Collection[str]
) -> list[WrongSetting]:
    """Return the entries of *table* that nobody knows."""
    return [(f"{name}.{key}", "unknown_setting", str(table[key]))
            for key in sorted(set(table) - set(known))]  # fmt: skip


def bad_codes(
    name: str, table: Mapping[str, Any], choices: Mapping[str, Collection[str]]
) -> list[WrongSetting]:
    """Return the lists of *table* that are no lists of the codes that each may hold."""
    return [
        (f"{name}.{key}", "bad_setting", str(table[key]))
        for key, codes in choices.items()
        if key in table
        and not (isinstance(table[key], list) and all(one in codes for one in table[key]))
    ]


def is_count(value: object, *, least: int = 0) -> bool:
    """Tell whether *value* is a whole number of at least *least*."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
