"""The workbook of suggested measures: what is suggested, alerts about areas, and the records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maps.excel import ALARM, Book, BookColumn
from maps.messages import sentence
from maps.workbooks import NOTES_SHEET, sheet_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SHEETS = {
    "measures": ("建议措施", "Measures"), "alerts": ("区域提示", "Alerts"),
    "records": ("依据记录", "Records"),
}  # fmt: skip
_SINCE = BookColumn(name="since", title="自", en="Since", width=11.5, kind="date")
_SAID = (
    BookColumn(name="measure", title="建议措施", en="Suggested measure", width=24),
    BookColumn(name="rule", title="规则", en="Rule", width=34),
    BookColumn(name="source", title="出处", en="Source", width=38),
    BookColumn(name="status", title="核对情况", en="Verified", width=18),
)
MEASURE_COLUMNS = (
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=30),
    BookColumn(name="kind", title="类别", en="What", width=8),
    BookColumn(name="town", title="乡镇街道", en="Town", width=12),
    *_SAID, _SINCE,
    BookColumn(name="evidence", title="依据", en="Evidence", width=40),
)  # fmt: skip
ALERT_COLUMNS = (
    BookColumn(name="name", title="区域", en="Area", width=16),
    *_SAID, _SINCE,
    BookColumn(name="evidence", title="依据", en="Evidence", width=60),
)  # fmt: skip
RECORD_COLUMNS = (
    BookColumn(name="object", title="对象或区域", en="Object or area", width=14, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=30),
    BookColumn(name="rule", title="规则", en="Rule", width=34),
    BookColumn(name="register", title="台账", en="Ledger", width=16),
    BookColumn(name="id", title="记录编号", en="Record", width=20, kind="id"),
    BookColumn(name="on", title="日期", en="Day", width=11.5, kind="date"),
    BookColumn(name="subject", title="涉及", en="About", width=28),
    BookColumn(name="source", title="来源", en="From", width=40),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """A suggestion in words; ``urgent`` ones are shown in red."""

    object: str
    name: str
    kind: str
    town: str
    measure: str
    rule: str
    source: str
    status: str
    since: dt.date | None
    evidence: str
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record on which a suggestion stands, in words."""

    object: str
    name: str
    rule: str
    register: str
    id: str
    on: dt.date
    subject: str
    source: str


def measures_workbook(
    path: Path,
    *,
    measures: Sequence[MeasureRow],
    alerts: Sequence[MeasureRow],
    evidence: Sequence[RecordRow],
    notes: Sequence[str],
    lang: str = "zh",
) -> Path:
    """Write measures, alerts where there are any, their records and a page of notes, in order."""
    names = measure_sheets(lang)
    red: Mapping[str, object] = {"font_color": ALARM, "bold": True}
    with Book(path, title=names["measures"], lang=lang) as book:
        looks = [{"measure": red} if row.urgent else {} for row in measures]
        book.table(names["measures"], MEASURE_COLUMNS, measures, looks=looks)
        if alerts:
            looks = [{"name": red, "measure": red}] * len(alerts)
            book.table(names["alerts"], ALERT_COLUMNS, alerts, looks=looks)
        book.table(names["records"], RECORD_COLUMNS, evidence)
        more = sentence("measures_note_sheets", lang=lang, records=names["records"])
        book.notes(sheet_name(NOTES_SHEET, lang=lang), [*notes, more])
    return path


def measure_sheets(lang: str) -> dict[str, str]:
    """Return the names of the sheets in *lang*."""
    return {key: names[lang == "en"] for key, names in _SHEETS.items()}
