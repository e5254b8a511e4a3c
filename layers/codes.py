"""Code tables: what a coded cell may say, in English code, Chinese title and synonyms.

The tables are data in ``codes.toml`` beside this file; a bureau can add rows of its own
(an industry, say) through :func:`extended`.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row of a code table.

    ``title`` is Chinese, ``en`` English (empty where the Chinese one serves both); ``data`` carries
    what rules need to know of the code (see codes.toml).
    """

    code: str
    title: str
    en: str = ""
    synonyms: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CodeTable:
    """A closed list of codes that is read in Chinese or English."""

    name: str
    title: str
    rows: tuple[Code, ...]
    en: str = ""

    def read(self, text: str) -> str | None:
        """Return the code that *text* means (code, title or synonym), None where it means none."""
        return self._words.get(_fold(text))

    def title_of(self, code: str, *, lang: str = "zh") -> str:
        """Return the title of *code* in *lang*; an unknown code is returned as it is."""
        row = next((row for row in self.rows if row.code == code), None)
        if row is None:
            return code
        return row.en or row.title if lang == "en" else row.title

    def titles(self, *, lang: str = "zh") -> tuple[str, ...]:
        """Return the titles of all codes in *lang*, in order."""
        return tuple(self.title_of(code, lang=lang) for code in self.codes)

    def data_of(self, code: str) -> Mapping[str, Any]:
        """Return the data of *code*; empty where the code is unknown."""
        return next((row.data for row in self.rows if row.code == code), {})

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in order."""
        return tuple(row.code for row in self.rows)

    @cached_property
    def _words(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for row in self.rows:
            for word in (row.code, row.title, *row.synonyms, row.en):
                if word:
                    words.setdefault(_fold(word), row.code)
        return words


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _rows(raw: Mapping[str, Mapping[str, Any]]) -> tuple[Code, ...]:
    return tuple(
        Code(
            code=code,
            title=row["title"],
            en=row.get("en", ""),
            synonyms=tuple(row.get("synonyms", ())),
            data={k: v for k, v in row.items() if k not in ("title", "en", "synonyms")},
        )
        for code, row in raw.items()
    )


def _load() -> dict[str, CodeTable]:
    raw = tomllib.loads(files("layers").joinpath("codes.toml").read_text("utf-8"))
    return {
        name: CodeTable(name=name, title=table["title"], en=table["en"], rows=_rows(table["codes"]))
        for name, table in raw.items()
    }


TABLES: dict[str, CodeTable] = _load()


def extended(extra: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, CodeTable]:
    """Return the shipped tables with rows of a bureau added or replaced.

    Parameters
    ----------
    extra
        ``{table: {code: {"title": …, "synonyms": […], …}}}``, as read from the bureau's settings.

    Raises
    ------
    KeyError
        If a table does not exist.
    """
    tables = dict(TABLES)
    for name, rows in extra.items():
        added = _rows(rows)
        replaced = {row.code for row in added}
        kept = tuple(row for row in tables[name].rows if row.code not in replaced)
        tables[name] = replace(tables[name], rows=kept + added)
    return tables
