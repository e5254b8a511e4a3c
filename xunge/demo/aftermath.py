"""What comes after a case: handovers, listings, remedies, closures, restarts and rewards."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.cases import required_items
from layers.rows import records
from xunge.demo import names
from xunge.demo.county import rng_of, table
from xunge.demo.enterprises import FULL_COUNT
from xunge.demo.measures import Rows, later, numbered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from xunge.demo.history import History

_REWARDED = 0.4
_SUPERVISED = 12
_BLACK_LIST_DAYS = 365


def make_aftermath(
    firms: pd.DataFrame, sites: pd.DataFrame, history: History, cases: pd.DataFrame,
    *, seed: int, today: dt.date,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Return the ledgers that follow cases, with the state that each row has today."""
    made = {
        "handovers": _handovers(records(cases), today, rng=rng_of(seed, "handovers")),
        "listings": _listings(firms, history, today, rng=rng_of(seed, "listings")),
        "remedies": _remedies(records(cases), today, rng=rng_of(seed, "remedies")),
        "closures": _closures(sites, today, rng=rng_of(seed, "closures")),
        "restarts": _restarts(firms, history, today, rng=rng_of(seed, "restarts")),
        "rewards": _rewards(history.reports, today, rng=rng_of(seed, "rewards")),
    }
    return {name: pd.DataFrame(rows, dtype=object) for name, rows in made.items()}


def _handovers(cases: Rows, today: dt.date, *, rng: np.random.Generator) -> Rows:
    """Return cases handed over to the police or to another department."""
    rows: Rows = []
    for case in cases:
        criminal = case["planned_outcome"] == "handed_over"
        if not criminal and (case["procedure"] == "simple" or rng.random() > 0.12):
            continue
        sent = later(case["filed"], 2, 20, today, rng=rng)
        if sent is None:
            continue
        receipt = later(sent, 1, 9, today, rng=rng) if rng.random() < 0.93 else None
        accepted = receipt and later(receipt, 1, 12, today, rng=rng)
        ended = accepted and later(accepted, 10, 120, today, rng=rng)
        row: dict[str, Any] = {
            "case": case["id"], "object": case["object"], "sent": sent,
            "sender": case["department"], "kind": "criminal" if criminal else "department",
            "receiver": "公安局" if criminal else names.pick(
                [d for d in ("市场监督管理局", "消防救援大队", "应急管理局")
                 if d != case["department"]], rng=rng),
            "receipt": receipt, "accepted": accepted, "concluded": ended,
        }  # fmt: skip
        if criminal:
            row["persons"] = int(rng.integers(1, 4))
            row["early_intervention"] = sent - dt.timedelta(days=1) if rng.random() < 0.5 else None
            row["detained"] = int(rng.integers(0, row["persons"] + 1)) if accepted else None
        if ended:
            luck = rng.random()
            settled = "prosecuted" if criminal else "penalised"
            row["outcome"] = "returned" if luck < 0.08 else settled
        row["state"] = _handover_state(row)
        rows.append(row)
    return numbered(rows, "sent", "（永）移〔{year}〕{number}号")


def _handover_state(row: Mapping[str, Any]) -> str:
    if row["concluded"]:
        return "returned" if row["outcome"] == "returned" else "done"
    if row["accepted"]:
        return "accepted"
    return "received" if row["receipt"] else "sent"


def _listings(
    firms: pd.DataFrame, history: History, today: dt.date, *, rng: np.random.Generator
) -> Rows:
    """Return the black list as the register of enterprises has it, and firms under supervision."""
    words = table("records")["words"]
    rows: Rows = []
    seen = firms["id"].isin(set(history.visits["object"]))
    for firm in records(firms[firms["standing_text"].notna() & seen]):
        if firm["listed"] and "严重" in firm["standing_text"]:
            start = firm["listed"]
            rows.append(
                {
                    "object": firm["id"], "kind": "black_list", "level": "县级", "start": start,
                    "reason": names.pick(words["black_list"], rng=rng),
                    "until": start + dt.timedelta(days=_BLACK_LIST_DAYS),
                    "published": later(start, 1, 7, today, rng=rng),
                    "consequences": words["consequences"], "department": firm["department"],
                }
            )  # fmt: skip
    departments = dict(zip(firms["id"], firms["department"], strict=True))
    grave = history.visits[history.visits["serious_findings"] > 0]
    grave = grave[grave["object"].isin(set(departments))].drop_duplicates("object")
    count = max(2, round(_SUPERVISED * len(firms) / FULL_COUNT))
    for place in sorted(rng.permutation(len(grave))[:count].tolist()):
        visit = grave.iloc[place]
        start = visit["date"] + dt.timedelta(days=5)
        removed = later(start, 40, 200, today, rng=rng) if rng.random() < 0.75 else None
        rows.append(
            {
                "object": visit["object"], "kind": "supervision", "start": start,
                "level": names.pick(["县级", "市级"], rng=rng),
                "reason": names.pick(words["supervision"], rng=rng),
                "until": start + dt.timedelta(days=int(rng.integers(60, 180))),
                "published": later(start, 1, 6, today, rng=rng), "removed": removed,
                "extension_asked": later(start, 30, 50, today, rng=rng)
                if rng.random() < 0.2 else None,
                "department": departments[visit["object"]],
            }
        )  # fmt: skip
    rows = [row for row in rows if row["start"] <= today]
    for row in rows:
        over = row["until"] < today
        row["state"] = "removed" if row.get("removed") else "expired" if over else "listed"
    return numbered(rows, "start", "永安督〔{year}〕{number}号")


