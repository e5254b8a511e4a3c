"""The slips of a real ledger, put into true rows on purpose and listed for the truth file."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers import codes
from xunge.demo.addresses import Place, ledger_address
from xunge.demo.county import table
from xunge.demo.enterprises import FULL_COUNT
from xunge.demo.names import check_character, pick
from xunge.demo.positions import ledger_positions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray


_EXCEL_EPOCH = dt.date(1899, 12, 30)
_COORDINATE_SHARE = {"major": 0.9, "larger": 0.7, "general": 0.42, "low": 0.34}
_PARK_INDUSTRIES = ("smelting", "chemicals", "machinery")
WRONG_CODES = 12
"""Credit codes of the full county with a wrong check digit."""
_BROKEN_FIRMS = {
    "name": (8, ("",)),
    "industry_text": (6, ("生产类", "待分类", "个体")),
    "risk_text": (5, ("AA", "未评")),
    "lon": (8, ("113.1O49", "见附件", "113.08.5.2")),
    "employees": (6, ("若干", "十来个")),
}
_BAD_DATES = ("2025-02-30", "2026-13-05", "去年底", "2025.6", "2026年6月31日")
_BROKEN_ORDERS: dict[str, tuple[int, tuple[str, ...]]] = {
    "deadline": (7, ("15日内", "立即")),
    "issued": (5, _BAD_DATES),
}
_BROKEN_REPORTS: dict[str, tuple[int, tuple[str, ...]]] = {"received": (2, _BAD_DATES)}
_BROKEN_VISITS = {
    "date": (32, _BAD_DATES),
    "findings": (16, ("若干", "多项")),
    "result_text": (12, ("详见笔录", "已处理")),
    "object": (12, ("",)),
}


def word(table_name: str, code: str, *, rng: np.random.Generator, plain: float = 0.6) -> str:
    """Return a word by which ledgers say *code*: its title, or a Chinese synonym of it."""
    row = next(row for row in codes.TABLES[table_name].rows if row.code == code)
    others = [s for s in row.synonyms if not s.isascii()]
    return row.title if not others or rng.random() < plain else pick(others, rng=rng)


def date_cell(day: object, *, rng: np.random.Generator, plain: float = 0.8) -> object:
    """Return a date as a cell: mostly a real date, else one of the ways in which people type it."""
    if not isinstance(day, dt.date):
        return None
    if rng.random() < plain:
        return day
    styles: list[Callable[[dt.date], object]] = [
        lambda d: (d - _EXCEL_EPOCH).days,
        lambda d: d.isoformat(),
        lambda d: f"{d.year}年{d.month}月{d.day}日",
        lambda d: f"{d.year}.{d.month:02d}.{d.day:02d}",
        lambda d: f"{d.year}/{d.month}/{d.day}",
    ]
    return styles[int(rng.integers(len(styles)))](day)


def _column(cells: Iterable[object]) -> pd.Series[Any]:
    """Return cells of any kind as a column."""
    return pd.Series(list(cells), dtype=object)


def messy_enterprises(
    firms: pd.DataFrame, visited: set[str], *, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the enterprises as the ledger has them, with ``kinds`` and ``datum_used`` beside.

    Rows are broken only where no visit (*visited*) refers to them, and never high-risk ones.
    """
    out = firms.reset_index(drop=True).astype(object)
    _write_places(out, _given(firms, rng=rng), rng=rng)
    out["industry_text"] = [
        pick(table("industries")["industry"][code]["words"], rng=rng) for code in out["industry"]
    ]
    for column, table_name, source in (
        ("risk_text", "risk_grade", "risk_grade"),
        ("class_text", "enterprise_class", "enterprise_class"),
        ("status_text", "operating_status", "operating_status"),
    ):
        out[column] = [word(table_name, code, rng=rng) for code in out[source]]
    shorts = {d["name"]: d["short"] for d in table("people")["department"]}
    out["department"] = [
        shorts[name] if rng.random() < 0.04 else name for name in out["department"]
    ]
    out["kinds"] = [
        [*kinds, "duplicate"] if isinstance(source, str) else kinds
        for kinds, source in zip(out["kinds"], out["duplicate_of"], strict=True)
    ]
    _spoil_codes(out, rng=rng)
    free = (firms["risk_grade"] != "major") & ~firms["id"].isin(visited)
    free &= firms["parent"].isna() & ~firms["id"].isin(set(firms["parent"].dropna()))
    _break(out, free.to_numpy(), _BROKEN_FIRMS, len(firms) / FULL_COUNT, rng=rng)
    return out


