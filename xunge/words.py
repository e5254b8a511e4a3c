"""Sentences of a week: why something is due, why it is visited, why it was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maps.messages import sentence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from layers.codes import CodeTable


def due_sentences(item: Mapping[str, Any], lang: str) -> list[str]:
    """Return the sum that makes a due date, one sentence a line: base date, then each reason."""
    lines = [sentence(f"base_{item['base_code']}", lang=lang, date=item["base"])]
    for reason in item["reasons"]:
        data = {**reason["detail"], **{key: reason[key] for key in reason if key != "detail"}}
        data["start"] = data.pop("from")
        said = sentence(data.pop("code"), lang=lang, **data)
        if reason["status"] == "unverified":
            said += bracketed(sentence("status_unverified", lang=lang), lang)
        lines.append(said)
    lines.append(sentence("due_on", lang=lang, due=item["due"]))
    if item["overdue_days"] > 0:
        lines.append(sentence("due_overdue", lang=lang, days=item["overdue_days"]))
    return lines


def why_sentences(
    visit: Mapping[str, Any], items: Mapping[str, Mapping[str, Any]], lang: str
) -> list[str]:
    """Return why a visit is on the list, one sentence for each reason."""
    lines = []
    for reason in visit["why"]:
        data = {key: value for key, value in reason.items() if key != "code"}
        item = items.get(str(reason.get("item", "")))
        code = f"why_{reason['code']}"
        if item is not None and item["overdue_days"] > 0:
            code += "_overdue"
        if "departments" in data:
            data["departments"] = listed(data["departments"], lang)
        if "stratum" in data:
            data["stratum_title"] = sentence(f"stratum_{data['stratum']}", lang=lang)
        lines.append(sentence(code, lang=lang, **data))
    return lines


def left_out_sentence(unserved: Mapping[str, Any], lang: str) -> str:
    """Return why a visit is not in the plan."""
    return sentence(unserved["reason"], lang=lang, **unserved["detail"])


def title(table: CodeTable, code: str | None, lang: str) -> str:
    """Return a code in the language of the reader; nothing for no code."""
    if not code:
        return ""
    return table.title_of(code, lang=lang)


def listed(names: Iterable[str], lang: str) -> str:
    """Return names as a list inside a sentence."""
    return ("、" if lang == "zh" else ", ").join(names)


def run_on(sentences: Iterable[str], lang: str) -> str:
    """Return sentences as one text."""
    return ("；" if lang == "zh" else "; ").join(sentences)


def bracketed(text: str, lang: str) -> str:
    """Return *text* in the brackets that follow a word."""
    return f"（{text}）" if lang == "zh" else f" ({text})"


def team_label(team: int, lang: str) -> str:
    """Return the name of an anonymous team."""
    return sentence("team", lang=lang, number=team)


def hours_text(seconds: int, lang: str) -> str:
    """Return a duration in hours and minutes."""
    return sentence("hours_minutes", lang=lang, hours=seconds // 3600, minutes=seconds % 3600 // 60)


def weekday(day: dt.date, lang: str) -> str:
    """Return the short name of a weekday."""
    zh, en = "一二三四五六日"[day.weekday()], day.strftime("%a")
    return f"周{zh}" if lang == "zh" else en
