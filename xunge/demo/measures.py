"""What follows a visit: hazards struck off one by one, cases, penalties and goods seized."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.rows import records
from xunge.demo import names
from xunge.demo.county import rng_of, table
from xunge.demo.enterprises import FULL_COUNT
from xunge.demo.sites import UNTOUCHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np

    from xunge.demo.history import History

Rows = list[dict[str, Any]]

ACCIDENTS = 8
"""Accidents in the two years of the full county."""
_OF_SITES = "FF"
_COUNTED = 10  # up to so many things are counted, more are said to be 余


def make_measures(
    firms: pd.DataFrame, sites: pd.DataFrame, history: History, *, seed: int, today: dt.date
) -> dict[str, pd.DataFrame]:
    """Return hazards, accidents, cases, penalties and seizures with the state that each has today.

    The columns are those of the registers, with codes.
    """
    hazards = _hazards(firms, history, today, rng=rng_of(seed, "hazards"))
    seen = firms[firms["id"].isin(set(history.visits["object"]))]
    accidents = _accidents(seen, today, rng=rng_of(seed, "accidents"))
    cases = _cases(firms, sites, history, accidents, today, rng=rng_of(seed, "cases"))
    penalties = _penalties(cases, today, rng=rng_of(seed, "penalties"))
    seizures = _seizures(cases, sites, today, rng=rng_of(seed, "seizures"))
    made = {"hazards": hazards, "accidents": accidents, "cases": cases, "penalties": penalties,
            "seizures": seizures}  # fmt: skip
    return {name: pd.DataFrame(rows, dtype=object) for name, rows in made.items()}


def later(
    day: dt.date, low: int, high: int, today: dt.date, *, rng: np.random.Generator
) -> dt.date | None:
    """Return a day *low* to *high* days after *day*; None where that is not yet."""
    then = day + dt.timedelta(days=int(rng.integers(low, high + 1)))
    return then if then <= today else None


def numbered(rows: Rows, day: str, form: str) -> Rows:
    """Give rows numbers of their year in the order of *day*."""
    rows.sort(key=lambda row: (row[day], row["object"]))
    counts: dict[int, int] = {}
    for row in rows:
        year = row[day].year
        counts[year] = counts.get(year, 0) + 1
        row["id"] = form.format(year=year, number=counts[year])
    return rows


def _hazards(
    firms: pd.DataFrame, history: History, today: dt.date, *, rng: np.random.Generator
) -> Rows:
    """Return what each visit found, hazard by hazard: put right at once or by an order's day."""
    orders = {order["visit"]: order for order in records(history.orders)}
    firm = {row["id"]: row for row in records(firms[["id", "industry", "department"]])}
    rows: Rows = []
    for visit in records(history.visits):
        if visit["kind"] == "reinspection" or visit["object"] not in firm:
            continue
        order = orders.get(visit["id"])
        reviewed = order["reviewed"] if order and order["outcome"] == "met" else None
        for i in range(int(visit["findings"])):
            row = {
                **_found(visit, firm[visit["object"]], rng=rng),
                "grade": "serious" if i < visit["serious_findings"] else "general",
                "order": order["id"] if order else None,
                "deadline": order["deadline"] if order else None,
                "mode": "time_limited" if order else "on_the_spot",
                "responsible": names.person(rng=rng) if order else None,
                "rectified": visit["date"] if order is None else None,
            }
            if reviewed:
                days = (reviewed - visit["date"]).days
                row["rectified"] = later(visit["date"], 1, max(days, 1), today, rng=rng)
            end = reviewed or row["rectified"]
            row["cancelled"] = end if end is not None and rng.random() < 0.9 else None
            row["state"] = _hazard_state(row, today)
            rows.append(row)
    return numbered(rows, "found", "YH{year}-{number:05d}")


def _found(
    visit: Mapping[str, Any], firm: Mapping[str, Any], *, rng: np.random.Generator
) -> dict[str, Any]:
    texts = table("texts")["hazards"]
    known = texts.get(firm["industry"], [])
    text = names.pick(known if known and rng.random() < 0.55 else texts["common"], rng=rng)
    kinds = table("records")["hazard_type"]
    fits = (kind["code"] for kind in kinds if any(word in text for word in kind["words"]))
    return {
        "object": visit["object"], "visit": visit["id"], "found": visit["date"],
        "types": next(fits, "H1"), "description": text, "department": firm["department"],
        "source": "report" if visit["kind"] == "report" else "check",
    }  # fmt: skip


