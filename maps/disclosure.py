"""The public notice: one page that opens offline, and the same rows as a workbook."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers import codes
from maps import assets, base
from maps.excel import ALARM, Book, BookColumn
from maps.messages import load, sentence
from maps.public_rows import WITHDRAWN

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from maps.public_rows import Publication, PublicRound, PublicVisit

_PREFIX = "disclosure_"
_TICKET_SHOWN = 16

VISIT_COLUMNS = (
    BookColumn(name="round", title="轮次", en="Round", width=11, kind="id"),
    BookColumn(name="name", title="企业名称", en="Enterprise", width=34),
    BookColumn(name="credit_code", title="统一社会信用代码", en="Credit code", width=22, kind="id"),
    BookColumn(name="town", title="乡镇街道", en="Town", width=13),
    BookColumn(name="method", title="检查方式", en="Inspection", width=13),
    BookColumn(name="visited", title="检查日期", en="Visited", width=11.5, kind="date"),
    BookColumn(name="result", title="检查结果", en="Result", width=18),
    BookColumn(name="findings", title="隐患数", en="Hazards", width=8, kind="integer"),
    BookColumn(
        name="serious_findings", title="重大隐患数", en="Major hazards", width=11, kind="integer"
    ),
    BookColumn(name="departments", title="检查部门", en="Department", width=24),
    BookColumn(name="drawn_in", title="抽中轮次", en="Drawn in", width=11, kind="id"),
    BookColumn(name="id", title="名录编号", en="Id in the record", width=13, kind="id"),
    BookColumn(name="stratum", title="抽取层", en="Stratum", width=14),
    BookColumn(name="probability", title="承诺概率", en="Promised chance", width=17, kind="id"),
    BookColumn(name="ticket", title="抽取号码", en="Ticket", width=30, kind="id"),
    BookColumn(name="due", title="公示期限", en="Publish by", width=11.5, kind="date"),
    BookColumn(name="late_days", title="逾期天数", en="Days late", width=9, kind="integer"),
)
CORRECTS = BookColumn(
    name="corrects", title="原公示日期", en="First published", width=12, kind="date"
)
COUNT_COLUMNS = (
    BookColumn(name="result", title="检查结果", en="Result", width=22),
    BookColumn(name="visits", title="家次", en="Visits", width=9, kind="integer"),
    BookColumn(name="corrected", title="说明", en="Remark", width=14),
)
ROUND_COLUMNS = (
    BookColumn(name="name", title="轮次", en="Round", width=12, kind="id"),
    BookColumn(name="state", title="抽取记录", en="Record", width=34),
    BookColumn(name="eligible", title="名录内", en="In the frame", width=10, kind="integer"),
    BookColumn(name="excluded", title="不参加", en="Left out", width=10, kind="integer"),
    BookColumn(name="drawn", title="抽中", en="Drawn", width=8, kind="integer"),
    BookColumn(name="commitment", title="承诺哈希", en="Commitment", width=34, kind="id"),
    BookColumn(name="frame_hash", title="名录哈希", en="Frame hash", width=34, kind="id"),
    BookColumn(name="hash", title="记录哈希", en="Record hash", width=34, kind="id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A visit in words."""

    round: str
    name: str
    credit_code: str
    town: str
    method: str
    visited: dt.date
    result: str
    findings: int | None
    serious_findings: int | None
    departments: str
    drawn_in: str
    id: str
    stratum: str
    probability: str
    chance: str
    ticket: str
    due: dt.date
    late_days: int | None
    late: str
    corrects: dt.date | None

    @property
    def short_ticket(self) -> str:
        """The first digits of the ticket: enough to find it in the record."""
        return f"{self.ticket[:_TICKET_SHOWN]}…" if self.ticket else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    result: str
    visits: int
    corrected: str


class _Shown:
    """A round in words."""

    def __init__(self, one: PublicRound, state: str) -> None:
        self._one, self.state = one, state

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._one, name)


def public_page(
    publication: Publication,
    *,
    book: str,
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
    lang: str = "zh",
) -> str:
    """Return the notice as one HTML page; everything that comes from a ledger is escaped.

    Parameters
    ----------
    book
        Name of the workbook beside it.
    """
    words = {
        code.removeprefix(_PREFIX): text.sentence(lang)
        for code, text in load().items()
        if code.startswith(_PREFIX)
    }
    title = sentence("disclosure_title", lang=lang, area=publication.area)
    lines = [_line(one, tables, lang) for one in publication.results]
    body = base.template("disclosure.html").render(
        t=words,
        title=title,
        day=sentence("disclosure_day", lang=lang, day=publication.day),
        totals=_totals(publication, words),
        lines=lines,
        results=sorted({line.result for line in lines}),
        shown=sentence("disclosure_shown", lang=lang, count=len(lines), all=len(lines)),
        corrections=[_line(one, tables, lang) for one in publication.corrections],
        others=_counts(publication, tables, lang),
        rounds=[_Shown(one, _state(one, lang)) for one in publication.rounds],
        chain=_chain(publication, lang),
        basis=_basis(publication, lang),
        book=book,
        headers=_headers(lang),
    )
    return base.page(
        title=title, lang=lang, body=body,
        styles=[assets.stylesheet("disclosure/disclosure.css")],
        scripts=[assets.script("disclosure/disclosure.js")],
        data={"shown": words["shown"]}, robots="all",
    )  # fmt: skip


