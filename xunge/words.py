"""Sentences of a week: why something is due, why it is visited, why it was left out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from maps.messages import advice, sentence
from scheduler.periods import load_periods
from scheduler.risk_weights import parts_of
from scheduler.zone_rules import load_zone_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layers.codes import CodeTable
    from scheduler.conditions import Condition
    from scheduler.floors import Floors
    from scheduler.periods import Period
    from scheduler.zone_rules import ZoneRules


def due_sentences(item: Mapping[str, Any], lang: str) -> list[str]:
    """Return the sum that makes a due date, one sentence a line: base date, then each reason."""
    lines = [sentence(f"base_{item['base_code']}", lang=lang, date=item["base"])]
    for reason in item["reasons"]:
        data = {
            **radar_words(reason, lang), **{key: reason[key] for key in reason if key != "detail"}
        }  # fmt: skip
        data["start"] = data.pop("from")
        said = sentence(data.pop("code"), lang=lang, **data)
        if reason["status"] == "unverified":
            said += bracketed(sentence("status_unverified", lang=lang), lang)
        lines.append(said)
    lines.append(sentence("due_on", lang=lang, due=item["due"]))
    if item["kind"] == "revisit" and item.get("limit"):
        lines.append(sentence("due_limit_stays", lang=lang, limit=item["limit"]))
    if item["overdue_days"] > 0:
        lines.append(sentence("due_overdue", lang=lang, days=item["overdue_days"]))
    if item.get("level"):
        lines.append(sentence("due_level", lang=lang, **item["level"]))
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
        early = item["reasons"][0]["code"] if item is not None else ""
        if f"{code}_{early}" in _EARLY:
            assert item is not None  # noqa: S101 - it has the reason
            code, data = f"{code}_{early}", {**data, **radar_words(item["reasons"][0], lang)}
        if item is not None and item["overdue_days"] > 0:
            code += "_overdue"
        if "departments" in data:
            data["departments"] = listed(data["departments"], lang)
        if "stratum" in data:
            data["stratum_title"] = sentence(f"stratum_{data['stratum']}", lang=lang)
        if "status" in data:
            data["status_title"] = sentence(f"status_{data['status']}", lang=lang)
        lines.append(sentence(code, lang=lang, **data))
    return lines


_EARLY = ("why_revisit_risk_based", "why_revisit_radar_match")


def radar_words(reason: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return what the sentence of a reason needs, the matches of the relapse radar in words."""
    data = dict(reason["detail"])
    data["more"] = _risk_features(data, lang)
    if "matches" in data:
        data["how"] = radar_match(data, lang)
        data["kind_title"] = sentence(f"radar_kind_{data['kind']}", lang=lang)
    return data


_NAMED_FROM = 1.25  # times the average, or one by so much: then a feature is named (product choice)


def _risk_features(detail: Mapping[str, Any], lang: str) -> str:
    """Return the features of a closing that move its hazard much, to follow the other reasons."""
    clean, lately = (detail.get(f"{name}_factor", 1.0) for name in ("clean_days", "lately"))
    named = {
        "risk_clean_early": clean >= _NAMED_FROM, "risk_clean_late": clean <= 1 / _NAMED_FROM,
        "risk_lately": lately >= _NAMED_FROM,
    }  # fmt: skip
    return "".join(sentence(code, lang=lang, **detail) for code, said in named.items() if said)


def radar_match(hit: Mapping[str, Any], lang: str) -> str:
    """Return by what a new site or report matches a closed one, distance and error included."""
    told = []
    for one in hit["matches"]:
        told.append(sentence(f"radar_by_{one}", lang=lang, **hit))
    if "place" not in hit["matches"] and hit["distance_m"] is not None:
        told.append(sentence("radar_away", lang=lang, **hit))
    return listed(told, lang)


def radar_sentences(
    record: Mapping[str, Any], names: Mapping[Any, str], lang: str
) -> dict[str, list[str]]:
    """Return what the relapse radar says of a record's sites and reports, by object.

    A closed site whose due date tells it already is left out.
    """
    told = {item["object"] for item in record["due"] if item["reasons"][0]["code"] == "radar_match"}
    found: dict[str, list[str]] = {}
    for hit in record.get("radar", ()):
        data = radar_words({"detail": hit}, lang)
        code = "radar_new_marked" if hit["marked"] else "radar_new"
        new = sentence(code, lang=lang, **data, name=names.get(hit["site"], hit["site"]))
        found.setdefault(hit["new"], []).append(new)
        if hit["site"] not in told:
            old = sentence("radar_old", lang=lang, **data, name=names.get(hit["new"], hit["new"]))
            found.setdefault(hit["site"], []).append(old)
    return found


