"""The ledgers of hazards, cases and measures as a bureau keeps them: own words, own headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from xunge.demo.books import write_book, write_csv
from xunge.demo.county import NAME, rng_of
from xunge.demo.ledgers import page
from xunge.demo.mess import date_cell, word
from xunge.demo.names import pick

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np

    Columns = tuple[tuple[str, str], ...]

FILES = {
    "hazards": "隐患台账.xlsx", "cases": "案件台账.xlsx", "penalties": "行政处罚台账.xlsx",
    "seizures": "查封扣押台账.csv", "handovers": "移送台账.csv",
    "listings": "挂牌督办与黑名单台账.xlsx", "remedies": "听证复议诉讼台账.csv",
    "closures": "关闭清单.xlsx", "restarts": "复工复产验收台账.csv",
    "rewards": "举报奖励台账.csv", "accidents": "事故台账.csv",
}  # fmt: skip
"""Name of the file of each register."""

# Each column: where the value comes from, and the header.
_COLUMNS: dict[str, Columns] = {
    "hazards": (
        ("id", "隐患编号"), ("object", "企业编号"), ("object_name", "隐患单位名称"),
        ("visit", "检查编号"), ("found", "发现日期"), ("description", "存在问题"),
        ("types", "隐患类别"), ("grade", "隐患级别"), ("mode", "整改方式"), ("source", "隐患来源"),
        ("order", "整改文书编号"), ("deadline", "整改期限"), ("responsible", "整改责任人"),
        ("rectified", "整改完成日期"), ("cancelled", "销号日期"), ("department", "监管部门"),
        ("state", "整改状态"),
    ),
    "cases": (
        ("id", "案号"), ("object", "当事人编号"), ("object_name", "当事人"), ("filed", "立案日期"),
        ("kind", "案件类型"), ("procedure", "适用程序"), ("behaviours", "违法行为"),
        ("department", "承办部门"), ("visit", "来源检查编号"), ("decided", "决定日期"),
        ("concluded", "结案日期"), ("outcome", "处理结果"), ("state", "案件状态"),
    ),
    "penalties": (
        ("id", "处罚决定书文号"), ("case", "案号"), ("object", "对象编号"),
        ("object_name", "被处罚当事人"), ("decided", "处罚日期"), ("kind", "处罚种类"),
        ("amount", "罚没金额（元）"), ("collected", "收缴金额（元）"), ("collected_on", "收缴日期"),
        ("persons", "拘留人数"), ("procedure", "处罚程序"), ("department", "处罚机关"),
        ("state", "收缴状态"),
    ),
    "seizures": (
        ("id", "决定书文号"), ("case", "案号"), ("object", "点位编号"), ("on", "查扣日期"),
        ("kind", "措施种类"), ("goods", "物品名称"), ("amount_text", "数量"), ("unit", "计量单位"),
        ("storage", "存放地点"), ("until", "到期日期"), ("extended", "延期批准日期"),
        ("lifted", "解除日期"), ("disposal", "处理情况"), ("department", "实施部门"),
        ("state", "查扣状态"),
    ),
    "handovers": (
        ("id", "移送书文号"), ("case", "案号"), ("sent", "移送日期"), ("sender", "移送部门"),
        ("receiver", "接收部门"), ("kind", "移送类别"), ("receipt", "回执日期"),
        ("early_intervention", "提前介入日期"), ("accepted", "受理日期"), ("persons", "涉案人数"),
        ("detained", "刑拘人数"), ("concluded", "办结日期"), ("outcome", "移送结果"),
        ("state", "移送状态"),
    ),
    "listings": (
        ("id", "列名编号"), ("object", "企业编号"), ("object_name", "督办对象名称"),
        ("kind", "列名类别"), ("level", "督办级别"), ("reason", "列名事由"), ("start", "列名日期"),
        ("until", "截止日期"), ("published", "公布日期"), ("extension_asked", "申请延期日期"),
        ("removed", "摘牌移出日期"), ("consequences", "惩戒措施"), ("department", "督办部门"),
        ("state", "列名状态"),
    ),
    "remedies": (
        ("id", "救济编号"), ("case", "案号"), ("object", "当事人编号"), ("kind", "救济类别"),
        ("filed", "提起日期"), ("stage", "所处阶段"), ("concluded", "办结日期"),
        ("outcome", "救济结果"), ("amount", "申请执行金额（元）"), ("department", "应诉部门"),
        ("state", "救济状态"),
    ),
    "closures": (
        ("site", "点位编号"), ("object_name", "点位名称"), ("item", "关闭事项"),
        ("done", "落实日期"), ("proof", "佐证材料"), ("published", "公布日期"),
        ("department", "责任部门"),
    ),
    "restarts": (
        ("object", "企业编号"), ("applied", "复产申请日期"), ("examined", "验收日期"),
        ("items", "验收合格项目"), ("signer", "验收签字人"), ("outcome", "验收结论"),
        ("restarted", "复产日期"), ("department", "验收部门"), ("state", "复产状态"),
    ),
    "rewards": (
        ("id", "奖励编号"), ("report", "举报编号"), ("amount", "奖励金额（元）"),
        ("on", "发放日期"), ("reporter", "领奖人"), ("account", "银行账号"),
    ),
    "accidents": (
        ("id", "事故编号"), ("object", "事故单位编号"), ("object_name", "事故单位名称"),
        ("on", "发生日期"), ("deaths", "死亡人数"), ("injured", "受伤人数"),
        ("illegal", "是否非法违法"), ("concealed", "是否瞒报"), ("description", "简要经过"),
        ("department", "牵头部门"),
    ),
}  # fmt: skip
_CODES = {
    "hazards": {"grade": "hazard_grade", "mode": "hazard_mode", "source": "hazard_source",
                "state": "hazard_state"},
    "cases": {"kind": "case_kind", "procedure": "procedure", "outcome": "case_outcome",
              "state": "case_state"},
    "penalties": {"kind": "penalty_kind", "procedure": "procedure", "state": "penalty_state"},
    "seizures": {"kind": "seizure_kind", "state": "seizure_state"},
    "handovers": {"kind": "handover_kind", "outcome": "handover_outcome",
                  "state": "handover_state"},
    "listings": {"kind": "listing_kind", "state": "listing_state"},
    "remedies": {"kind": "remedy_kind", "outcome": "remedy_outcome", "state": "remedy_state"},
    "closures": {"item": "closure_item"},
    "restarts": {"outcome": "restart_outcome", "state": "restart_state"},
}  # fmt: skip
_DATES = (
    "found", "deadline", "rectified", "cancelled", "filed", "decided", "concluded", "collected_on",
    "on", "until", "extended", "lifted", "sent", "receipt", "early_intervention", "accepted",
    "start", "published", "extension_asked", "removed", "done", "applied", "examined", "restarted",
)  # fmt: skip
_REFERRING = ("visit", "order", "report")
_BROKEN: dict[str, dict[str, tuple[str, ...]]] = {
    "hazards": {"found": ("2025-02-30", "去年底")},
    "penalties": {"decided": ("2026年6月31日",), "amount": ("详见决定书",)},
}
_BROKEN_EACH = 3
_TITLES = {"hazards": "隐患排查治理台账", "cases": "行政执法案件台账", "penalties": "行政处罚台账",
           "listings": "挂牌督办与黑名单台账", "closures": "非法点关闭清单"}  # fmt: skip


def write_records(
    folder: Path, measures: Mapping[str, pd.DataFrame], called: Mapping[str, str], lost: set[str],
    today: dt.date, *, seed: int,
) -> None:  # fmt: skip
    """Write the ledgers of all measures, one file each.

    Parameters
    ----------
    called
        Name of every object by its id.
    lost
        Ids of visits, orders and reports whose own rows cannot be read; nothing refers to them.
    """
    for name, file in FILES.items():
        rng = rng_of(seed, f"{name} ledger")
        rows = _messy(name, measures[name], called, lost, today, rng=rng)
        if file.endswith(".csv"):
            _write_csv(folder / file, name, rows)
        else:
            _write_book(folder / file, name, rows, rng=rng)


def _messy(
    name: str, rows: pd.DataFrame, called: Mapping[str, str], lost: set[str], today: dt.date,
    *, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    if rows.empty:
        return pd.DataFrame(columns=[source for source, _ in _COLUMNS[name]], dtype=object)
    out = pd.DataFrame(
        {source: rows.get(source)
         for source, _ in (*_COLUMNS[name], ("object", ""))},
        dtype=object,
    )  # fmt: skip
    out = out.astype(object).where(out.notna(), None)
    if name == "rewards":
        out = out[~out["report"].isin(lost)].reset_index(drop=True)
    out["object_name"] = [called.get(object_) for object_ in out["object"]]
    for column in _REFERRING:
        if column in out:
            out[column] = [None if cell in lost else cell for cell in out[column]]
    if name == "seizures":
        _write_quantities(out, rows, rng=rng)
    _break(out, name, rows, today, rng=rng)
    for column in [source for source, _ in _COLUMNS[name]]:
        out[column] = _column(column, out[column].tolist(), name, rng=rng)
    return out


def _column(
    column: str, cells: list[Any], name: str, *, rng: np.random.Generator
) -> pd.Series[Any]:
    """Write codes by their words, days in several ways, truth as 是 and 否."""
    table = _CODES.get(name, {}).get(column)
    if table:
        cells = [cell and word(table, cell, rng=rng, plain=0.85) for cell in cells]
    elif column in _DATES:
        cells = [
            cell if isinstance(cell, str) else date_cell(cell, rng=rng, plain=0.9) for cell in cells
        ]
    else:
        cells = [{True: "是", False: "否"}[c] if isinstance(c, bool) else c for c in cells]
    return pd.Series(cells, dtype=object)


def _write_quantities(out: pd.DataFrame, rows: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Write how much was seized in one of three ways: by columns, with unit, within the goods."""
    for place, row in enumerate(rows.to_dict("records")):
        about = "余" if row["at_least"] else ""
        text = f"{row['quantity']}{about}{row['unit']}"
        way = int(rng.integers(3))
        if way == 0 and not about:
            out.at[place, "amount_text"] = row["quantity"]
        elif way == 1:
            out.at[place, "amount_text"], out.at[place, "unit"] = text, None
        else:
            out.at[place, "goods"], out.at[place, "unit"] = f"{row['goods']}{text}", None