def public_workbook(
    path: Path,
    publication: Publication,
    *,
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
    lang: str = "zh",
) -> Path:
    """Write the notice as an Excel file: results, corrections, other checks, draws, notes."""
    title = sentence("disclosure_title", lang=lang, area=publication.area)
    with Book(path, title=title, lang=lang) as book:
        lines = [_line(one, tables, lang) for one in publication.results]
        book.table(_sheet("results", lang), VISIT_COLUMNS, lines, looks=_looks(lines))
        right = [_line(one, tables, lang) for one in publication.corrections]
        if right:
            columns = (CORRECTS, *VISIT_COLUMNS)
            book.table(_sheet("corrections", lang), columns, right, looks=_looks(right))
        others = _counts(publication, tables, lang)
        if others:
            book.table(_sheet("others", lang), COUNT_COLUMNS, others)
        rounds = [_Shown(one, _state(one, lang)) for one in publication.rounds]
        if rounds:
            book.table(_sheet("rounds", lang), ROUND_COLUMNS, rounds)
        book.notes(_sheet("notes", lang), _notes(publication, lang))
    return path


def _sheet(name: str, lang: str) -> str:
    return sentence(f"disclosure_sheet_{name}", lang=lang)


def _line(one: PublicVisit, tables: Mapping[str, codes.CodeTable], lang: str) -> _Line:
    drawn = one.drawn
    stratum = "" if drawn is None else sentence(f"stratum_{drawn.stratum}", lang=lang)
    if drawn is not None and drawn.carried:
        stratum = sentence("disclosure_carried", lang=lang, stratum=stratum, round=drawn.round)
    return _Line(
        round=one.round, name=one.name, credit_code=one.credit_code, town=one.town,
        method=sentence("disclosure_check" if drawn is None else "disclosure_drawn", lang=lang),
        visited=one.visited, result=_result(one.result, tables, lang), findings=one.findings,
        serious_findings=one.serious_findings,
        departments=("、" if lang == "zh" else ", ").join(one.departments),
        drawn_in=drawn.round if drawn else "", id=drawn.id if drawn else "", stratum=stratum,
        probability=drawn.probability if drawn else "", ticket=drawn.ticket if drawn else "",
        chance=f"{float(drawn.probability):.2%}" if drawn and drawn.probability else "",
        due=one.due, late_days=one.late_days or None, corrects=one.corrects,
        late=sentence("disclosure_late", lang=lang, days=one.late_days) if one.late_days else "",
    )  # fmt: skip


def _result(code: str, tables: Mapping[str, codes.CodeTable], lang: str) -> str:
    if code == WITHDRAWN:
        return sentence("disclosure_withdrawn", lang=lang)
    return tables["visit_result"].title_of(code, lang=lang)


def _counts(
    publication: Publication, tables: Mapping[str, codes.CodeTable], lang: str
) -> list[_Count]:
    said = sentence("disclosure_sheet_corrections", lang=lang)
    return [
        _Count(
            result=_result(one.result, tables, lang), visits=one.visits,
            corrected=said if one.corrected else "",
        )
        for one in publication.others
    ]  # fmt: skip


def _state(one: PublicRound, lang: str) -> str:
    return sentence(f"disclosure_round_{one.closed}", lang=lang) if one.closed else one.file


def _totals(publication: Publication, words: Mapping[str, str]) -> list[tuple[str, int, str]]:
    late = sum(one.late_days > 0 for one in publication.visits)
    drawn = sum(one.drawn is not None for one in publication.results)
    shown = [
        (words["total_results"], len(publication.results), ""),
        (words["total_drawn"], drawn, ""),
        (words["total_others"], sum(one.visits for one in publication.others), ""),
        (words["total_corrections"], len(publication.corrections), ""),
        (words["total_late"], late, "late" if late else ""),
    ]
    return [one for number, one in enumerate(shown) if number < 2 or one[1]]


def _chain(publication: Publication, lang: str) -> str:
    if not publication.links:
        return sentence("disclosure_chain_closed", lang=lang)
    return sentence(
        "disclosure_chain", lang=lang, links=publication.links, head=publication.head
    )  # fmt: skip


def _basis(publication: Publication, lang: str) -> list[str]:
    return [
        sentence("disclosure_basis", lang=lang, source=source,
                 status=sentence(f"status_{status}", lang=lang))
        for source, status in publication.basis
    ]  # fmt: skip


def _headers(lang: str) -> dict[str, str]:
    columns = (*ROUND_COLUMNS, *COUNT_COLUMNS, CORRECTS, *VISIT_COLUMNS)
    return {column.name: column.header(lang) for column in columns}


def _looks(lines: Sequence[_Line]) -> list[Mapping[str, Mapping[str, Any]]]:
    late = {"font_color": ALARM, "bold": True}
    return [{"due": late, "late_days": late} if line.late_days else {} for line in lines]


def _notes(publication: Publication, lang: str) -> list[str]:
    results = Counter(one.result for one in publication.results)
    return [
        sentence("disclosure_title", lang=lang, area=publication.area),
        sentence("disclosure_day", lang=lang, day=publication.day),
        sentence("disclosure_shown", lang=lang, count=sum(results.values()),
                 all=sum(results.values())),
        *_basis(publication, lang),
        *(sentence(f"disclosure_{code}", lang=lang)
          for code in ("other_note", "method_note", "never", "check_how")),
        _chain(publication, lang),
    ]  # fmt: skip