def _remedies(cases: Rows, today: dt.date, *, rng: np.random.Generator) -> Rows:
    """Return a few hearings, reconsiderations and suits, and enforcement by court."""
    kinds = ("hearing", "reconsideration", "suit", "enforcement")
    stages = {"hearing": "听证会", "reconsideration": "复议审查", "suit": "一审",
              "enforcement": "法院审查"}  # fmt: skip
    ends = {"hearing": ["upheld", "changed"], "reconsideration": ["upheld", "annulled"],
            "suit": ["upheld", "withdrawn"], "enforcement": ["enforced"]}  # fmt: skip
    decided = [case for case in cases if case["decided"] and case["procedure"] == "ordinary"]
    rows: Rows = []
    contested = rng.permutation(len(decided))[: max(len(kinds), len(decided) // 20)]
    for number, place in enumerate(sorted(contested.tolist())):
        case, kind = decided[place], kinds[number % len(kinds)]
        filed = later(case["decided"], 3, 60, today, rng=rng)
        if filed is None:
            continue
        ended = later(filed, 15, 200, today, rng=rng)
        rows.append(
            {
                "case": case["id"], "object": case["object"], "kind": kind, "filed": filed,
                "stage": stages[kind], "concluded": ended,
                "outcome": names.pick(ends[kind], rng=rng) if ended else None,
                "amount": float(rng.integers(5, 60) * 1000) if kind == "enforcement" else None,
                "department": case["department"], "state": "concluded" if ended else "open",
            }
        )  # fmt: skip
    return numbered(rows, "filed", "（永）救〔{year}〕{number}号")


def _closures(sites: pd.DataFrame, today: dt.date, *, rng: np.random.Generator) -> Rows:
    """Return the checklist of every closed site; a third of them is not closed in full."""
    rows: Rows = []
    proofs = table("records")["words"]["proof"]
    for site in records(sites[sites["status"] == "closed"]):
        full = rng.random() < 0.67
        published = later(site["closed"], 3, 15, today, rng=rng)
        left = [] if full else [names.pick(["restored", "licences", "water"], rng=rng)]
        for item in required_items(site["industry"]):
            done = None if item in left else later(site["closed"], 0, 12, today, rng=rng)
            rows.append(
                {
                    "object": site["id"], "site": site["id"], "item": item, "done": done,
                    "proof": f"{names.pick(proofs, rng=rng)}{int(rng.integers(1, 900)):03d}"
                    if done else None,
                    "published": published, "department": site["departments"][0],
                }
            )  # fmt: skip
    return rows


def _restarts(
    firms: pd.DataFrame, history: History, today: dt.date, *, rng: np.random.Generator
) -> Rows:
    """Return the restarts after suspensions: asked for, accepted, refused, or simply done."""
    departments = dict(zip(firms["id"], firms["department"], strict=True))
    rows: Rows = []
    for order in records(history.orders[history.orders["kind"] == "suspend"]):
        base = order["reviewed"] or order["deadline"]
        applied = later(base, 0, 8, today, rng=rng)
        if applied is None:
            continue
        row: dict[str, Any] = {"object": order["object"], "applied": applied,
                               "department": departments[order["object"]]}  # fmt: skip
        if order["outcome"] == "met":
            row["examined"] = later(applied, 2, 14, today, rng=rng)
        elif rng.random() < 0.5:
            row["applied"], row["restarted"] = None, applied  # nobody was asked
        if row.get("examined"):
            good = rng.random() < 0.85
            row["outcome"] = "accepted" if good else "refused"
            row["items"] = "安全措施落实、证照齐全" + ("、安全条件具备" if good else "")
            row["signer"] = names.person(rng=rng)
            row["restarted"] = later(row["examined"], 1, 5, today, rng=rng) if good else None
        row["state"] = _restart_state(row)
        row["begun"] = row["applied"] or row["restarted"]
        rows.append(row)
    return numbered(rows, "begun", "（永）复验〔{year}〕{number}号")


def _restart_state(row: Mapping[str, Any]) -> str:
    if row.get("restarted") and row.get("outcome") != "accepted":
        return "unaccepted_restart"
    return row.get("outcome") or "applied"


def _rewards(reports: pd.DataFrame, today: dt.date, *, rng: np.random.Generator) -> Rows:
    """Return what was paid for reports that were true, within 500 and 10,000 yuan."""
    rows: Rows = []
    for report in records(reports[reports["outcome"] == "substantiated"]):
        on = later(report["verified"], 10, 60, today, rng=rng)
        if on is not None and rng.random() < _REWARDED:
            rows.append(
                {
                    "object": report["id"], "report": report["id"], "on": on,
                    "amount": float(names.pick(["500", "1000", "2000", "3000", "10000"], rng=rng)),
                    "reporter": report["reporter"],
                    "account": f"6222{int(rng.integers(10**11, 10**12))}",
                }
            )  # fmt: skip
    return numbered(rows, "on", "JL{year}-{number:03d}")