def _break(
    out: pd.DataFrame, name: str, rows: pd.DataFrame, today: dt.date, *, rng: np.random.Generator
) -> None:
    """Make a few old rows unreadable; they are set aside and waited for."""
    first = "found" if name == "hazards" else "decided"
    for column, texts in _BROKEN.get(name, {}).items():
        old = [place for place, day in enumerate(rows[first]) if (today - day).days > 200]
        for place in rng.permutation(old)[:_BROKEN_EACH]:
            out.at[int(place), column] = pick(texts, rng=rng)


def _write_csv(path: Path, name: str, rows: pd.DataFrame) -> None:
    columns = _COLUMNS[name]
    cells = rows[[source for source, _ in columns]].to_numpy().tolist()
    write_csv(path, [header for _, header in columns], cells, encoding="gb18030")


def _write_book(path: Path, name: str, rows: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Write a workbook; the older half of the fines counts in 万元 on a sheet of its own."""
    title = f"{NAME}{_TITLES[name]}"
    if name != "penalties":
        write_book(path, [page(_TITLES[name], _COLUMNS[name], rows, title, blanks=2, rng=rng)])
        return
    half = len(rows) // 2
    older, newer = rows[:half].copy(), rows[half:]
    for column in ("amount", "collected"):
        older[column] = [
            cell / 10_000 if isinstance(cell, float) else cell for cell in older[column]
        ]
    in_wan = tuple((source, header.replace("元", "万元")) for source, header in _COLUMNS[name])
    write_book(
        path,
        [page("上一期", in_wan, older, title, blanks=1, rng=rng),
         page("本期", _COLUMNS[name], newer, title, blanks=1, rng=rng)],
    )  # fmt: skip