def _hazard_state(row: Mapping[str, Any], today: dt.date) -> str:
    if row["cancelled"]:
        return "cancelled"
    if row["rectified"]:
        return "rectified"
    return "overdue" if row["deadline"] and row["deadline"] < today else "open"


def _accidents(firms: pd.DataFrame, today: dt.date, *, rng: np.random.Generator) -> Rows:
    """Return the accidents, the riskier the firm the likelier."""
    count = max(2, round(ACCIDENTS * len(firms) / FULL_COUNT))
    weight = firms["propensity"].to_numpy(dtype=float)
    chosen = rng.choice(len(firms), size=count, replace=False, p=weight / weight.sum())
    rows: Rows = []
    for place in chosen:
        firm = firms.iloc[int(place)]
        rows.append(
            {
                "object": firm["id"], "department": firm["department"],
                "on": today - dt.timedelta(days=int(rng.integers(20, 700))),
                "deaths": int(rng.random() < 0.4), "injured": int(rng.integers(0, 3)),
                "illegal": bool(rng.random() < 0.4), "concealed": bool(rng.random() < 0.1),
                "description": names.pick(table("records")["words"]["accidents"], rng=rng) + "事故",
            }
        )  # fmt: skip
    return numbered(rows, "on", "SG{year}-{number:02d}")


def _cases(
    firms: pd.DataFrame, sites: pd.DataFrame, history: History, accidents: Rows, today: dt.date,
    *, rng: np.random.Generator,
) -> Rows:  # fmt: skip
    """Return the cases: after visits, at illegal sites, after accidents."""
    departments = dict(zip(firms["id"], firms["department"], strict=True))
    rows: Rows = []
    for visit in records(history.visits):
        if visit["object"] in departments and visit["kind"] != "reinspection":
            case = _visit_case(visit, rng=rng)
            if case:
                rows.append({**case, "department": departments[visit["object"]]})
    first = min(history.visits["date"])
    for site in records(sites):
        if site["discovered"] >= first:
            rows.append(_site_case(site, today, rng=rng))
    for accident in accidents:
        rows.append(
            {
                "object": accident["object"], "filed": accident["on"] + dt.timedelta(days=3),
                "kind": "accident", "procedure": "ordinary", "behaviours": "J5"
                if accident["concealed"] else "K10", "department": "应急管理局",
            }
        )  # fmt: skip
    rows = [row for row in rows if row["filed"] <= today]
    for row in rows:
        _go_on(row, today, rng=rng)
    return numbered(rows, "filed", "（永）立〔{year}〕{number}号")


def _visit_case(visit: Mapping[str, Any], *, rng: np.random.Generator) -> dict[str, Any] | None:
    """Return the case that a visit led to, if it did."""
    serious, result = visit["serious_findings"] > 0, visit["result"]
    chance = {"suspended": 0.9, "refused": 1.0, "ordered": 0.35 if serious else 0.06,
              "on_the_spot": 0.05}.get(result, 0.0)  # fmt: skip
    if rng.random() >= chance:
        return None
    simple = result == "on_the_spot" or (result == "ordered" and not serious)
    code = {"refused": "K10"}.get(result) or names.pick(["K4", "K6", "K9", "J7", "J6"], rng=rng)
    filed = visit["date"] + dt.timedelta(days=0 if simple else int(rng.integers(0, 6)))
    return {
        "object": visit["object"], "visit": visit["id"], "filed": filed, "kind": "non_accident",
        "procedure": "simple" if simple else "ordinary", "behaviours": code,
    }  # fmt: skip


def _site_case(
    site: Mapping[str, Any], today: dt.date, *, rng: np.random.Generator
) -> dict[str, Any]:
    relapsed = isinstance(site["origin"], str)
    outcome = {"handed_over": "handed_over", "closed": "closed"}.get(site["status"])
    row = {
        "object": site["id"], "filed": site["discovered"], "kind": "non_accident",
        "procedure": "ordinary", "behaviours": "K2、J2" if relapsed else "K1、J1",
        "department": site["departments"][0], "outcome": outcome,
    }  # fmt: skip
    if outcome is None:  # still open
        row["decided"] = row["concluded"] = None
    return row