def _given(firms: pd.DataFrame, *, rng: np.random.Generator) -> NDArray[np.bool_]:
    share = firms["risk_grade"].map(_COORDINATE_SHARE).to_numpy()
    share = np.where(firms["enterprise_class"] == "key", 0.9, share)
    return np.asarray(rng.random(len(firms)) < share, dtype=np.bool_)


def _write_places(
    out: pd.DataFrame,
    given: NDArray[np.bool_],
    *,
    rng: np.random.Generator,
) -> None:
    """Write address, coordinates, town and village columns; collect the kinds of corruption."""
    x, y = out["x"].to_numpy(dtype=np.float64), out["y"].to_numpy(dtype=np.float64)
    cells = ledger_positions(x, y, given, rng=rng)
    for column in ("lon", "lat", "lonlat", "datum", "datum_used"):
        out[column] = cells[column]
    addresses, kinds = [], []
    slips: list[list[str]] = cells["kinds"].tolist()
    for i, row in enumerate(out.itertuples()):
        place = Place(name=str(row.name), town=str(row.town), village=str(row.village),
                      urban=bool(row.urban), park=row.industry in _PARK_INDUSTRIES)  # fmt: skip
        text, found = ledger_address(place, rng=rng)
        if rng.random() < (0.02 if given[i] else 0.006):
            text, found = "", ["no_address"]
        addresses.append(text)
        kinds.append([*found, *slips[i]])
    out["address"], out["kinds"] = addresses, _column(kinds)
    out["true_town"], out["true_village"] = out["town"], out["village"]
    out["town"] = _column(t if rng.random() < 0.5 else None for t in out["town"])
    out["village"] = _column(
        village if isinstance(town, str) and rng.random() < 0.5 else None
        for town, village in zip(out["town"], out["village"], strict=True)
    )


