"""The files of the example county: which columns each ledger has, and under which headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from xunge.demo import names
from xunge.demo.books import Page, write_book, write_csv
from xunge.demo.county import CODE, NAME, County

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from xunge.demo.people import Staff

    Columns = Sequence[tuple[str, str]]

# Each column: where the value comes from, and the header; a group of a merged header before "/".
_KEY_FIRMS: Columns = (
    ("serial", "序号"), ("id", "编号"), ("name", "企业名称（必填）"),
    ("credit_code", "统一社会信用代码"), ("industry_text", "行业类别"), ("address", "详细地址"),
    ("lon", "经度"), ("lat", "纬度"), ("lonlat", "坐标"), ("datum", "坐标系"),
    ("risk_text", "风险等级"), ("class_text", "监管类别"), ("department", "监管部门"),
    ("parent", "所在厂区编号"), ("opening_hours", "营业时间"), ("status_text", "经营状态"),
    ("contact", "主要负责人"), ("phone", "联系电话"), ("employees", "从业人数\n（人）"),
    ("grid", "网格编号"), ("standing_text", "信用状况"), ("listed", "列入日期"),
)  # fmt: skip
_OTHER_FIRMS: Columns = (
    ("serial", "序号"), ("id", "编号"), ("name", "单位名称"), ("credit_code", "信用代码"),
    ("industry_text", "所属行业"), ("town", "所属乡镇"), ("village", "村（社区）"),
    ("address", "生产经营地址"), ("lon", "东经"), ("lat", "北纬"), ("lonlat", "经纬度"),
    ("datum", "坐标系统"), ("risk_text", "安全风险等级"), ("class_text", "企业类别"),
    ("department", "主管部门"), ("parent", "厂中厂主厂编号"), ("opening_hours", "经营时间"),
    ("status_text", "状态"), ("contact", "负责人"), ("phone", "手机号"), ("employees", "职工人数"),
    ("standing_text", "失信情况"), ("listed", "列入时间"),
)  # fmt: skip
_SITES: Columns = (
    ("serial", "序号"), ("id", "编号"), ("name", "窝点名称"), ("behaviour", "违法行为"),
    ("industry_text", "行业"), ("status_text", "状态"),
    ("discovered", "时间/发现日期"), ("closed", "时间/关闭日期"),
    ("last_seen", "时间/最后发现日期"),
    ("town", "位置信息/乡镇街道"), ("village", "位置信息/村社区"), ("address", "位置信息/详细地址"),
    ("lon", "位置信息/经度"), ("lat", "位置信息/纬度"), ("lonlat", "位置信息/坐标"),
    ("datum", "位置信息/坐标系"), ("departments", "涉及部门"), ("plate", "车牌号"),
    ("enterprise", "关联企业编号"), ("person", "当事人"), ("description", "情况说明"),
)  # fmt: skip
_INSPECTORS: Columns = (
    ("id", "编号"), ("name", "姓名"), ("department", "所属部门"), ("role", "人员类别"),
    ("certificate", "执法证号"), ("certificate_expiry", "有效期至"), ("specialities", "专业特长"),
    ("leave", "请假日期"), ("avoid", "回避对象"), ("station", "驻地编号"), ("phone", "联系电话"),
)  # fmt: skip
_EXPERTS: Columns = (
    ("id", "专家编号"), ("name", "姓名"), ("domains", "专业领域"), ("employer", "工作单位"),
    ("leave", "不可用日期"), ("avoid", "回避对象"), ("phone", "联系电话"),
)  # fmt: skip
_VISITS: Columns = (
    ("id", "检查编号"), ("date", "检查日期"), ("object", "被检查单位编号"),
    ("object_name", "被检查单位"), ("kind_text", "检查方式"), ("inspectors", "检查人员"),
    ("departments", "参与部门"), ("experts", "参与专家"), ("findings", "发现隐患数"),
    ("serious_findings", "重大隐患数"), ("result_text", "检查结果"), ("note", "备注"),
)  # fmt: skip
_ORDERS: Columns = (
    ("id", "文书编号"), ("object", "对象编号"), ("object_name", "被责令单位"),
    ("visit", "来源检查编号"), ("kind_text", "文书种类"), ("issued", "下达日期"),
    ("deadline", "整改期限"), ("requested", "申请复查日期"), ("reviewed", "复查日期"),
    ("outcome_text", "复查意见"), ("hazard", "隐患描述"),
)  # fmt: skip
_REPORTS: Columns = (
    ("id", "举报编号"), ("received", "受理日期"), ("class_text", "举报类别"),
    ("object", "对象编号"),
    ("town", "乡镇街道"), ("village", "村社区"), ("address", "地址"), ("verified", "核查日期"),
    ("outcome_text", "核查结果"), ("content", "举报内容"), ("departments", "涉及部门"),
    ("night", "夜间"), ("reporter", "举报人"),
)  # fmt: skip
_AREAS: Columns = (
    ("code", "区划代码"), ("name", "区划名称"), ("level", "级别"), ("parent", "上级代码"),
    ("lon", "经度"), ("lat", "纬度"), ("datum", "坐标系"), ("owner", "网格责任人"),
)  # fmt: skip
_GRIDS: Columns = (
    ("id", "网格编号"), ("name", "网格名称"), ("town", "所属乡镇"), ("villages", "村（社区）"),
    ("worker", "网格员"), ("phone", "联系电话"), ("unit", "责任单位"),
)  # fmt: skip
_DEPARTMENTS: Columns = (
    ("id", "编号"), ("name", "部门名称"), ("short_name", "简称"), ("may_inspect", "有检查权"),
    ("contact", "联系人"), ("phone", "联系电话"),
)  # fmt: skip
_VEHICLES: Columns = (
    ("id", "编号"), ("plate", "车牌号"), ("seats", "座位数"), ("station", "驻地编号"),
    ("unavailable", "不可用日期"), ("department", "所属部门"),
)  # fmt: skip
_STATIONS: Columns = (
    ("id", "编号"), ("name", "驻地名称"), ("address", "地址"), ("lon", "经度"), ("lat", "纬度"),
    ("datum", "坐标系"), ("town", "乡镇街道"),
)  # fmt: skip
TRUTH = ("id", "lon", "lat", "town", "village", "village_known", "datum", "corruption", "industry",
         "propensity")  # fmt: skip


def write_enterprises(
    path: Path, firms: pd.DataFrame, today: dt.date, *, rng: np.random.Generator
) -> None:
    """Write the ledger of enterprises: one sheet for the key ones, one for the others."""
    key = firms["enterprise_class"] == "key"
    filled = f"填报单位：{NAME}应急管理局　　填报日期：{today.year}年{today.month}月{today.day}日"
    first = firms[key].assign(serial=range(1, int(key.sum()) + 1))
    first["grid"] = [f"W{code[6:]}" for code in first["village_code"]]
    second = firms[~key].assign(serial=range(1, int((~key).sum()) + 1))
    write_book(
        path,
        [
            page("重点监管企业", _KEY_FIRMS, first, f"{NAME}重点监管企业台账", filled,
                  blanks=2, rng=rng),
            page("其他监管对象", _OTHER_FIRMS, second, f"{NAME}安全生产监管对象台账",
                  blanks=7, rng=rng),
        ],
    )  # fmt: skip


def write_sites(path: Path, sites: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Write the ledger of illegal sites with its two-row merged header."""
    frame = sites.assign(serial=range(1, len(sites) + 1))
    title = f"{NAME}打非治违非法点（窝点）台账"
    write_book(path, [page("非法点", _SITES, frame, title, blanks=1, rng=rng)])


