"""A campaign from a workbook: one sheet for each part of its plan, all of it or nothing.

The sheets are those of :data:`SHEETS`, by their Chinese or English names. Whatever cannot be read
is an error with file, sheet, row and column, and then nothing is taken: a lost extension would make
every figure of the campaign wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layers.cells import fold, is_missing, tidy
from layers.headers import SEARCH_ROWS, match_headers
from layers.problems import Problem, ValueProblem
from layers.schema import Column, Register
from layers.tables import read_rows
from layers.values import read_value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from layers.schema import Kind

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")
NOTES = ("说明", "Notes")
"""Sheets of notes, which are not read."""
WEEKDAYS = {
    "周一": "mon", "周二": "tue", "周三": "wed", "周四": "thu", "周五": "fri", "周六": "sat",
    "周日": "sun",
}  # fmt: skip
_WEEK = WEEKDAYS | {f"星期{day[1]}": code for day, code in WEEKDAYS.items()} | {
    "星期天": "sun", "周天": "sun", **{code: code for code in WEEKDAYS.values()},
}  # fmt: skip
LAST_MONTH_DAY = 28
_PERIODIC = re.compile(r"(weekly|monthly)-\d{4}-\d{2}(-\d{2})?")
_LINES = re.compile(r"[\n\r；;]+")
_UNITS = re.compile(r"[\n\r；;、，,/|]+(?![^(（]*[)）])")  # not inside brackets: 各省（区、市）


class CampaignBookError(ValueError):
    """A workbook of a campaign that is not taken; ``problems`` say where and why."""

    code = "campaign_book"

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        super().__init__(f"{file}: {len(problems)} errors")
        self.file = file
        self.problems = tuple(problems)


def _column(
    name: str, title: str, *synonyms: str, kind: Kind = "text", required: bool = False
) -> Column:  # fmt: skip
    return Column(name=name, title=title, kind=kind, required=required, synonyms=synonyms)


_TITLE = _column("title", "名称", "阶段名称", "材料名称", "行动名称", required=True)
_EN = _column("en", "英文名", "English name")
_EMPHASIS = _column("emphasis", "工作重点", "重点", "重点任务")
SHEETS: Mapping[str, Register] = {
    register.name: register
    for register in (
        Register(
            name="campaign", title="行动", key="id", file_names=("专项行动",),
            columns=(
                _column("id", "编号", "行动编号", required=True), _TITLE, _EN,
                _column("document", "文号", "文件"), _column("issued", "印发日期", kind="date"),
                _column("units", "报送单位", "单位", kind="list"),
                _column("scheme", "统计分类", "分类"), _column("weekly_by", "周报", "周报日"),
                _column("monthly_by", "月报", "月报日", kind="integer"),
            ),
        ),
        Register(
            name="phases", title="阶段", key="title",
            columns=(
                _TITLE,
                _column("since", "开始日期", "起", "自", "from", kind="date", required=True),
                _column("until", "结束日期", "止", "至", "to", kind="date", required=True),
                _EMPHASIS, _EN,
            ),
        ),
        Register(
            name="extensions", title="延期", key="title",
            columns=(
                _column("decided", "决定日期", kind="date", required=True),
                _column("until", "延至", "结束日期", "止", "to", kind="date", required=True),
                _TITLE, _column("document", "文号", "文件"), _EMPHASIS, _EN,
            ),
        ),
        Register(
            name="documents", title="应报材料", key="code",
            columns=(
                _column("code", "材料代码", "代码", required=True), _TITLE,
                _column("due", "期限", "报送期限", kind="date", required=True),
                _column("units", "报送单位", "单位", kind="list"), _EN,
            ),
        ),
        Register(
            name="received", title="收到", key="document",
            columns=(
                _column("document", "材料", "材料代码", "材料名称", required=True),
                _column("unit", "单位", "报送单位", required=True),
                _column("on", "收到日期", "日期", kind="date", required=True),
            ),
        ),
    )
}  # fmt: skip
"""The sheets by name, with their columns."""
_NEEDED = ("campaign", "phases")


@dataclass(slots=True, kw_only=True)
class _Row:
    """A row that was read: its number in the sheet, and its values."""

    number: int
    values: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """A sheet: its name in the file, its rows, and the headers that it gives the columns."""

    name: str = ""
    rows: list[_Row] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Reading:
    file: str
    sheets: dict[str, _Sheet] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def object_to(
        self, part: str, row: int | None, column: str, code: str, *, value: object = "",
        **detail: Any,
    ) -> None:  # fmt: skip
        """Note what is wrong with a cell."""
        sheet = self.sheets.get(part, _Sheet())
        title = SHEETS[part][column].title if column and column in SHEETS[part] else column
        self.problems.append(
            Problem(code=code, file=self.file, sheet=sheet.name or SHEETS[part].title, row=row,
                    column=sheet.headers.get(column, title), value=str(value), register=part,
                    name=column, detail=detail)
        )  # fmt: skip


def is_campaign_book(path: Path) -> bool:
    """Tell whether a file may be a workbook of a campaign; Excel's lock files are none."""
    return path.name.lower().endswith(SUFFIXES) and not path.name.startswith(("~$", "."))


