"""Who made the visits of the past: officers of the responsible department, and experts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import codes
from xunge.demo.names import pick

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from xunge.demo.people import Staff

LEAD = "应急管理局"
_EXPERT_SHARE = 0.25
_JOINT_PARTNERS = ("消防救援大队", "市场监督管理局", "生态环境分局", "公安局", "住房和城乡建设局")


def staff_visits(
    visits: pd.DataFrame, firms: pd.DataFrame, sites: pd.DataFrame, staff: Staff,
    *, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Return the visits with ``inspectors``, ``departments`` and ``experts`` (tuples of text)."""
    officers = staff.officers
    by_department = {
        str(name): group["id"].tolist() for name, group in officers.groupby("department")
    }
    knowing = _knowing(staff.experts)
    needs = {row.code: str(row.data["speciality"]) for row in codes.TABLES["industry"].rows}
    firm_department = dict(zip(firms["id"], firms["department"], strict=True))
    site_departments = dict(zip(sites["id"], sites["departments"], strict=True))
    industry = dict(zip(firms["id"], firms["industry"], strict=True))
    crews, departments, experts = [], [], []
    for object_, kind in zip(visits["object"], visits["kind"], strict=True):
        concerned = list(site_departments.get(object_, ()) or [firm_department.get(object_, LEAD)])
        if kind == "joint" and len(concerned) == 1:
            concerned = list(dict.fromkeys([*concerned, LEAD, pick(_JOINT_PARTNERS, rng=rng)]))
        if kind != "joint":
            concerned = [LEAD if kind == "reinspection" else concerned[0]]
        crews.append(_crew(concerned, by_department, rng=rng))
        departments.append(tuple(concerned))
        able = knowing.get(needs.get(industry.get(object_, ""), ""), [])
        asked = kind == "key" and able and rng.random() < _EXPERT_SHARE
        experts.append((pick(able, rng=rng),) if asked else ())
    out = visits.copy()
    out["inspectors"], out["departments"], out["experts"] = crews, departments, experts
    return out


def _knowing(experts: pd.DataFrame) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for expert, domains in zip(experts["id"], experts["domains"], strict=True):
        for word in str(domains).split("、"):
            code = codes.TABLES["speciality"].read(word)
            out.setdefault(code or "", []).append(str(expert))
    return out


def _crew(
    concerned: list[str], by_department: dict[str, list[str]], *, rng: np.random.Generator
) -> tuple[str, ...]:
    """Return at least two officers, one of every department concerned, sometimes a third."""
    crew = dict.fromkeys(pick(by_department[name], rng=rng) for name in concerned)
    size = max(len(concerned), 2 + int(rng.random() < 0.2))
    while len(crew) < size:
        home = concerned[0] if rng.random() < 0.7 else LEAD
        crew[pick(by_department[home], rng=rng)] = None
    return tuple(crew)
