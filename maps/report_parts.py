"""What a report is made of: paragraphs and tables whose figures lead to the rows behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Style = Literal["body", "heading", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Some words; where ``link`` is set, a click leads to the rows of that anchor.

    ``mark`` is an anchor of their own: a link to it leads here.
    """

    text: str
    link: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph."""

    runs: tuple[Run, ...]
    style: Style = "body"

    @property
    def text(self) -> str:
        """Return its words."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the text.

    Attributes
    ----------
    header
        One word for each column; the first column holds words, the others figures unless they
        are in ``wordy``.
    total
        Whether the last row is the total.
    wordy
        Columns (0-based) that hold words.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Run, ...], ...]
    total: bool = False
    wordy: frozenset[int] = frozenset((0,))


RowKind = Literal["text", "id", "date", "integer", "money"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowColumn:
    """A column of the rows behind figures; ``width`` in characters."""

    title: str
    width: float
    kind: RowKind = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTable:
    """The records that some figures count, for the appendix.

    Attributes
    ----------
    anchor
        Name that links lead to: letters, digits and ``_``.
    group
        What kind of record they are; the workbook has one sheet for each.
    rows
        Values of the cells.
    marks
        Further anchors: the number of the row at which a group begins.
    """

    anchor: str
    group: str
    title: str
    columns: tuple[RowColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    marks: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One indicator for the workbook: value now and in other periods, as numbers.

    ``link`` is the anchor of its rows; None where something was not measured.
    """

    title: str
    value: float | None
    unit: str
    link: str = ""
    before: float | None = None
    change_before: str = ""
    year: float | None = None
    change_year: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report, ready to be written as Word and Excel.

    Attributes
    ----------
    title, subtitle
        Two lines at the top.
    blocks
        Paragraphs and tables in order.
    lines
        Indicators of the workbook.
    rows
        The appendix.
    notes
        How figures are counted, and what is missing.
    """

    title: str
    subtitle: str
    blocks: tuple[Paragraph | Table, ...]
    lines: tuple[Line, ...] = ()
    rows: tuple[RowTable, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def told_rows(self) -> tuple[RowTable, ...]:
        """The rows that the text and its tables lead to; the rest belongs to the indicators."""
        links = {run.link for block in self.blocks for run in _runs(block) if run.link}
        return tuple(one for one in self.rows if links & {one.anchor, *one.marks})


def _runs(block: Paragraph | Table) -> tuple[Run, ...]:
    if isinstance(block, Paragraph):
        return block.runs
    return tuple(run for row in block.rows for run in row)
