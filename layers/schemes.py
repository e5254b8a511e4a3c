"""Classification schemes side by side: each document has its own list, and lists do not agree.

A scheme is data (``schemes/*.toml``), and a bureau adds one with a file in its folder. A record may
carry codes of several schemes. What is counted by a scheme goes by its own codes first, then by
the crosswalk; what has no equivalent there is counted as not classifiable, never left out.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from layers.codes import Code, CodeTable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER = "分类"
"""Folder of a bureau's own schemes beside its ledgers."""
KINDS = ("behaviour", "hazard", "industry", "report", "case", "accident")
HOW = ("same", "within", "overlaps")

UNCLEAR, NONE, UNKNOWN, BLANK = "~unclear", "~none", "~unknown", "~blank"
"""Rows of a count beside the codes: several codes are possible; no equivalent in this scheme; a
code that no scheme has; no code at all."""
REST = (UNCLEAR, NONE, UNKNOWN, BLANK)

SCHEME_TABLE = "scheme"
"""Name of the code table of all behaviours and hazards among the code tables of a bureau."""
CODE_LENGTH = 16
"""Characters of a code; the database keeps no more."""

Basis = Literal["own", "crosswalk", "rest"]


class SchemeError(ValueError):
    """A scheme that cannot be used.

    Attributes
    ----------
    file
        Name of the file.
    code
        ``scheme_unreadable``, ``scheme_incomplete``, ``scheme_twice``, ``scheme_code_twice``,
        ``scheme_code_long``, ``scheme_kind`` or ``scheme_link``.
    value
        What it is about.
    """

    def __init__(self, file: str, code: str, value: str) -> None:
        super().__init__(f"{file}: {code} {value}")
        self.file = file
        self.code = code
        self.value = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One list of one document.

    Attributes
    ----------
    id
        Document and list, such as ``karamay2013.hazards``.
    kind
        What is classified: one of :data:`KINDS`.
    version, document, issued
        Where the list stands; ``issued`` None where the source has no date.
    expected
        How many codes the document announces; more than ``table`` has where it does not list all.
    table
        Codes in order, read in Chinese or English.
    """

    id: str
    kind: str
    title: str
    en: str
    version: str
    document: str
    issued: dt.date | None
    expected: int
    table: CodeTable

    @property
    def complete(self) -> bool:
        """Whether every code that the document announces is known."""
        return len(self.table.rows) >= self.expected

    def name(self, *, lang: str = "zh") -> str:
        """Return the title in *lang* with its document."""
        if lang == "en":
            return f"{self.en or self.title} ({self.document})"
        return f"{self.title}（{self.document}）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One line of the crosswalk, see ``schemes/crosswalk.toml``."""

    source: str
    target: str
    how: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the codes of a record are in a scheme: ``codes``, and how that is known."""

    codes: tuple[str, ...]
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class Schemes:
    """All schemes that are in force for a bureau, and the crosswalk between them."""

    schemes: Mapping[str, Scheme]
    links: tuple[Link, ...]

    def of_kind(self, kind: str) -> tuple[Scheme, ...]:
        """Return the schemes that classify *kind*, in order of their files."""
        return tuple(one for one in self.schemes.values() if one.kind == kind)

    def scheme_of(self, code: str) -> Scheme | None:
        """Return the scheme that has *code*; every code belongs to one only."""
        return self._owners.get(code)

    def title_of(self, code: str, *, lang: str = "zh") -> str:
        """Return the title of *code* in *lang*; an unknown code as it is."""
        scheme = self.scheme_of(code)
        return code if scheme is None else scheme.table.title_of(code, lang=lang)

    def codes(self, *kinds: str) -> tuple[str, ...]:
        """Return the codes of all schemes of some *kinds*."""
        return tuple(c for kind in kinds for one in self.of_kind(kind) for c in one.table.codes)

    def table(self, *kinds: str) -> CodeTable:
        """Return one code table for a column that takes codes of any scheme of some *kinds*.

        Where two schemes use the same words, the words mean the code of the first.
        """
        rows = tuple(row for kind in kinds for one in self.of_kind(kind) for row in one.table.rows)
        return CodeTable(name="+".join(kinds), title="、".join(kinds), rows=rows)

    def of_industry(self, industry: str, *, scheme: str) -> tuple[str, ...]:
        """Return the codes of *scheme* to which an industry of the code table belongs."""
        rows = self.schemes[scheme].table.rows
        return tuple(row.code for row in rows if industry in row.data.get("industries", ()))

    def grade_of(self, deaths: int | None, *, scheme: str = "accidents.grades") -> str | None:
        """Return the grade of an accident by its deaths, None where nobody died."""
        for row in self.schemes[scheme].table.rows:
            top = row.data.get("deaths_to")
            if deaths and deaths >= row.data["deaths_from"] and (top is None or deaths <= top):
                return row.code
        return None

    def read(self, codes: Iterable[str], *, scheme: str) -> Reading:
        """Return what the codes of one record are in *scheme*.

        Its own codes stand. Without one, codes of other schemes are translated where the crosswalk
        says that they are the same or within one of its codes; where it says that they overlap,
        or are wider, the record is :data:`UNCLEAR`.

        Raises
        ------
        KeyError
            If there is no such scheme.
        """
        target = self.schemes[scheme]
        given = tuple(dict.fromkeys(code for code in codes if code))
        own = tuple(code for code in target.table.codes if code in given)
        if own:
            return Reading(codes=own, basis="own")
        found: dict[str, None] = {}
        for code in given:
            found.update(dict.fromkeys(self._translated(code, scheme)))
        if not found:
            return Reading(codes=(BLANK,), basis="rest")
        known = tuple(code for code in target.table.codes if code in found)
        rest = tuple(code for code in REST if code in found)
        return Reading(codes=known + rest, basis="crosswalk" if known else "rest")

    def _translated(self, code: str, scheme: str) -> tuple[str, ...]:
        if code not in self._owners:
            return (UNKNOWN,)
        sure, perhaps = self._neighbours.get((code, scheme), ((), ()))
        return sure or ((UNCLEAR,) if perhaps else (NONE,))

    @cached_property
    def _owners(self) -> dict[str, Scheme]:
        return {code: one for one in self.schemes.values() for code in one.table.codes}

    @cached_property
    def _neighbours(self) -> dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return sure and possible equivalents by code and scheme."""
        sure: dict[tuple[str, str], list[str]] = {}
        perhaps: dict[tuple[str, str], list[str]] = {}
        for link in self.links:
            there = sure if link.how in ("same", "within") else perhaps
            back = sure if link.how == "same" else perhaps
            there.setdefault((link.source, self._owners[link.target].id), []).append(link.target)
            back.setdefault((link.target, self._owners[link.source].id), []).append(link.source)
        keys = {**sure, **perhaps}
        return {key: (tuple(sure.get(key, ())), tuple(perhaps.get(key, ()))) for key in keys}


