"""Columns and rows of the workbooks: what each sheet says, in which order, under which header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.schema import SITES
from maps.excel import BookColumn

if TYPE_CHECKING:
    import datetime as dt

PLAN_COLUMNS = (
    BookColumn(name="date", title="日期", en="Date", width=11.5, kind="date"),
    BookColumn(name="weekday", title="星期", en="Day", width=6),
    BookColumn(name="team", title="检查小组", en="Team", width=11),
    BookColumn(name="vehicle", title="车辆", en="Vehicle", width=11, kind="id"),
    BookColumn(name="crew", title="人员（组长在前）", en="Crew (leader first)", width=24),
    BookColumn(name="order", title="顺序", en="Stop", width=6, kind="integer"),
    BookColumn(name="arrive", title="到达", en="Arrive", width=7, kind="time"),
    BookColumn(name="leave", title="离开", en="Leave", width=7, kind="time"),
    BookColumn(name="visit", title="检查编号", en="Visit id", width=15, kind="id"),
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=32),
    BookColumn(name="kind", title="检查方式", en="Kind of visit", width=10),
    BookColumn(name="address", title="地址", en="Address", width=34),
    BookColumn(name="town", title="乡镇街道", en="Town", width=12),
    BookColumn(name="due", title="期限", en="Due", width=11.5, kind="date"),
    BookColumn(name="meets", title="会合", en="Meeting", width=30),
    BookColumn(name="zones", title="重点区域", en="Priority zones", width=30),
    BookColumn(name="why", title="依据", en="Why", width=42),
)
TEAM_COLUMNS = (
    BookColumn(name="date", title="日期", en="Date", width=11.5, kind="date"),
    BookColumn(name="weekday", title="星期", en="Day", width=6),
    BookColumn(name="team", title="检查小组", en="Team", width=11),
    BookColumn(name="vehicle", title="车辆", en="Vehicle", width=11, kind="id"),
    BookColumn(name="crew", title="人员（组长在前）", en="Crew (leader first)", width=30),
    BookColumn(name="visits", title="家次", en="Visits", width=7, kind="integer"),
    BookColumn(name="metres", title="行车（公里）", en="Driving (km)", width=12, kind="km"),
    BookColumn(name="driving", title="行车（小时）", en="Driving (h)", width=12, kind="hours"),
    BookColumn(name="depart", title="出发", en="Out", width=7, kind="time"),
    BookColumn(name="back", title="返回", en="Back", width=7, kind="time"),
    BookColumn(name="on_duty", title="全程（小时）", en="On duty (h)", width=12, kind="hours"),
)
LEFT_COLUMNS = (
    BookColumn(name="visit", title="检查编号", en="Visit id", width=15, kind="id"),
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=34),
    BookColumn(name="kind", title="检查方式", en="Kind of visit", width=10),
    BookColumn(name="due", title="期限", en="Due", width=11.5, kind="date"),
    BookColumn(name="reason", title="未安排原因", en="Why left out", width=52),
    BookColumn(name="relief", title="怎样可以安排", en="What would help", width=44),
)
ZONE_COLUMNS = (
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=32),
    BookColumn(name="kind", title="类别", en="What", width=9),
    BookColumn(name="industry", title="行业", en="Industry", width=12),
    BookColumn(name="town", title="乡镇街道", en="Town", width=12),
    BookColumn(name="zones", title="重点区域", en="Priority zones", width=44),
    BookColumn(
        name="grade_weight", title="等级权数", en="Weight of grade", width=9, kind="integer"
    ),
    BookColumn(name="factor", title="区域倍数", en="Factor of zone", width=9, kind="integer"),
    BookColumn(name="weight", title="抽查权数", en="Weight", width=9, kind="integer"),
    BookColumn(name="source", title="依据", en="Source", width=60),
)
DUE_COLUMNS = (
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=34),
    BookColumn(name="kind", title="事项", en="Item", width=10),
    BookColumn(name="base", title="起算日期", en="Counted from", width=11.5, kind="date"),
    BookColumn(name="due", title="期限", en="Due", width=11.5, kind="date"),
    BookColumn(name="overdue_days", title="逾期天数", en="Days overdue", width=9, kind="integer"),
    BookColumn(name="reasons", title="依据", en="Why", width=56),
    BookColumn(name="planned_on", title="本周安排", en="Planned on", width=11.5, kind="date"),
    BookColumn(name="team", title="检查小组", en="Team", width=11),
)
DUTY_COLUMNS = (
    BookColumn(name="kind", title="事项", en="Item", width=14),
    BookColumn(name="name", title="对象", en="Object", width=30),
    BookColumn(name="area", title="乡镇街道", en="Town", width=12),
    BookColumn(name="base", title="起算日期", en="Counted from", width=11.5, kind="date"),
    BookColumn(name="due", title="期限", en="Due", width=11.5, kind="date"),
    BookColumn(name="overdue_days", title="逾期天数", en="Days overdue", width=9, kind="integer"),
    BookColumn(name="reasons", title="依据", en="Why", width=64),
    BookColumn(name="id", title="编号", en="Id", width=40, kind="id"),
)
CONFLICT_COLUMNS = (
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=34),
    BookColumn(name="rule", title="频次下限", en="At least", width=34),
    BookColumn(name="rule_source", title="下限依据", en="Source of the minimum", width=44),
    BookColumn(name="needed", title="本年尚需（次）", en="Still needed", width=9, kind="integer"),
    BookColumn(name="cap", title="上限（次/年）", en="Cap a year", width=9, kind="integer"),
    BookColumn(name="made", title="已计次数", en="Counted", width=9, kind="integer"),
    BookColumn(name="left", title="上限尚余（次）", en="Cap leaves", width=9, kind="integer"),
    BookColumn(name="cap_source", title="上限依据", en="Source of the cap", width=40),
    BookColumn(name="what", title="处理", en="What happens", width=52),
)
PUBLISH_COLUMNS = (
    BookColumn(name="visit", title="检查编号", en="Visit id", width=15, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=34),
    BookColumn(name="visited", title="检查日期", en="Visited", width=11.5, kind="date"),
    BookColumn(name="due", title="公示期限", en="Publish by", width=11.5, kind="date"),
    BookColumn(name="late_days", title="逾期天数", en="Days late", width=9, kind="integer"),
    BookColumn(name="remark", title="说明", en="Remark", width=12),
    BookColumn(name="source", title="依据", en="Rule", width=48),
)
RESULT_COLUMNS = (
    BookColumn(name="visit", title="检查编号", en="Visit id", width=15, kind="id"),
    BookColumn(name="date", title="计划日期", en="Planned day", width=11.5, kind="date"),
    BookColumn(name="team", title="检查小组", en="Team", width=11),
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=30),
    BookColumn(name="kind", title="检查方式", en="Kind of visit", width=10),
    BookColumn(name="done", title="是否完成", en="Done", width=9),
    BookColumn(name="done_on", title="实际日期", en="Day done", width=11.5, kind="date"),
    BookColumn(name="result", title="检查结果", en="Result", width=15),
    BookColumn(name="findings", title="隐患数", en="Hazards", width=7.5, kind="integer"),
    BookColumn(
        name="serious_findings", title="重大隐患数", en="Major hazards", width=10.5, kind="integer"
    ),
    BookColumn(name="deadline", title="整改期限", en="Deadline", width=11.5, kind="date"),
    BookColumn(name="hazard", title="隐患内容", en="What is wrong", width=36),
    BookColumn(name="outcome", title="复查结果", en="Re-inspection", width=11),
    BookColumn(name="closed", title="是否关闭取缔", en="Closed down", width=12.5),
    BookColumn(name="not_done_reason", title="未完成原因", en="Why not done", width=18),
    BookColumn(name="note", title="备注", en="Note", width=22),
)
RESULT_HEADERS = {column.name: column.title for column in RESULT_COLUMNS}
"""Name of a column of the results template -> its Chinese header, in order."""
PREFILLED = ("visit", "date", "team", "object", "name", "kind")
"""Columns of the template that are filled in already; the rest is for the inspectors."""
RESULT_HEADERS_EN = {column.name: column.en for column in RESULT_COLUMNS}
"""The same in English."""
SITE_HEADERS = {column.name: column.title for column in SITES}
"""Name of a column of the sheet of new sites -> its Chinese header, in order."""
NOT_DONE_REASONS = (
    "停产歇业",
    "无人在场",
    "找不到地点",
    "时间不够",
    "天气或道路",
    "车辆故障",
    "人员调配",
    "其他",
)
NOT_DONE_REASONS_EN = (
    "Closed for the time being",
    "Nobody there",
    "Place not found",
    "Not enough time",
    "Weather or road",
    "Car broken down",
    "Crew needed elsewhere",
    "Other",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One planned stop; ``kind`` is a code, ``arrive`` and ``leave`` are seconds since midnight."""

    date: dt.date
    team: str
    vehicle: str
    crew: str
    order: int
    arrive: int
    leave: int
    visit: str
    object: str
    name: str
    kind: str
    address: str = ""
    town: str = ""
    due: dt.date | None = None
    why: str = ""
    meets: str = ""
    zones: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """One team-day: metres and seconds of driving, clock times in seconds since midnight."""

    date: dt.date
    team: str
    vehicle: str
    crew: str
    visits: int
    metres: int
    driving: int
    depart: int
    back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftRow:
    """A visit that is not in the plan: why, and what would make room for it (sentences)."""

    visit: str
    object: str
    name: str
    kind: str
    reason: str
    relief: str = ""
    due: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRow:
    """An object in priority zones; all in words, weights None for what is not drawn."""

    object: str
    name: str
    kind: str
    industry: str
    town: str
    zones: str
    grade_weight: int | None
    factor: int | None
    weight: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """A due item; ``kind`` is a code of ``visit_kind``, ``planned_on`` None when not this week.

    ``overdue_days`` count from the first date that was missed, which may lie before ``due``.
    """

    object: str
    name: str
    kind: str
    base: dt.date
    due: dt.date
    reasons: str
    overdue_days: int = 0
    planned_on: dt.date | None = None
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """Something due that no visit is made for: at the desk, or by an area itself; in words."""

    id: str
    kind: str
    name: str
    area: str
    base: dt.date
    due: dt.date
    reasons: str
    overdue_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    """A frequency floor that asks for more visits this year than the cap leaves; all in words."""

    object: str
    name: str
    rule: str
    rule_source: str
    needed: int
    cap: int
    made: int
    left: int
    cap_source: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRow:
    """A result that is not public yet: it needs no visit, only a publication."""

    visit: str
    name: str
    visited: dt.date
    due: dt.date
    late_days: int
    remark: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One planned stop in the template; ``kind`` is a code of ``visit_kind``."""

    visit: str
    date: dt.date
    team: str
    object: str
    name: str
    kind: str