def floor_title(rule: Mapping[str, Any], lang: str) -> str:
    """Return a frequency floor in words: whom it is about and how often."""
    return sentence(f"floor_{rule['period']}", lang=lang, **rule)


def sourced(source: str, status: str, lang: str) -> str:
    """Return a source with how far it was verified."""
    return source + bracketed(sentence(f"status_{status}", lang=lang), lang)


def frame_titles(
    floors: Floors,
    conditions: Iterable[Condition],
    zones: ZoneRules | None = None,
    periods: Iterable[Period] | None = None,
) -> dict[str, Mapping[str, Any]]:
    """Return the words of all rules that can put an enterprise into its stratum, by reason.

    Zones and sensitive periods are conditions too, see
    :meth:`scheduler.zone_rules.ZoneRule.condition`; without them the shipped ones are meant.
    """
    rules = (zones or load_zone_rules()).kinds.values()
    by_floor = {f"floor:{rule.name}": rule.words() for rule in floors.rules}
    by_condition = {
        one.name: one.words()
        for one in (
            *conditions,
            *(rule.condition() for rule in rules),
            *(one.condition() for one in (load_periods() if periods is None else periods)),
        )
    }
    return {**by_floor, **by_condition}


def frame_sentence(why: str, titles: Mapping[str, Mapping[str, Any]], lang: str) -> str:
    """Return why an enterprise stands in its stratum of the frame, so that it can be told.

    Parameters
    ----------
    why
        Reason of an eligible object, see :func:`scheduler.eligible.stratum_of`.
    titles
        What :func:`frame_titles` returned.
    """
    base, factor = parts_of(why)
    if factor:
        said = frame_sentence(base, titles, lang)
        return sentence("frame_risk", lang=lang, base=said, factor=factor)
    if why not in titles:
        return sentence(f"frame_{why}", lang=lang)
    code = "frame_floor" if why.startswith("floor:") else "frame_condition"
    data = titles[why]
    return sentence(
        code, lang=lang, **data, status_title=sentence(f"status_{data['status']}", lang=lang)
    )


def left_out_sentence(
    unserved: Mapping[str, Any], lang: str, *, names: Mapping[str, str] | None = None
) -> str:
    """Return why a visit is not in the plan."""
    code, detail = unserved["reason"], unserved["detail"]
    if detail.get("reliefs") and "constraint" in detail:
        code = f"{code}_{detail['constraint']}"
        detail = {**detail, "missing": (names or {}).get(detail["missing"], detail["missing"])}
    if detail.get("full"):
        code = f"{code}_full"
    return sentence(code, lang=lang, **_named(detail, names or {}, lang))


def left_out_in_full(unserved: Mapping[str, Any], names: Mapping[str, str], lang: str) -> str:
    """Return why a visit is not in the plan, with the cheapest relief where some were tried."""
    said = [left_out_sentence(unserved, lang, names=names)]
    if unserved["detail"].get("reliefs") == []:
        said.append(sentence("relief_nothing", lang=lang))
    for first in _reliefs(unserved, names, lang)[:1]:
        said.append(_in_turn(unserved, sentence("relief_first", lang=lang, first=first), lang))
    return run_on(said, lang)


def relief_sentence(unserved: Mapping[str, Any], names: Mapping[str, str], lang: str) -> str:
    """Return what to do about a visit that is not in the plan: the cheapest relief comes first.

    Parameters
    ----------
    names
        What ids and codes are called, see :func:`record_names`.
    """
    told = _reliefs(unserved, names, lang)
    if unserved["detail"].get("reliefs") == []:
        return sentence("relief_nothing", lang=lang)
    if not told:
        return advice(unserved["reason"], lang=lang, **unserved["detail"])
    code = "relief_or" if len(told) > 1 else "relief_first"
    said = sentence(code, lang=lang, first=told[0], others=run_on(told[1:], lang))
    return _in_turn(unserved, said, lang)


def conflict_sentence(
    record: Mapping[str, Any], names: Mapping[str, str], lang: str, *, most: int = 100
) -> str:
    """Return which mandatory visits cannot all be made, *most* of them by name; empty if none."""
    found = record.get("conflict")
    if not found:
        return ""
    visits = found["detail"]["visits"]
    told = [names.get(one, one) for one in visits[:most]] + ["…"] * (len(visits) > most)
    return sentence(found["code"], lang=lang, count=len(visits), visits=listed(told, lang))


