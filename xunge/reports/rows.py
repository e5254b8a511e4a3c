"""The records behind figures as rows of an appendix: no person, no telephone, no free text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.figures import plain
from layers.quantities import is_bound
from layers.rows import records
from maps.report_parts import RowColumn, RowTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from layers.codes import CodeTable
    from layers.schemes import Schemes

SORTS = ("town", "unit_department", "industry")
"""Columns by which rows are grouped, so that a figure of a table leads to its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of the appendix: where its values come from and how they are told.

    ``table`` is a code table; ``scheme`` tells codes of classification schemes by their titles.
    """

    name: str
    zh: str
    en: str
    width: float = 10
    kind: str = "text"
    table: str = ""


_PLACE = (
    Field(name="subject", zh="对象编号", en="Object", width=11, kind="id"),
    Field(name="name", zh="名称", en="Name", width=26),
    Field(name="town", zh="乡镇", en="Town", width=10, table="@town"),
)
_BY = Field(name="unit_department", zh="部门", en="Department", width=14, table="@department")
_ID = Field(name="id", zh="编号", en="Id", width=14, kind="id")


def _day(name: str, zh: str, en: str) -> Field:
    return Field(name=name, zh=zh, en=en, width=10.5, kind="date")


def _coded(name: str, zh: str, en: str, table: str, width: float = 11) -> Field:
    return Field(name=name, zh=zh, en=en, width=width, table=table)


def _number(name: str, zh: str, en: str, kind: str = "integer") -> Field:
    return Field(name=name, zh=zh, en=en, width=9, kind=kind)


FIELDS: Mapping[str, tuple[Field, ...]] = {
    "visits": (
        _ID, _day("date", "检查日期", "Date"), *_PLACE,
        _coded("industry", "行业", "Industry", "industry"),
        _coded("kind", "检查方式", "Kind", "visit_kind"),
        _coded("result", "检查结果", "Result", "visit_result"),
        _number("findings", "隐患数", "Hazards"), _BY,
    ),
    "hazards": (
        _ID, _day("found", "发现日期", "Found"), *_PLACE,
        _coded("types", "隐患类别", "Kind", "@scheme", 16),
        _coded("serious", "重大", "Serious", "@flag", 6), _day("deadline", "整改期限", "Deadline"),
        _day("rectified", "整改日期", "Rectified"),
        _coded("state", "状态", "State", "@state", 9), _BY,
    ),
    "orders": (
        _ID, _day("issued", "下达日期", "Issued"), *_PLACE,
        _coded("kind", "文书类型", "Kind", "order_kind", 18),
        _day("deadline", "期限", "Deadline"), _day("reviewed", "复查日期", "Reviewed"),
        _coded("outcome", "复查结果", "Outcome", "review_outcome", 9),
        _coded("state", "状态", "State", "@state", 9), _BY,
    ),
    "sites": (
        _ID, _day("discovered", "发现日期", "Discovered"), *_PLACE[1:],
        _coded("behaviour", "违法行为", "Behaviour", "@scheme", 18),
        _day("closed", "关闭日期", "Closed"),
        _coded("status", "状态", "Status", "site_status"), _number("relapses", "复燃", "Relapses"),
    ),
    "closures": (
        Field(name="site", zh="编号", en="Id", width=12, kind="id"),
        _day("closed", "关闭日期", "Closed"), *_PLACE[1:],
        _coded("missing", "未完成项", "Missing items", "@items", 26),
        _coded("full", "关闭到位", "In full", "@flag", 8),
        _day("published", "公布日期", "Published"),
    ),
    "cases": (
        _ID, _day("filed", "立案日期", "Filed"), *_PLACE,
        _coded("kind", "案件类别", "Kind", "@case_kind", 9),
        _coded("procedure", "程序", "Procedure", "@procedure", 8),
        _coded("behaviours", "违法行为", "Behaviour", "@scheme", 18),
        _day("concluded", "结案日期", "Concluded"), _BY,
    ),
    "penalties": (
        _ID, _day("decided", "决定日期", "Decided"), *_PLACE,
        _coded("kind", "种类", "Kind", "@penalty_kind", 9),
        _number("amount", "金额（元）", "Amount (yuan)", "money"),
        _number("collected", "已收缴（元）", "Collected (yuan)", "money"), _BY,
    ),
    "handovers": (
        _ID, _day("sent", "移送日期", "Sent"), *_PLACE,
        _coded("kind", "去向", "Kind", "@handover_kind", 12),
        _coded("receiver", "接收单位", "Receiver", "@department", 16),
        _number("detained", "刑拘（人）", "Detained"), _BY,
    ),
    "listings": (
        _ID, _day("start", "起始日期", "Start"), *_PLACE,
        _coded("kind", "种类", "Kind", "@listing_kind", 10), _day("until", "截止日期", "Until"),
    ),
    "remedies": (
        _ID, _day("filed", "提起日期", "Filed"), *_PLACE,
        _coded("kind", "种类", "Kind", "@remedy_kind", 10),
        _coded("state", "状态", "State", "@state", 9), _BY,
    ),
    "reports": (
        _ID, _day("received", "受理日期", "Received"),
        _coded("town", "乡镇", "Town", "@town", 10),
        _coded("report_class", "类别", "Class", "report_class", 12),
        _day("verified", "核查日期", "Verified"),
        _coded("outcome", "核查结果", "Outcome", "report_outcome", 10),
        _number("rewarded", "奖励（元）", "Reward (yuan)", "money"),
    ),
    "restarts": (
        _ID, _day("applied", "申请日期", "Applied"), *_PLACE,
        _coded("state", "状态", "State", "@state", 12), _day("restarted", "复工日期", "Restarted"),
    ),
    "accidents": (
        _ID, _day("on", "日期", "Date"), *_PLACE, _number("deaths", "死亡", "Deaths"),
        _number("injured", "受伤", "Injured"),
        _coded("illegal", "非法违法所致", "By illegal acts", "@flag", 10),
    ),
    "seizures": (
        _ID, _day("on", "日期", "Date"), *_PLACE, _coded("goods", "物品", "Goods", "", 14),
        _number("quantity", "数量", "Quantity", "money"), _coded("unit", "单位", "Unit", "", 6),
        _BY,
    ),
    "areas": (_ID, Field(name="name", zh="名称", en="Name", width=30)),
    "suggestions": (
        Field(name="id", zh="对象编号", en="Object", width=11, kind="id"),
        _day("since", "自", "Since"), *_PLACE[1:], _coded("measure", "建议措施", "Measure", "", 16),
        _coded("rule", "规则", "Rule", "", 24), _coded("source", "出处", "Source", "", 30),
        _coded("evidence", "依据", "Evidence", "", 36),
    ),
    "alerts": (
        _coded("area", "区域", "Area", "", 12), _day("on", "日期", "Date"),
        _coded("register", "台账", "Ledger", "@register", 12), _ID,
        Field(name="name", zh="涉及", en="About", width=26), _coded("rule", "规则", "Rule", "", 36),
        _coded("source", "出处", "Source", "", 30),
    ),
    "objects": (
        _ID, Field(name="name", zh="名称", en="Name", width=30),
        _coded("town", "乡镇", "Town", "@town", 12),
        _coded("industry", "行业", "Industry", "industry", 12),
        _coded("risk_grade", "风险等级", "Grade", "risk_grade", 10),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How codes are told: code tables, names of towns and departments, schemes."""

    lang: str
    tables: Mapping[str, CodeTable]
    towns: Mapping[str, str]
    departments: Mapping[str, str]
    schemes: Schemes
    words: Mapping[str, Mapping[str, str]]

    def told(self, row: Mapping[str, Any], field: Field) -> Any:  # noqa: ANN401
        """Return one cell of a record; a number that is only a lower bound as words (``30余``)."""
        value = row.get(field.name)
        if field.kind in ("integer", "money") and value and is_bound(row, field.name):
            return f"{plain(value)}余" if self.lang == "zh" else f"at least {plain(value)}"
        return self.cell(value, field)

    def cell(self, value: Any, field: Field) -> Any:  # noqa: ANN401 - cells are of any kind
        """Return one value as the appendix shows it."""
        if value is None or value != value:
            return None
        if field.kind != "text":
            return value
        if isinstance(value, tuple | list):
            return "、".join(str(self._word(one, field.table)) for one in value)
        return self._word(value, field.table)

    def _word(self, value: Any, table: str) -> str:  # noqa: ANN401
        if table == "@town":
            return self.towns.get(value, str(value))
        if table == "@department":
            return self.departments.get(value, str(value))
        if table == "@scheme":
            return f"{value} {self.schemes.title_of(str(value), lang=self.lang)}"
        if table == "@flag":
            return self.words["@flag"]["yes" if value else "no"]
        if table in self.words:
            return self.words[table].get(str(value), str(value))
        if table in self.tables:
            return self.tables[table].title_of(str(value), lang=self.lang)
        return str(value)


