"""Where the cars of a joint visit meet, in words: when, and with which teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maps.messages import sentence
from scheduler.plan import clock
from xunge import words

if TYPE_CHECKING:
    from collections.abc import Mapping


def meetings(record: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Return by id of the visit when and with whom a team meets there; only joint visits have it.

    Experts who come by themselves are named, teams have number, departments and plate.
    """
    visits = {visit["id"]: visit for visit in record["visits"]}
    days = {day["id"]: day for day in record["team_days"]}
    made: dict[str, list[tuple[str, dict[str, Any], int]]] = {}
    for route in record["plan"]["routes"]:
        for stop in route["stops"]:
            meets = visits[stop["visit"]].get("meets")
            if meets:
                car = (stop["visit"], days[route["team_day"]], stop["start"])
                made.setdefault(meets, []).append(car)
    found = {}
    for cars in made.values():
        for id_, _, start in cars:
            others = [_who(record, day, visits[other]["departments"], lang)
                      for other, day, _ in cars if other != id_]  # fmt: skip
            if others:
                found[id_] = sentence(
                    "meet", lang=lang, at=clock(start), others=words.listed(others, lang)
                )
    return found


def _who(record: Mapping[str, Any], day: Mapping[str, Any], departments: list[str], lang: str
         ) -> str:  # fmt: skip
    if day.get("expert"):
        name = record["people"].get(day["expert"], {}).get("name", day["expert"])
        return sentence("meet_expert", lang=lang, name=name)
    team = words.team_name(record, day, lang)
    about = [words.listed(departments, lang), record["vehicles"].get(day["vehicle"], "")]
    inside = ("·" if lang == "zh" else ", ").join(filter(None, about))
    return team + words.bracketed(inside, lang)


def merge_notes(record: Mapping[str, Any], lang: str) -> list[str]:
    """Return one sentence for each merged visit, and for each that could not be merged."""
    lines = [
        sentence(
            "merged_visit", lang=lang, name=one["name"], count=len(one["requests"]),
            requests=words.listed(
                (
                    sentence(f"request_{request['code']}", lang=lang)
                    + words.bracketed(words.listed(request["departments"], lang), lang)
                    for request in one["requests"]
                ),
                lang,
            ),
            hours=f"{one['saved_officer_seconds'] / 3600:.1f}",
        )
        for one in record.get("merged", ())
    ]  # fmt: skip
    for one in record.get("apart", ()):
        why = sentence(one["code"], lang=lang, departments=words.listed(one["departments"], lang))
        lines.append(f"{one['name']}{sentence('map_colon', lang=lang)}{why}")
    return lines
