"""A bureau's settings laid over rules that ship as data, with every wrong one collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from layers.refusals import WrongSetting

OWN_SOURCE = "setting of the bureau"


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