# Counting -----------------------------------------------------------------------------------------


def classify(values: pd.Series, *, scheme: str, schemes: Schemes) -> pd.Series:
    """Return the codes of each record in *scheme* as tuples, :data:`REST` rows included.

    Parameters
    ----------
    values
        Codes of the records: tuples, single codes, or missing.
    """
    return _readings(values, scheme, schemes).map(lambda reading: reading.codes)


def count_by(values: pd.Series, *, scheme: str, schemes: Schemes) -> pd.DataFrame:
    """Count records by the codes of a scheme.

    A record with two codes counts under both, so the rows may add up to more than the records;
    under at least one row it always counts.

    Returns
    -------
    pandas.DataFrame
        One row for each code of the scheme, then one for each of :data:`REST`, zeros included.
        Columns: code; records; own (classified in this scheme); translated (by the crosswalk).
    """
    table = schemes.schemes[scheme].table
    records: Counter[str] = Counter()
    translated: Counter[str] = Counter()
    for reading in _readings(values, scheme, schemes):
        records.update(reading.codes)
        if reading.basis == "crosswalk":
            translated.update(reading.codes)
    rows = [
        {"code": code, "records": records[code], "own": records[code] - translated[code],
         "translated": translated[code]}
        for code in (*table.codes, *REST)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["code", "records", "own", "translated"])


def _readings(values: pd.Series, scheme: str, schemes: Schemes) -> pd.Series:
    """Return the reading of each record; the same codes are looked up once."""
    seen: dict[tuple[str, ...], Reading] = {}
    found = []
    for value in values:
        codes = _codes(value)
        if codes not in seen:
            seen[codes] = schemes.read(codes, scheme=scheme)
        found.append(seen[codes])
    return pd.Series(found, index=values.index, dtype=object)