def write_visits(path: Path, visits: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Write the record of visits, one sheet a year."""
    pages = []
    for year, rows in visits.groupby("year", sort=True):
        title = f"{NAME}{year}年安全生产执法检查记录"
        pages.append(page(f"{year}年", _VISITS, rows, title, blanks=3, rng=rng))
    write_book(path, pages)


def write_orders(path: Path, orders: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Write the ledger of orders; below it stands who filled it in."""
    sheet = page("责令整改", _ORDERS, orders, f"{NAME}责令整改及复查台账", blanks=2, rng=rng)
    sheet.rows.extend([[], ["填表人：", "李某某", None, "审核人：王某某"]])
    write_book(path, [sheet])


def write_people(folder: Path, staff: Staff, county: County, *, rng: np.random.Generator) -> None:
    """Write the registers of people, means and areas."""
    inspectors = page("名录", _INSPECTORS, staff.inspectors, f"{NAME}行政执法人员名录", rng=rng)
    write_book(folder / "执法人员名录.xlsx", [inspectors])
    experts = page("专家", _EXPERTS, staff.experts, f"{NAME}安全生产专家库名录", rng=rng)
    write_book(folder / "专家名录.xlsx", [experts])
    may = ["是" if flag else "否" for flag in staff.departments["may_inspect"]]
    departments = staff.departments.assign(may_inspect=may)
    _csv(folder / "部门名录.csv", _DEPARTMENTS, departments, encoding="utf-8-sig")
    _csv(folder / "车辆台账.csv", _VEHICLES, staff.vehicles, encoding="gb18030")
    _csv(folder / "驻地台账.csv", _STATIONS, staff.stations, encoding="utf-8")
    _csv(folder / "区域名录.csv", _AREAS, _areas(county, rng=rng), encoding="utf-8-sig")


def write_grids(path: Path, grids: pd.DataFrame) -> None:
    """Write the register of grids."""
    _csv(path, _GRIDS, grids, encoding="gb18030")


def write_reports(path: Path, reports: pd.DataFrame) -> None:
    """Write the ledger of reports by the public."""
    _csv(path, _REPORTS, reports, encoding="gb18030")


def write_truth(path: Path, firms: pd.DataFrame, sites: pd.DataFrame) -> None:
    """Write the true points and what was done to each row; no step of the pipeline reads it."""
    columns = {"town_code": "town", "village_code": "village", "known": "village_known",
               "datum_used": "datum"}  # fmt: skip
    written = ["town", "village", "lon", "lat", "datum"]  # what the ledgers say
    both = pd.concat([firms, sites]).drop(columns=written).rename(columns=columns)
    both["corruption"] = ["|".join(kinds) for kinds in both["kinds"]]
    both["village_known"] = both["village_known"].map({True: 1, False: 0})
    both["lon"] = [f"{lon:.6f}" for lon in both["true_lon"]]
    both["lat"] = [f"{lat:.6f}" for lat in both["true_lat"]]
    rows = both[list(TRUTH)].astype(object).to_numpy().tolist()
    write_csv(path, TRUTH, rows, encoding="utf-8")


def settings_text() -> str:
    """Return the settings of the example bureau (``xunge.toml``)."""
    return (
        "# Settings of the example county; everything else is as shipped.\n"
        "[bureau]\n"
        f'name = "{NAME}应急管理局"\n'
        f'home = "{CODE}"\n'
        'lead_department = "应急管理局"\n\n'
        "[plan]\n"
        "teams = 4\n"
        "# Two visits a week to which an expert comes by himself.\n"
        "expert_visits = 2\n\n"
        "[plan.night]\n"
        "# One night round a week, two patrols and what is reported of the night.\n"
        'days = "wed"\n'
        "patrols = 2\n\n"
        "[draw]\n"
        "weekly_visits = 60\n\n"
        "[rewards]\n"
        "# The county pays 500 to 10,000 yuan for a true report.\n"
        'use = "miluo"\n'
    )


def _areas(county: County, *, rng: np.random.Generator) -> pd.DataFrame:
    towns = county.towns.assign(level="乡镇", parent=CODE, known=True)
    villages = county.villages.assign(level="村社区", parent=county.villages["town"])
    frame = pd.concat([towns, villages], ignore_index=True).astype(object)
    frame["datum"] = ["WGS84" if known else None for known in frame["known"]]
    for column in ("lon", "lat"):
        frame[column] = [
            round(float(value), 6) if known else None
            for value, known in zip(frame[column], frame["known"], strict=True)
        ]
    frame["owner"] = [names.person(rng=rng) for _ in range(len(frame))]
    return frame


def page(
    name: str, columns: Columns, frame: pd.DataFrame, *titles: str, blanks: int = 0,
    rng: np.random.Generator,
) -> Page:  # fmt: skip
    """Return a frame as a sheet, with some blank lines strewn in."""
    parts = [header.rpartition("/") for _, header in columns]
    rows = frame[[source for source, _ in columns]].astype(object).to_numpy().tolist()
    for at in sorted(rng.integers(1, max(len(rows), 2), blanks).tolist(), reverse=True):
        rows.insert(at, [])
    return Page(
        name=name, titles=titles, rows=rows,
        header=tuple((group, title) for group, _, title in parts),
    )  # fmt: skip


def _csv(path: Path, columns: Columns, frame: pd.DataFrame, *, encoding: str) -> None:
    rows = frame[[source for source, _ in columns]].astype(object).to_numpy().tolist()
    write_csv(path, [header for _, header in columns], rows, encoding=encoding)
