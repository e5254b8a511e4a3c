"""The lines of the record page: what to look at for an industry and a kind of visit."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DEFAULT_INDUSTRY, _DEFAULT_KIND = "other", "random"
_MINES = frozenset(("coal_mine", "noncoal_mine"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckList:
    """The check list of one stop: the lines, the answers to tick and one line that sums it up."""

    lines: tuple[str, ...]
    answers: tuple[str, ...]
    focus: str


@cache
def _shipped(lang: str) -> dict[str, Any]:
    name = "check_items_en.toml" if lang == "en" else "check_items.toml"
    return tomllib.loads(files("maps").joinpath(name).read_text("utf-8"))


def check_list(
    kind: str,
    *,
    industry: str = "",
    hazards: Sequence[str] = (),
    tables: Mapping[str, Any] | None = None,
    lang: str = "zh",
) -> CheckList:
    """Return what to check on a visit of *kind* at an object of *industry*.

    Parameters
    ----------
    kind, industry
        Codes of ``visit_kind`` and ``industry``; unknown ones get the general list.
    hazards
        What the order asks to be mended: these lines come first.
    tables
        The content of ``check_items.toml``, or of a bureau's own file of that shape.
    lang
        ``zh`` or ``en``: language of the shipped lists.
    """
    source = _shipped(lang) if tables is None else tables
    trade = source["industry"].get(industry) or source["industry"][_DEFAULT_INDUSTRY]
    visit = source["kind"].get(kind) or source["kind"][_DEFAULT_KIND]
    own = [*visit["items"], *(visit.get("mine_items", ()) if industry in _MINES else ())]
    lines = (*hazards, *own, *trade["items"][: visit["industry_items"]])
    focus = visit.get("focus") or trade["focus"]
    return CheckList(lines=tuple(lines), answers=tuple(visit["answers"]), focus=focus)
