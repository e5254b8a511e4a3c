"""Write a report: put it together, check its own arithmetic, and only then let it stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.bulletin.check import check_document
from layers.bulletin.documents import Document, Grid, Passage, Place
from layers.still import still
from maps.report_book import write_book
from maps.report_parts import Table
from maps.word import write_word
from xunge import bulletin_lines
from xunge.reports.kinds import compose, subject
from xunge.reports.periods import ReportError

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from layers.bulletin.findings import Finding
    from maps.report_parts import Report
    from xunge.week import Folder

FOLDERS = {"zh": "报告", "en": "reports"}
NAMES = {
    "zh": {"weekly": "周报", "monthly": "月报", "stage": "阶段总结", "final": "总结",
           "exposure": "双月曝光", "closures": "关闭取缔名单"},
    "en": {"weekly": "weekly", "monthly": "monthly", "stage": "stage", "final": "final",
           "exposure": "exposure", "closures": "closures"},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report that was written.

    Attributes
    ----------
    files
        The Word file and the workbook.
    checked
        How many sums of its text and tables were checked.
    doubts
        What the check asks about: right by the records, yet read differently by others.
    """

    kind: str
    report: Report
    since: dt.date
    until: dt.date
    as_of: dt.date
    files: tuple[Path, ...]
    checked: int
    doubts: tuple[Finding, ...]


@still()
def write_report(
    folder: Folder, kind: str, *, day: dt.date, out: Path | None = None, campaign: str = ""
) -> Written:
    """Write the report of *kind* that is due on *day*, as Word and as Excel.

    Parameters
    ----------
    folder
        Open ledger folder; what the last import has taken in is read.
    kind
        ``weekly``, ``monthly``, ``stage``, ``final``, ``exposure`` or ``closures``.
    day
        The last period that is over on the evening of this day is reported.
    out
        Folder of the files; ``out/报告`` of the ledgers by default. Files of the same period are
        replaced.
    campaign
        Id of the campaign of a stage or final report, where there are several.

    Raises
    ------
    ReportError
        If there is nothing to report on, or if its own figures do not go together.
    """
    about = subject(folder, kind, day=day, campaign=campaign)
    report = compose(folder, about)
    lang = folder.settings.bureau.language
    place = out or folder.path / "out" / FOLDERS[lang]
    place.mkdir(parents=True, exist_ok=True)
    stem = f"{NAMES[lang][kind]} {about.stem}"
    word, book = place / f"{stem}.docx", place / f"{stem}.xlsx"
    # The check reads Chinese; the figures of an English report are those of its Chinese twin.
    read = report if lang == "zh" else compose(folder, about, lang="zh")
    found = check_document(document_of(read))
    _refuse(found, file=word.name, lang=lang)
    fresh = [path.with_name(f".new {path.name}") for path in (word, book)]
    try:
        write_word(report, fresh[0], lang=lang)
        write_book(report, fresh[1], lang=lang)
        for path, final in zip(fresh, (word, book), strict=True):
            path.replace(final)
    finally:
        for path in fresh:
            path.unlink(missing_ok=True)
    return Written(
        kind=kind, report=report, since=about.period.since, until=about.period.until,
        as_of=about.as_of, files=(word, book), checked=len(found),
        doubts=tuple(one for one in found if not one.right),
    )  # fmt: skip


def document_of(report: Report) -> Document:
    """Return the text and the tables of a report as the check of bulletins reads them.

    The appendix is left out: it states nothing, it lists.
    """
    passages: list[Passage] = []
    grids: list[Grid] = []
    for number, block in enumerate(report.blocks, start=1):
        if isinstance(block, Table):
            rows = [list(block.header), *([run.text for run in row] for row in block.rows)]
            grids.append(Grid(name=str(len(grids) + 1), rows=rows))
        elif block.text:
            place = Place(kind="paragraph", number=number)
            passages.append(Passage(text=block.text, place=place))
    return Document(passages=passages, grids=grids)


def _refuse(found: list[Finding], *, file: str, lang: str) -> None:
    """Raise where figures cannot go together; what is only odd is told by the caller."""
    wrong = [one for one in found if not one.right and one.sure == "certain"]
    if wrong:
        lines = bulletin_lines.lines(wrong, file=file, everything=False, lang=lang)
        raise ReportError("report_arithmetic", file=file, lines="\n".join(lines))