def _codes(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - cells are of any kind
    if isinstance(value, tuple | list):
        return tuple(str(code) for code in value)
    return () if value is None or pd.isna(value) else (str(value),)


def with_schemes(tables: Mapping[str, CodeTable], schemes: Schemes) -> dict[str, CodeTable]:
    """Return code tables that read the words of the schemes too.

    The behaviours of all schemes stand in ``behaviour`` after those that are there, so that a
    ledger may name any; behaviours and hazards together are :data:`SCHEME_TABLE`.
    """
    own = tables["behaviour"]
    more = tuple(row for row in schemes.table("behaviour").rows if row.code not in {*own.codes})
    return {
        **tables,
        "behaviour": replace(own, rows=own.rows + more),
        SCHEME_TABLE: schemes.table("behaviour", "hazard"),
    }


# Files --------------------------------------------------------------------------------------------


def load_schemes(folder: Path | None = None) -> Schemes:
    """Return the shipped schemes, and those of a ledger folder (``分类/*.toml``).

    Raises
    ------
    SchemeError
        If a file cannot be read, or a scheme or code stands in two places. A new version of a
        scheme has an id and codes of its own; the crosswalk says what became of the old ones.
    """
    texts = [
        (item.name, item.read_text("utf-8"))
        for item in sorted(files("layers").joinpath("schemes").iterdir(), key=lambda i: i.name)
        if item.name.endswith(".toml")
    ]
    own = sorted((folder / FOLDER).glob("*.toml")) if folder is not None else []
    for path in own:
        try:
            texts.append((path.name, path.read_text("utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            raise SchemeError(path.name, "scheme_unreadable", str(error)) from error
    return _put_together(texts)


def _put_together(texts: Iterable[tuple[str, str]]) -> Schemes:
    schemes: dict[str, Scheme] = {}
    owners: dict[str, str] = {}
    links: list[tuple[str, Link]] = []
    for file, text in texts:
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SchemeError(file, "scheme_unreadable", str(error)) from error
        for one in _entries(file, raw, "schemes"):
            scheme = _scheme(file, one)
            if scheme.id in schemes:
                raise SchemeError(file, "scheme_twice", scheme.id)
            schemes[scheme.id] = scheme
            for code in scheme.table.codes:
                if code in owners:
                    raise SchemeError(file, "scheme_code_twice", f"{code} ({owners[code]})")
                owners[code] = scheme.id
        links += [(file, _link(file, one)) for one in _entries(file, raw, "crosswalk")]
    for file, link in links:
        for code in (link.source, link.target):
            if code not in owners:
                raise SchemeError(file, "scheme_link", code)
    return Schemes(schemes=schemes, links=tuple(link for _, link in links))


def _entries(file: str, raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = raw.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SchemeError(file, "scheme_incomplete", f"[[{name}]]")
    return found


def _scheme(file: str, raw: Mapping[str, Any]) -> Scheme:
    for name in ("id", "kind", "title", "version", "document", "codes"):
        if not raw.get(name):
            raise SchemeError(file, "scheme_incomplete", f"{raw.get('id', '')} {name}".strip())
    if raw["kind"] not in KINDS:
        raise SchemeError(file, "scheme_kind", str(raw["kind"]))
    codes = raw["codes"]
    if not isinstance(codes, dict) or not all(
        isinstance(row, dict) and row.get("title") for row in codes.values()
    ):
        raise SchemeError(file, "scheme_incomplete", f"{raw['id']} title")
    if any(code.startswith("~") for code in codes):
        raise SchemeError(file, "scheme_incomplete", f"{raw['id']} ~")
    for code in codes:
        if len(code) > CODE_LENGTH:
            raise SchemeError(file, "scheme_code_long", code)
    rows = tuple(_code(code, row) for code, row in codes.items())
    title, en = str(raw["title"]), str(raw.get("en", ""))
    return Scheme(
        id=str(raw["id"]), kind=str(raw["kind"]), title=title, en=en, version=str(raw["version"]),
        document=str(raw["document"]), issued=raw.get("issued"),
        expected=int(raw.get("expected", len(rows))),
        table=CodeTable(name=str(raw["id"]), title=title, en=en, rows=rows),
    )  # fmt: skip


def _code(code: str, row: Mapping[str, Any]) -> Code:
    rest = {key: value for key, value in row.items() if key not in ("title", "en", "synonyms")}
    return Code(
        code=code, title=row["title"], en=row.get("en", ""),
        synonyms=tuple(row.get("synonyms", ())), data=rest,
    )  # fmt: skip


def _link(file: str, raw: Mapping[str, Any]) -> Link:
    if raw.get("how") not in HOW or not raw.get("from") or not raw.get("to"):
        raise SchemeError(file, "scheme_incomplete", f"crosswalk {raw.get('from', '')}")
    return Link(source=raw["from"], target=raw["to"], how=raw["how"], note=raw.get("note", ""))
