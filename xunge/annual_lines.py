"""The lines of the annual plan, each with its number, its words and how it follows from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.codes import TABLES
from maps.annual_book import CapacityRow
from maps.messages import sentence
from xunge import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.codes import CodeTable
    from xunge.annual import AnnualReport, Term
    from xunge.annual_coverage import Coverage, Unreachable
    from xunge.annual_facts import Due


# Code, unit, how it follows from other lines, decimals.
_LINES = (
    ("workdays", "days", "", 0),
    ("officers", "people", "", 0),
    ("total", "person_days", "{workdays}*{officers}", 0),
    ("uncertified", "person_days", "", 0),
    ("other", "person_days", "", 0),
    ("non_enforcement", "person_days", "", 0),
    ("inspection", "person_days", "{total}-{uncertified}-{other}-{non_enforcement}", 0),
    ("key", "person_days", "", 0),
    ("general", "person_days", "{inspection}-{key}", 0),
    ("by_officers", "crew_days", "{inspection}/{crew}", 1),
    ("by_cars", "crew_days", "", 1),
    ("crew_days", "crew_days", "MIN({by_officers},{by_cars})", 1),
    ("due_visits", "visits", "", 0),
    ("due_crew_days", "crew_days", "", 1),
    ("visits_a_day", "visits", "", 2),
    ("visits", "visits",
     "INT(ROUND(MAX({crew_days}-{due_crew_days},0)*{visits_a_day},6))", 0),
    ("key_visits", "visits", "", 0),
    ("general_visits", "visits", "", 0),
    ("spare", "visits", "{visits}-{key_visits}-{general_visits}", 0),
    ("weeks", "weeks", "", 0),
    ("key_a_week", "visits", "ROUND({key_visits}/MAX({weeks},1),1)", 1),
    ("general_a_week", "visits", "ROUND({general_visits}/MAX({weeks},1),1)", 1),
)  # fmt: skip


def lines_of(report: AnnualReport, *, lang: str) -> list[CapacityRow]:
    """Return the arithmetic from working days to checks, line by line."""
    data = {
        "lead": report.lead if report.officers == "lead" else sentence("year_all", lang=lang),
        "other": report.duties.other_enforcement, "none": report.duties.non_enforcement,
        "leave": report.rest.capacity.leave, "share": 100 * report.key_share, "crew": report.crew,
    }  # fmt: skip
    found = []
    for code, unit, formula, digits in _LINES:
        found.append(CapacityRow(
            code=code, title=sentence(f"year_line_{code}", lang=lang, **data),
            unit=sentence(f"year_unit_{unit}", lang=lang), digits=digits,
            formula=formula.replace("{crew}", str(report.crew)),
            year=_value(report.year, code), rest=_value(report.rest, code),
        ))  # fmt: skip
    return found


def _value(term: Term, code: str) -> float:
    """Return the number of a line; plain ``key`` and ``general`` are days."""
    of_visits = {"key_visits": "key", "general_visits": "general"}
    if code in of_visits:
        return float(getattr(term.targets, of_visits[code]))
    found = getattr(term.capacity, code, None)
    return float(getattr(term.targets, code) if found is None else found)


def due_text(due: Due, *, lang: str, tables: Mapping[str, CodeTable]) -> str:
    """Return the expected visits by kind in one line."""
    kinds = tables["visit_kind"]
    titles = {"floor": sentence("year_due_floor", lang=lang)}
    return words.listed(
        (f"{titles.get(one.kind) or kinds.title_of(one.kind, lang=lang)} {one.expected}"
         for one in due.lines if one.expected), lang,
    )  # fmt: skip


def class_title(code: str, lang: str) -> str:
    """Return the name of a class of enterprises; ``other`` are all but the key class."""
    if code == "other":
        return sentence("year_class_other", lang=lang)
    return TABLES["enterprise_class"].title_of(code, lang=lang)


def reason_text(one: Unreachable, lang: str, tables: Mapping[str, CodeTable]) -> str:
    """Return why an enterprise cannot be reached."""
    skill = tables["speciality"].title_of(one.speciality, lang=lang) if one.speciality else ""
    code = {
        "no_speciality": "year_no_speciality", "no_department": "year_no_department",
        "cap_below_demand": "year_cap_below_demand",
    }.get(one.reason, one.reason)  # fmt: skip
    data = {**one.detail, "speciality": skill}
    if data.get("status") == "setting":
        data["source"] = sentence("status_setting", lang=lang)
    return sentence(code, lang=lang, **data)


def binding_text(coverage: Coverage, lang: str, tables: Mapping[str, CodeTable]) -> str:
    """Return what is short, with its days."""
    missing = coverage.missing
    skilled = round(sum(missing.specialists.values()), 1)
    parts = []
    if "officers" in coverage.binding:
        days = round(missing.person_days - skilled, 1)
        parts.append(sentence("year_short_officers", lang=lang, days=days))
    if missing.specialists:
        who = words.listed(
            (f"{tables['speciality'].title_of(skill, lang=lang)} {days:,.1f}"
             for skill, days in missing.specialists.items()), lang,
        )  # fmt: skip
        parts.append(sentence("year_short_specialists", lang=lang, days=skilled, who=who))
    if "cars" in coverage.binding:
        parts.append(sentence("year_short_cars", lang=lang, days=missing.car_days))
    return words.run_on(parts, lang)


def summary(report: AnnualReport, *, lang: str) -> str:
    """Return how the year stands in one sentence."""
    done = sum(one.done for one in report.classes)
    target = sum(one.target for one in report.classes)
    planned = sum(one.planned for one in report.classes)
    behind = target - done
    return sentence(
        "year_summary_behind" if behind > 0 else "year_summary_ahead", lang=lang, done=done,
        target=target, planned=planned, behind=behind,
        weeks=behind * report.year.targets.weeks / planned if planned else 0,
    )  # fmt: skip


def verdict(report: AnnualReport, which: str, *, lang: str) -> list[str]:
    """Return how far full coverage goes in ``year`` or ``rest``, and what is missing."""
    coverage: Coverage = getattr(report, f"coverage_{which}")
    said = [
        sentence(
            f"year_reach_{which}",
            lang=lang,
            reached=coverage.reached,
            objects=coverage.objects,
            share=_percent(coverage.reached, coverage.objects),
            today=report.today,
            barred=sum(one.barred for one in coverage.classes),
        )
    ]
    if coverage.binding:
        missing = coverage.missing
        said.append(sentence(
            "year_missing", lang=lang, person_days=missing.person_days,
            crew_days=missing.crew_days, short=sum(one.short for one in coverage.classes),
            what=binding_text(coverage, lang, TABLES),
        ))  # fmt: skip
    else:
        said.append(sentence("year_enough", lang=lang))
    if coverage.due_missed > 0:
        said.append(sentence("year_due_missed", lang=lang, visits=coverage.due_missed))
    if not coverage.proven:
        said.append(sentence("year_not_proven", lang=lang))
    return said


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def remarks(report: AnnualReport, *, lang: str) -> list[str]:
    """Return what a reader should know: pace, random share, the week beside the year, notes."""
    pace = report.pace
    said = [
        sentence(f"year_pace_{pace.source}", lang=lang, weeks=pace.weeks, visits=pace.visits,
                 crew_days=pace.crew_days, hours=pace.day_seconds / 3600,
                 leg=round(pace.leg_seconds / 60)),
    ]  # fmt: skip
    said += [sentence(code, lang=lang, **data) for code, data in report.notes
             if code != "year_pace_estimated"]  # fmt: skip
    return [*said, sentence("year_done_all", lang=lang)]


def random_text(report: AnnualReport, *, lang: str) -> str:
    """Return the share of double-random checks beside the one that is wanted."""
    done, checks = report.random
    share = done / checks if checks else None
    low = share is not None and share < report.random_wanted
    code = "year_random_low" if low else "year_random"
    return sentence(code, lang=lang, done=done, checks=checks, wanted=100 * report.random_wanted,
                    share=None if share is None else 100 * share)  # fmt: skip


def week_text(report: AnnualReport, *, lang: str) -> str:
    """Return what the latest week draws beside what the year asks of a week."""
    rest = report.rest.targets
    data: dict[str, Any] = {"key": rest.key_a_week, "general": rest.general_a_week}
    if report.week is None:
        return sentence("year_week_none", lang=lang, **data)
    one = report.week
    drawn = {"week": one["week"], "draws": one["draws"], "certainty": one["certainty"],
             "others": one["weighted"] + one["uniform"], "due": one["due"]}  # fmt: skip
    return sentence("year_week", lang=lang, **data, **drawn)