def _in_turn(unserved: Mapping[str, Any], said: str, lang: str) -> str:
    """Return ways to make a carried visit, which wait for those with earlier tickets."""
    before = unserved["detail"].get("before", 0)
    return sentence("relief_in_turn", lang=lang, count=before, ways=said) if before else said


def _reliefs(unserved: Mapping[str, Any], names: Mapping[str, str], lang: str) -> list[str]:
    found = []
    for one in unserved["detail"].get("reliefs", ()):
        steps, last = [], ""
        for step in (one, *one.get("also", ())):
            data = _named(step["detail"], names, lang)
            here = step["detail"].get("team_day", "")
            if here and here == last:
                data["where"] = sentence("relief_where_same", lang=lang)
            last = here or last
            steps.append(sentence(step["code"], lang=lang, **data))
        found.append(sentence("relief_and", lang=lang).join(steps))
    return found


def _named(detail: Mapping[str, Any], names: Mapping[str, str], lang: str) -> dict[str, Any]:
    """Return data with names for the ids in its lists, and words for its team-days and station."""
    data = {
        key: listed((names.get(str(word), str(word)) for word in value), lang)
        if isinstance(value, list | tuple)
        else value
        for key, value in detail.items()
    }
    if "depot" in data:
        data["depot"] = names.get(data["depot"], data["depot"])
    if "team_days" in detail:
        data["team_days"] = listed((_where(one, names, lang) for one in detail["team_days"]), lang)
    return {"where": _where(str(data.get("team_day", "")), names, lang), **data}


def _where(team_day: str, names: Mapping[str, str], lang: str) -> str:
    """Return a team and its day in words; one that would be added has no name."""
    day, added, _ = team_day.partition("+")
    return sentence("relief_where_more", lang=lang, day=day) if added else names.get(day, day)


def record_names(
    record: Mapping[str, Any], tables: Mapping[str, CodeTable], lang: str
) -> dict[str, str]:
    """Return what ids are called: visits, objects, people, stations, team-days, specialities."""
    table = tables["speciality"]
    found = {code: table.title_of(code, lang=lang) for code in table.codes}
    found.update({id_: str(person["name"]) for id_, person in record["people"].items()})
    found.update({depot["id"]: str(depot["name"]) for depot in record.get("depots", ())})
    for day in record.get("team_days", ()):
        on = weekday(dt.date.fromisoformat(day["day"]), lang)
        found[day["id"]] = sentence("relief_where", lang=lang, weekday=on, team=day["team"])
    for visit in record["visits"]:
        found[visit["object"]] = found[visit["id"]] = str(visit["name"])
    return found


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


def team_name(record: Mapping[str, Any], day: Mapping[str, Any], lang: str) -> str:
    """Return what a team-day of a record is called: its team, or the expert who comes alone."""
    if day.get("expert"):
        name = record["people"].get(day["expert"], {}).get("name", day["expert"])
        return sentence("team_own_way", lang=lang, name=name)
    team = team_label(day["team"], lang)
    return sentence("team_night", lang=lang, team=team) if day.get("night") else team


def hours_text(seconds: int, lang: str) -> str:
    """Return a duration in hours and minutes."""
    return sentence("hours_minutes", lang=lang, hours=seconds // 3600, minutes=seconds % 3600 // 60)


def weekday(day: dt.date, lang: str) -> str:
    """Return the short name of a weekday."""
    zh, en = "一二三四五六日"[day.weekday()], day.strftime("%a")
    return f"周{zh}" if lang == "zh" else en


def travel_words(travel: Mapping[str, Any], lang: str) -> str:
    """Return who said how long it takes, and what is replaced, estimated or padded.

    Empty where it is simply the built-in roads, or nobody knows (records of old).
    """
    if not travel:
        return ""

    def say(code: str, **data: object) -> str:
        return sentence(code, lang=lang, **data)

    parts = []
    if travel["because"]:
        parts.append(say("travel_replaced", asked=say(f"travel_by_{travel['asked']}")))
    if travel["undrawn"]:
        parts.append(say("travel_undrawn"))
    if travel["estimated"]:
        parts.append(say("travel_estimated", pairs=travel["estimated"]))
    if travel["traffic"]:
        parts.append(say("travel_traffic"))
    if not parts and travel["engine"] == "roads":
        return ""
    return say("travel_join").join([say(f"travel_by_{travel['engine']}"), *parts])