def row_table(
    rows: pd.DataFrame, register: str, *, anchor: str, title: str, sort: str, telling: Telling,
    order: Mapping[Any, int],
) -> RowTable:  # fmt: skip
    """Return records as an appendix, grouped by *sort*; each group has a mark ``<anchor>_<n>``.

    Parameters
    ----------
    order
        Number of each group, which its mark carries; missing values have -1.
    """
    fields = FIELDS[register]
    first = fields[1].name if fields[1].kind == "date" else fields[0].name
    places = [order.get(None if v is None or v != v else v, len(order)) for v in rows[sort]]
    keyed = sorted(
        zip(places, records(rows), strict=True),
        key=lambda pair: (pair[0], str(pair[1][first]), str(pair[1].get("id", ""))),
    )
    marks: dict[str, int] = {}
    for at, (place, _) in enumerate(keyed):
        marks.setdefault(f"{anchor}_{place}", at)
    return RowTable(
        anchor=anchor, title=title, marks=marks, group=telling.words["@register"][register],
        columns=tuple(
            RowColumn(
                title=one.en if telling.lang == "en" else one.zh, width=one.width,
                kind=one.kind,  # type: ignore[arg-type]
            )
            for one in fields
        ),
        rows=tuple(tuple(telling.told(row, one) for one in fields) for _, row in keyed),
    )  # fmt: skip