def _go_on(row: dict[str, Any], today: dt.date, *, rng: np.random.Generator) -> None:
    """Decide and conclude a case; some take longer than ninety days, some are not concluded."""
    outcome = row.get("outcome") or ("not_penalised" if rng.random() < 0.04 else "penalised")
    if row["procedure"] == "simple":
        row.setdefault("decided", row["filed"])
        row.setdefault("concluded", later(row["filed"], 0, 15, today, rng=rng))
    else:
        row.setdefault("decided", later(row["filed"], 6, 100, today, rng=rng))
        decided = row["decided"]
        row.setdefault("concluded", decided and later(decided, 10, 90, today, rng=rng))
    row["outcome"] = outcome if row["concluded"] else None
    row["planned_outcome"] = outcome
    row["state"] = "concluded" if row["concluded"] else "decided" if row["decided"] else "open"


def _penalties(cases: Rows, today: dt.date, *, rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for case in cases:
        if case["decided"] and case["planned_outcome"] in ("penalised", "closed"):
            rows.extend(_penalties_of(case, today, rng=rng))
    return numbered(rows, "decided", "（永）罚〔{year}〕{number}号")


def _penalties_of(
    case: Mapping[str, Any], today: dt.date, *, rng: np.random.Generator
) -> Iterable[dict[str, Any]]:
    """Return the penalties of one case: a fine, and at sites confiscation or detention besides."""
    shared = {"case": case["id"], "object": case["object"], "decided": case["decided"],
              "procedure": case["procedure"], "department": case["department"]}  # fmt: skip
    simple = case["procedure"] == "simple"
    if simple and rng.random() < 0.3:
        yield {**shared, "kind": "warning", "state": "none"}
        return
    low, high, step = (2, 30, 100) if simple else (10, 100, 500)
    amount = float(int(rng.integers(low, high + 1)) * step)
    paid, luck = later(case["decided"], 1, 25, today, rng=rng), rng.random()
    fine = {**shared, "kind": "fine", "amount": amount, "state": "due"}
    if paid and luck < 0.95:
        share = 1.0 if luck < 0.9 else 0.5
        fine.update(collected=amount * share, collected_on=paid)
        fine["state"] = "collected" if share == 1.0 else "partly"
    yield fine
    if case["object"].startswith(_OF_SITES) and rng.random() < 0.5:
        yield {**shared, "kind": "detention", "persons": int(rng.integers(1, 3)),
               "department": "公安局", "state": "none"}  # fmt: skip
    elif not simple and rng.random() < 0.15:
        yield {**shared, "kind": "suspension", "state": "none"}


def _seizures(
    cases: Rows, sites: pd.DataFrame, today: dt.date, *, rng: np.random.Generator
) -> Rows:
    """Return what was seized at the sites, some of it held longer than it may be."""
    industry = dict(zip(sites["id"], sites["industry"], strict=True))
    words, rows = table("records"), []
    for case in cases:
        if case["object"] not in industry or rng.random() < 0.35:
            continue
        goods = words["goods"].get(industry[case["object"]], words["goods"]["other"])
        name, unit, low, high = goods[int(rng.integers(len(goods)))]
        on, quantity = case["filed"], int(rng.integers(low, high + 1))
        extended = later(on, 24, 29, today, rng=rng) if rng.random() < 0.35 else None
        term = 60 if extended else 30
        lifted = later(on, 8, term - 1, today, rng=rng) if rng.random() < 0.92 else None
        until = on + dt.timedelta(days=term)
        rows.append(
            {
                "case": case["id"], "object": case["object"], "on": on, "goods": name,
                "quantity": quantity, "unit": unit,
                "at_least": quantity > _COUNTED and bool(rng.random() < 0.3),
                "kind": "seal" if unit in ("台", "套") and rng.random() < 0.5 else "seize",
                "storage": names.pick(words["words"]["storage"], rng=rng),
                "until": until if extended or rng.random() < 0.5 else None, "extended": extended,
                "lifted": lifted, "department": case["department"],
                "disposal": names.pick(words["words"]["disposal"], rng=rng) if lifted else None,
                "state": "lifted" if lifted else "overdue" if until < today else "held",
            }
        )  # fmt: skip
    rows = [row for row in rows if industry[row["object"]] != UNTOUCHED]
    return numbered(rows, "on", "（永）扣〔{year}〕{number}号")