def _spoil_codes(out: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Leave credit codes out, write ``无``, add spaces, and spoil a few check digits."""
    spoilt = round(WRONG_CODES * len(out) / FULL_COUNT) or 1
    firm = np.flatnonzero((out["risk_grade"] != "major") & out["duplicate_of"].isna())
    wrong = set(rng.permutation(firm)[:spoilt].tolist())
    kinds: list[list[str]] = out["kinds"].tolist()
    for i, code in enumerate(out["credit_code"]):
        luck = rng.random()
        if not isinstance(code, str):
            continue
        if i in wrong:
            out.at[i, "credit_code"] = code[:-1] + check_character("1" + code[1:-1])
            kinds[i].append("wrong_credit_code")
        elif luck < (0.25 if out.at[i, "private"] else 0.02):
            out.at[i, "credit_code"] = "无" if luck < 0.01 else None
        elif luck > 0.995:
            out.at[i, "credit_code"] = f" {code[:8]} {code[8:].lower()}"


def _break(
    out: pd.DataFrame, free: NDArray[np.bool_],
    breaks: dict[str, tuple[int, tuple[str, ...]]], scale: float, *, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Put unreadable cells into rows that are *free* to be broken, each row at most once."""
    order = iter(rng.permutation(np.flatnonzero(free)).tolist())
    kinds: list[list[str]] = out["kinds"].tolist() if "kinds" in out.columns else []
    for column, (count, texts) in breaks.items():
        for number in range(max(round(count * scale), 1)):
            i = next(order, None)
            if i is None:
                return
            out.at[i, column] = texts[number % len(texts)]
            if column == "lon":
                out.at[i, "lat"] = 26.1
            if kinds:
                kinds[i].append(f"broken_{column.removesuffix('_text')}")


def messy_sites(sites: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return the sites as their ledger has them; mobile ones have no coordinates."""
    out = sites.reset_index(drop=True).astype(object)
    fixed = ~sites["mobile"].to_numpy(dtype=np.bool_)
    _write_places(out, fixed & (rng.random(len(out)) < 0.6), rng=rng)
    out["industry_text"] = [word("industry", code, rng=rng) for code in out["industry"]]
    out["status_text"] = [word("site_status", code, rng=rng) for code in out["status"]]
    shorts = {d["name"]: d["short"] for d in table("people")["department"]}
    joined = []
    for names in out["departments"]:
        said = [shorts[name] if rng.random() < 0.06 else name for name in names]
        joined.append(pick(["、", "、", "，", "；"], rng=rng).join(said))
    out["departments"] = joined
    for column in ("discovered", "closed", "last_seen"):
        out[column] = _column(date_cell(day, rng=rng, plain=0.6) for day in out[column])
    return out


def messy_visits(
    visits: pd.DataFrame, ordered: set[str], today: dt.date, scale: float,
    *, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Return the visits as their ledger has them; rows that orders refer to are not broken."""
    out = visits.reset_index(drop=True).astype(object)
    old = np.array([(today - day).days > 60 for day in visits["date"]])
    free = old & visits["kind"].isin(["random", "special", "key", "covert"]).to_numpy()
    free &= ~visits["id"].isin(ordered).to_numpy()
    out["year"] = [day.year for day in visits["date"]]
    out["date"] = _column(date_cell(day, rng=rng, plain=0.9) for day in out["date"])
    out["kind_text"] = [word("visit_kind", code, rng=rng, plain=0.85) for code in out["kind"]]
    out["result_text"] = [word("visit_result", code, rng=rng, plain=0.85) for code in out["result"]]
    for column in ("inspectors", "departments", "experts"):
        out[column] = [pick("、、、，,；", rng=rng).join(people) for people in out[column]]
    _break(out, free, _BROKEN_VISITS, scale, rng=rng)
    return out


def messy_orders(
    orders: pd.DataFrame, today: dt.date, scale: float, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the orders as their ledger has them; only old and met ones are broken."""
    out = orders.reset_index(drop=True).astype(object)
    old = np.array([(today - day).days > 90 for day in orders["issued"]])
    old &= (orders["outcome"] == "met").to_numpy()
    for column in ("issued", "deadline", "requested", "reviewed"):
        out[column] = _column(date_cell(day, rng=rng, plain=0.85) for day in out[column])
    out["kind_text"] = [word("order_kind", code, rng=rng) for code in out["kind"]]
    out["outcome_text"] = [
        word("review_outcome", code, rng=rng) if isinstance(code, str) else None
        for code in out["outcome"]
    ]
    _break(out, old, _BROKEN_ORDERS, scale, rng=rng)
    return out


def messy_reports(reports: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return the reports as their ledger has them, with the reporter who must be left behind."""
    out = reports.reset_index(drop=True).astype(object)
    for column in ("received", "verified"):
        out[column] = _column(date_cell(day, rng=rng, plain=0.7) for day in out[column])
    out["class_text"] = [word("report_class", code, rng=rng) for code in out["report_class"]]
    out["outcome_text"] = [
        word("report_outcome", code, rng=rng) if isinstance(code, str) else None
        for code in out["outcome"]
    ]
    old = np.arange(len(out)) < len(out) - 30
    _break(out, old, _BROKEN_REPORTS, 1.0, rng=rng)
    return out


def unreadable(visits: pd.DataFrame, orders: pd.DataFrame, reports: pd.DataFrame) -> set[str]:
    """Return the ids of messy rows that the import sets aside, so that nothing refers to them."""
    lost: set[str] = set()
    for frame, breaks in (
        (visits, _BROKEN_VISITS), (orders, _BROKEN_ORDERS), (reports, _BROKEN_REPORTS),
    ):  # fmt: skip
        for column, (_, texts) in breaks.items():
            lost.update(frame.loc[frame[column].isin(texts), "id"])
    return lost
