"""The treaty: every register of the bureau as a contract of columns.

A register is what a bureau keeps as an Excel ledger. Each column has an English name (used in code
and in the database), a Chinese title (used in every file that people read), the synonyms under
which ledgers carry it, and a kind that says how a cell is read. Codes are stored in English and
read in either language.

The registers themselves are data in ``registers.toml`` beside this file.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from layers import codes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal[
    "text",  # any text, trimmed, NFKC-normalised white space
    "list",  # several texts in one cell, separated by 、，,;；/| or line breaks -> tuple[str, ...]
    "code",  # one of a table of layers.codes -> the English code
    "codes",  # several of them -> tuple[str, ...]
    "credit_code",  # 统一社会信用代码, 18 characters, check digit verified (GB 32100-2015)
    "date",  # -> datetime.date
    "period",  # list of date ranges "2026-11-23~2026-11-27" -> tuple[tuple[date, date], ...]
    "hours",  # opening hours "08:30-17:30" -> (seconds, seconds) since midnight
    "number",  # -> float
    "integer",  # -> int
    "money",  # yuan, "1.2万元" or a header in 万元 -> float
    "quantity",  # "15吨", "1200余箱", "100吨油罐1个" -> float; fills goods, unit and at_least
    "flag",  # 是/否, yes/no -> bool
    "longitude",  # degrees (decimal or DMS) or projected easting in metres -> float
    "latitude",  # degrees (decimal or DMS) or projected northing in metres -> float
    "lonlat",  # both in one cell, "113.11,26.13" -> fills lon and lat where they are empty
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a register.

    Attributes
    ----------
    name, title
        English name in code and database; Chinese title in files.
    kind
        How a cell is read, see :data:`Kind`.
    required
        A row without it is a bad row.
    table
        For ``code`` and ``codes``: name of the code table in :mod:`layers.codes`.
    unit
        Unit of numbers, empty for pure counts.
    synonyms
        Other headers under which ledgers carry the column, Chinese or English.
    sensitive
        Personal data: shown only to roles that need it, never in public exports.
    discarded
        Known in ledgers so that it can be left behind: the column of a frame is always empty.
    """

    name: str
    title: str
    kind: Kind = "text"
    required: bool = False
    table: str = ""
    unit: str = ""
    synonyms: tuple[str, ...] = ()
    sensitive: bool = False
    discarded: bool = False

    def headers(self) -> tuple[str, ...]:
        """Return every header by which the column is recognised, the Chinese title first."""
        return (self.title, self.name, *self.synonyms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A ledger with its key column and its columns in the order people expect.

    ``file_names`` are words by which a file or sheet of this register is recognised; ``made_of``
    are columns of which a row without an id gets one that is the same at every import.
    """

    name: str
    title: str
    key: str
    columns: tuple[Column, ...]
    file_names: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()
    _by_name: dict[str, Column] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the columns; names must be unique."""
        self._by_name.update({column.name: column for column in self.columns})
        if len(self._by_name) != len(self.columns):
            raise ValueError(f"register {self.name}: column names repeat")

    def __getitem__(self, name: str) -> Column:
        """Return the column called *name*; KeyError where there is none."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a column called *name*."""
        return name in self._by_name

    def __iter__(self) -> Iterator[Column]:
        """Walk the columns in order."""
        return iter(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in order."""
        return tuple(column.name for column in self.columns)


def _columns(
    raw: list[str | dict[str, Any]], groups: Mapping[str, list[dict[str, Any]]]
) -> tuple[Column, ...]:
    lines = [
        line for entry in raw for line in (groups[entry] if isinstance(entry, str) else [entry])
    ]
    return tuple(Column(**{**line, "synonyms": tuple(line.get("synonyms", ()))}) for line in lines)


def _load() -> dict[str, Register]:
    raw = tomllib.loads(files("layers").joinpath("registers.toml").read_text("utf-8"))
    return {
        name: Register(
            name=name,
            title=table["title"],
            key=table["key"],
            file_names=tuple(table["file_names"]),
            made_of=tuple(table.get("made_of", ())),
            columns=_columns(table["columns"], raw["groups"]),
        )
        for name, table in raw["registers"].items()
    }


REGISTERS: dict[str, Register] = _load()
"""Every register, in the order in which an import takes them (what is referred to comes first)."""

DEPARTMENTS = REGISTERS["departments"]
AREAS = REGISTERS["areas"]
GRIDS = REGISTERS["grids"]
STATIONS = REGISTERS["stations"]
VEHICLES = REGISTERS["vehicles"]
INSPECTORS = REGISTERS["inspectors"]
EXPERTS = REGISTERS["experts"]
ENTERPRISES = REGISTERS["enterprises"]
SITES = REGISTERS["sites"]
VISITS = REGISTERS["visits"]
ORDERS = REGISTERS["orders"]
REPORTS = REGISTERS["reports"]
HAZARDS = REGISTERS["hazards"]
CASES = REGISTERS["cases"]
PENALTIES = REGISTERS["penalties"]
SEIZURES = REGISTERS["seizures"]
HANDOVERS = REGISTERS["handovers"]
LISTINGS = REGISTERS["listings"]
REMEDIES = REGISTERS["remedies"]
CLOSURES = REGISTERS["closures"]
RESTARTS = REGISTERS["restarts"]
REWARDS = REGISTERS["rewards"]
ACCIDENTS = REGISTERS["accidents"]

for _register in REGISTERS.values():
    for _column in _register:
        if _column.table and _column.table not in codes.TABLES:
            raise KeyError(f"{_register.name}.{_column.name}: no code table {_column.table}")