def read_book(path: Path) -> dict[str, Any]:
    """Return what a workbook says, in the words of a campaign's TOML file.

    Raises
    ------
    layers.problems.UnreadableFile
        If it is damaged or locked.
    CampaignBookError
        If anything in it cannot be read or does not go together.
    """
    reading = _Reading(file=path.name)
    for name, rows in read_rows(path):
        _take(reading, name, rows)
    for part in _NEEDED:
        if not reading.sheets.get(part, _Sheet()).rows:
            reading.object_to(part, None, "", "campaign_no_sheet", value=SHEETS[part].title)
    if not reading.problems:
        _compare(reading)
    if reading.problems:
        raise CampaignBookError(path.name, reading.problems)
    parts = {part: [row.values for row in sheet.rows] for part, sheet in reading.sheets.items()}
    return {**parts.pop("campaign")[0], **parts}


def _take(reading: _Reading, name: str, rows: Sequence[Sequence[object]]) -> None:
    """Read one sheet; one that nobody knows must be empty or say that it is notes."""
    word = fold(name)
    known = {fold(w): part for part, sheet in SHEETS.items() for w in (sheet.title, part)}
    part = known.get(word)
    if part is None:
        if any(not is_missing(cell) for row in rows for cell in row) and word not in map(
            fold, NOTES
        ):
            sheets = "、".join(sheet.title for sheet in SHEETS.values())
            detail = {"known": sheets, "known_en": ", ".join(SHEETS)}
            reading.problems.append(
                Problem(code="campaign_unknown_sheet", file=reading.file, sheet=name, value=name,
                        detail=detail)
            )  # fmt: skip
        return
    register = SHEETS[part]
    top, headers = _header(rows, register)
    sheet = reading.sheets[part] = _Sheet(
        name=name, headers={column: header for header, column in headers.items()}
    )
    if not any(not is_missing(cell) for row in rows[top:] for cell in row):
        return  # an empty sheet
    _check_headers(reading, part, rows, top, headers)
    places = {
        headers[text]: place for place, text in enumerate(_texts(rows[top])) if text in headers
    }
    for number, row in enumerate(rows[top + 1 :], start=top + 2):
        if any(not is_missing(cell) for cell in row):
            values = dict(_cells(reading, part, number, row, places))
            sheet.rows.append(_Row(number=number, values=values))


def _texts(row: Sequence[object]) -> list[str]:
    return [tidy(cell) if isinstance(cell, str) else "" for cell in row]


def _header(rows: Sequence[Sequence[object]], register: Register) -> tuple[int, dict[str, str]]:
    """Return the place of the row that has most headers of *register*, and what they mean."""
    found = [match_headers(_texts(row), register) for row in rows[:SEARCH_ROWS]]
    top = max(range(len(found)), key=lambda at: len(found[at]), default=0)
    return top, found[top] if found else {}


def _check_headers(
    reading: _Reading, part: str, rows: Sequence[Sequence[object]], top: int,
    headers: Mapping[str, str],
) -> None:  # fmt: skip
    """Object to headers that nobody knows, and to required ones that are not there."""
    register = SHEETS[part]
    known = "、".join(column.title for column in register)
    detail = {"known": known, "known_en": ", ".join(register.names)}
    for text in _texts(rows[top]):
        if text and text not in headers:
            reading.object_to(part, top + 1, text, "campaign_unknown_column", value=text, **detail)
    for column in register:
        if column.required and column.name not in headers.values():
            headers_ = {"headers": "、".join(column.headers()), "count": len(rows) - top - 1}
            reading.object_to(part, top + 1, column.name, "missing_column", **headers_)


