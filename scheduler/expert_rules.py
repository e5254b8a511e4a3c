"""Which visits want an expert beside the officers (检查+专家): rules as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from layers import codes
from scheduler.overlay import bad_codes, shipped, tables_in_use, unknown_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layers.codes import CodeTable
    from layers.refusals import WrongSetting

_KEYS = frozenset({"use", "title", "en", "industries", "kinds", "source", "status"})
_TEXTS = ("title", "en", "source", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertWish:
    """One rule; see ``expert_rules.toml`` for what each setting means."""

    name: str
    title: str
    en: str
    industries: tuple[str, ...]
    kinds: tuple[str, ...]
    source: str
    status: str

    def fits(self, *, kind: str, industry: str) -> bool:
        """Tell whether a visit of *kind* to an object of *industry* wants an expert."""
        return (not self.kinds or kind in self.kinds) and (
            not self.industries or industry in self.industries
        )


def load_expert_rules(
    overrides: Mapping[str, Any] | None = None,
    *,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> tuple[ExpertWish, ...]:
    """Return the shipped rules with the user's settings laid over them, those in use only.

    Parameters
    ----------
    overrides
        ``{name: {…}}``, only what differs, or new ones. What is changed has the status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown or of the wrong kind.
    """
    found = tables_in_use(
        shipped("expert_rules.toml"), "experts", overrides, keys=_KEYS,
        check=partial(_bad, tables=tables), code="bad_experts",
    )  # fmt: skip
    return tuple(
        ExpertWish(
            name=name, title=table.get("title", name), en=table.get("en", ""),
            industries=tuple(table.get("industries", ())), kinds=tuple(table.get("kinds", ())),
            source=table["source"], status=table["status"],
        )
        for name, table in found.items()
    )  # fmt: skip


def wish_for(rules: Iterable[ExpertWish], *, kind: str, industry: str) -> ExpertWish | None:
    """Return the first rule by which a visit wants an expert, None where none does."""
    return next((rule for rule in rules if rule.fits(kind=kind, industry=industry)), None)


def _bad(
    rule: str, table: Mapping[str, Any], tables: Mapping[str, CodeTable]
) -> list[WrongSetting]:
    name = f"experts.{rule}"
    choices = {"industries": tables["industry"].codes, "kinds": tables["visit_kind"].codes}
    bad = [*unknown_names(name, table, _KEYS), *bad_codes(name, table, choices)]
    right = {"use": isinstance(table.get("use", True), bool)}
    right |= {key: isinstance(table.get(key, ""), str) for key in _TEXTS}
    return bad + [
        (f"{name}.{key}", "bad_setting", str(table[key])) for key, fits in right.items() if not fits
    ]
