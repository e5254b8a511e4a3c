"""The risk of an enterprise in words, from the record of a week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.risk_backtest import LEAST_SERIOUS, LEAST_VISITS
from layers.rows import records
from maps.messages import sentence
from maps.risk_book import RiskRow, risk_workbook
from xunge import words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from layers.codes import CodeTable
    from xunge.knowledge import Knowledge

_RECORD = ("visits", "observed", "expected", "ratio", "low", "high")


def risk_facts(line: Mapping[str, Any], lang: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what is known of one enterprise as codes of sentences with their data.

    Its record; with a model its chance, what raises and what lowers it; what that does to its
    weight in the draw.

    Parameters
    ----------
    line
        Its entry under ``objects`` of :meth:`xunge.risk.Risk.to_json`.
    """
    record = {name: f"{line[name]:g}" for name in _RECORD}
    said: list[tuple[str, dict[str, Any]]] = [
        ("map_risk_record", record) if line["visits"] else ("map_risk_no_record", {})
    ]
    if "chance" in line:
        said.append(("map_risk_chance", {"chance": f"{line['chance']:.0%}"}))
        for code, sign in (("map_risk_up", 1), ("map_risk_down", -1)):
            parts = [
                sentence(f"risk_part_{name}", lang=lang)
                for name, odds in line["parts"] if odds * sign > 0
            ]  # fmt: skip
            if parts:
                said.append((code, {"parts": words.listed(parts, lang)}))
    if "factor" in line:
        weighs = {"relative": f"{line['relative']:g}", "factor": line["factor"]}
        said.append(("map_risk_weighs", weighs))
    return said


def risk_sentence(line: Mapping[str, Any], lang: str) -> str:
    """Return what is known of the risk of one enterprise as one text."""
    return words.run_on(
        (sentence(code, lang=lang, **data) for code, data in risk_facts(line, lang)), lang
    )


def risk_brief(line: Mapping[str, Any], lang: str) -> str:
    """Return the record of an enterprise in a few words; empty where there is none."""
    if not line or not line["visits"]:
        return ""
    return sentence("risk_brief", lang=lang, ratio=f"{line['ratio']:.1f}")


def risk_book(
    path: Path,
    risk: Mapping[str, Any],
    knowledge: Knowledge,
    *,
    tables: Mapping[str, CodeTable],
    lang: str,
) -> Path:
    """Write the workbook of risks from the record of a week, the riskiest in its grade first."""
    objects = knowledge.objects
    known = {row["id"]: row for row in records(objects[objects["kind"] == "enterprise"])}
    towns = knowledge.area_names()
    lines = [(id_, line) for id_, line in risk["objects"].items() if id_ in known]
    rows = [
        RiskRow(
            object=id_, name=known[id_]["name"], why=risk_sentence(line, lang),
            industry=words.title(tables["industry"], known[id_]["industry"], lang),
            grade=words.title(tables["risk_grade"], known[id_]["risk_grade"], lang),
            town=towns.get(known[id_]["town_code"] or "", ""),
            chance=line.get("chance"), factor=line.get("factor", "1"),
            **{name: line[name] for name in ("visits", "observed", "expected", "ratio", "low",
                                             "high", "relative")},
        )
        for id_, line in sorted(lines, key=lambda one: (-one[1]["relative"], one[0]))
    ]  # fmt: skip
    note = sentence("book_risk_note", lang=lang, count=len(rows))
    return risk_workbook(path, rows=rows, notes=[*verdict_sentences(risk, lang), note], lang=lang)


def method_words(method: str) -> dict[str, str]:
    """Return the name of a method in both languages, as sentences take it."""
    ends = (("", "zh"), ("_en", "en"))
    return {f"method{end}": sentence(f"risk_method_{method}", lang=lang) for end, lang in ends}


def verdict_note(trial: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return which method is used and why, as the code of a sentence with its data.

    Parameters
    ----------
    trial
        What :meth:`xunge.risk.Trial.to_json` returned.
    """
    told: dict[str, Any] = {
        "visits": trial["visits"], "serious": trial["serious"], "windows": trial["windows"],
        "least_visits": LEAST_VISITS, "least_serious": LEAST_SERIOUS,
        **method_words(trial["method"]),
    }  # fmt: skip
    for lang, end in (("zh", ""), ("en", "_en")):
        told[f"leads{end}"] = words.listed(
            (
                sentence("risk_lead", lang=lang, mean=f"{one['mean']:+.3f}",
                         method=sentence(f"risk_method_{one['method']}", lang=lang),
                         error=f"{one['error']:.3f}")
                for one in trial["compared"]
            ), lang,
        )  # fmt: skip
    return str(trial["code"]), told


def verdict_sentences(risk: Mapping[str, Any], lang: str) -> list[str]:
    """Return which method is used and why, and what it does to the draw."""
    code, told = verdict_note(risk)
    return [sentence(code, lang=lang, **told), _effect(risk, lang)]


def _effect(risk: Mapping[str, Any], lang: str) -> str:
    most = risk["draw_factor"]
    if most == 1:
        return sentence("risk_shown_only", lang=lang)
    if not risk["proof"]["better"]:
        return sentence("risk_unproven", lang=lang, **method_words(risk["proof"]["method"]))
    return sentence("risk_weighted", lang=lang, count=risk["weighted"], most=most)


def brief(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the risks of a week stand on, without the enterprises; empty in older records."""
    return {name: value for name, value in record.get("risk", {}).items() if name != "objects"}