def _cells(
    reading: _Reading, part: str, number: int, row: Sequence[object], places: Mapping[str, int]
) -> Iterator[tuple[str, Any]]:
    """Yield the columns of a row that say something; what cannot be read is noted."""
    for column in SHEETS[part]:
        if column.name not in places:
            continue
        raw = row[places[column.name]] if places[column.name] < len(row) else None
        raw = None if raw == "" else raw
        try:
            value = _read(column, raw)
        except ValueProblem as problem:
            reading.object_to(part, number, column.name, problem.code, value=problem.value,
                              **problem.detail)  # fmt: skip
            continue
        if value is not None:
            yield column.name, value


def _read(column: Column, raw: object) -> Any:  # noqa: ANN401 - cells are of any kind
    parts = {"emphasis": _LINES, "units": _UNITS}.get(column.name)
    if parts is not None:
        return None if is_missing(raw) else tuple(filter(None, map(tidy, parts.split(str(raw)))))
    value = read_value(column, raw)
    if column.name == "weekly_by" and value is not None:
        if fold(str(value)) not in _WEEK:
            detail = {"known": "、".join(WEEKDAYS), "known_en": ", ".join(WEEKDAYS.values())}
            raise ValueProblem("campaign_weekday", value=value, detail=detail)
        return _WEEK[fold(str(value))]
    if column.name == "monthly_by" and isinstance(value, int) and value > LAST_MONTH_DAY:
        raise ValueProblem("campaign_month_day", value=value)
    return value


# What must go together ----------------------------------------------------------------------------


def _compare(reading: _Reading) -> None:
    campaign = reading.sheets["campaign"].rows
    for row in campaign[1:]:
        reading.object_to("campaign", row.number, "id", "campaign_second_row",
                          value=row.values["id"])  # fmt: skip
    _compare_phases(reading)
    _compare_documents(reading, set(campaign[0].values.get("units", ())))


def _compare_phases(reading: _Reading) -> None:
    """Object to phases that end before they begin, overlap, or are extended backwards."""
    end: dt.date | None = None
    for row in reading.sheets["phases"].rows:
        since, until = row.values["since"], row.values["until"]
        if end is not None and since <= end:
            reading.object_to("phases", row.number, "since", "campaign_phase_overlaps",
                              value=since, end=end)  # fmt: skip
        if until < since:
            reading.object_to("phases", row.number, "until", "campaign_phase_backwards",
                              value=until, since=since)  # fmt: skip
        end = until if end is None else max(end, until)
    extensions = reading.sheets.get("extensions", _Sheet()).rows
    for row in sorted(extensions, key=lambda one: one.values["decided"]):
        until = row.values["until"]
        if end is not None and until <= end:
            reading.object_to("extensions", row.number, "until", "campaign_extension_early",
                              value=until, end=end)  # fmt: skip
        end = until if end is None else max(end, until)


def _compare_documents(reading: _Reading, units: set[str]) -> None:
    """Object to what is owed twice, by or from whom nobody knows; titles become codes."""
    owed: dict[str, str] = {}
    for row in reading.sheets.get("documents", _Sheet()).rows:
        code, title = row.values["code"], row.values["title"]
        if code in owed.values():
            reading.object_to("documents", row.number, "code", "campaign_document_twice",
                              value=code)  # fmt: skip
        owed |= {code: code}
        owed.setdefault(title, code)
        strangers = [unit for unit in row.values.get("units", ()) if unit not in units]
        if strangers:
            reading.object_to("documents", row.number, "units", "campaign_unknown_unit",
                              value="、".join(strangers))  # fmt: skip
    for row in reading.sheets.get("received", _Sheet()).rows:
        word, unit = row.values["document"], row.values["unit"]
        if word not in owed and not _PERIODIC.fullmatch(word):
            reading.object_to("received", row.number, "document", "campaign_unknown_document",
                              value=word)  # fmt: skip
        if unit not in units:
            reading.object_to("received", row.number, "unit", "campaign_unknown_unit", value=unit)
        row.values["document"] = owed.get(word, word)
