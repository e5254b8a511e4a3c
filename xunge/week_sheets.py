"""Task sheets of a week, one for each team and day, built from its record."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import shapely

from layers.rows import records
from maps.backdrop import Backdrop
from maps.sheet_facts import Sheet, SheetPerson, SheetStop
from maps.sheets import task_sheet
from maps.style import route_style
from xunge import words
from xunge.meetings import meetings
from xunge.risk_words import risk_brief
from xunge.rounds import revision_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xunge.desktop import Desktop
    from xunge.geography import Geography

SHEETS = {"zh": "任务单", "en": "task-sheets"}


def task_sheets(desk: Desktop, *, progress: Callable[[str], None]) -> dict[str, bytes]:
    """Return one PDF per team and day, by file name."""
    backdrop = _backdrop(desk.geography)
    objects = desk.objects
    hazards = dict(zip(desk.knowledge.orders["id"], desk.knowledge.orders["hazard"], strict=True))
    sheets = {}
    for number, route in enumerate(desk.record["plan"]["routes"], start=1):
        day = desk.team_days[route["team_day"]]
        sheet = _sheet(desk, route, day, number=number, objects=objects, hazards=hazards,
                       backdrop=backdrop)  # fmt: skip
        team = words.team_name(desk.record, day, desk.lang).replace(" ", "-")
        name = f"{SHEETS[desk.lang]}/{day['day']}-{team}.pdf"
        sheets[name] = task_sheet(sheet, lang=desk.lang, tables=desk.tables)
        progress(f"sheet {number}")
    return sheets


def _sheet(
    desk: Desktop,
    route: Mapping[str, Any],
    day: Mapping[str, Any],
    *,
    number: int,
    objects: Mapping[str, Mapping[str, Any]],
    hazards: Mapping[str, str | None],
    backdrop: Backdrop,
) -> Sheet:
    record = desk.record
    depot = next(one for one in record["depots"] if one["id"] == day["depot"])
    crew = record["crews"][route["team_day"]]
    met = meetings(record, desk.lang)
    lunch = route["lunch"]
    return Sheet(
        number=f"{record['area']} {_version(record)}-{number:02d}",
        date=dt.date.fromisoformat(day["day"]),
        team=words.team_name(desk.record, day, desk.lang),
        crew=tuple(
            _person(desk, one) for one in desk.crew(route["team_day"]) if crew["inspectors"]
        ),
        experts=tuple(_person(desk, one) for one in crew["experts"]),
        plate=desk.plate(day), open_end=day.get("open_end", False),
        station=depot["name"], station_lon=depot["lon"], station_lat=depot["lat"],
        stops=tuple(_stop(desk, stop, objects, hazards, met) for stop in route["stops"]),
        depart=route["depart"], back=route["back"], metres=route["metres"],
        as_of=dt.date.fromisoformat(record["as_of"]),
        lunch=None if lunch is None else (lunch, lunch + day["lunch"][2]),
        legs=tuple(
            tuple((x, y) for x, y in leg) for leg in record["legs"][route["team_day"]]
        ),
        backdrop=backdrop,
        colour=route_style(day["team"] - 1).colour,
        navigation="amap" if desk.home else "geo",
        travel=words.travel_words(record.get("travel", {}), desk.lang),
    )  # fmt: skip


def _version(record: Mapping[str, Any]) -> str:
    """Return the round of a sheet, with its version where the week was planned again."""
    revision = revision_of(record)
    return record["round"] if revision == 1 else f"{record['round']} v{revision}"


def _person(desk: Desktop, one: str) -> SheetPerson:
    return SheetPerson(**desk.record["people"][one])


def _stop(
    desk: Desktop,
    stop: Mapping[str, Any],
    objects: Mapping[str, Mapping[str, Any]],
    hazards: Mapping[str, str | None],
    met: Mapping[str, str],
) -> SheetStop:
    visit = desk.visits[stop["visit"]]
    row = objects.get(visit["object"], {})
    orders = [desk.due[ref]["subject"] for ref in visit["refs"] if ref in desk.due]
    return SheetStop(
        visit=visit["id"], object=visit["object"], name=visit["name"], kind=visit["kind"],
        lon=visit["lon"], lat=visit["lat"], arrive=stop["start"], leave=stop["leave"],
        industry=row.get("industry") or "", risk_grade=row.get("risk_grade") or "",
        address=row.get("address") or "", phone=row.get("phone") or "",
        credit_code=row.get("credit_code") or "",
        due=None if visit["due"] is None else dt.date.fromisoformat(visit["due"]),
        radius_m=int(row.get("radius_m") or 0),
        hazards=tuple(text for text in (hazards.get(order) for order in orders) if text),
        why=tuple(words.why_sentences(visit, desk.due, desk.lang)),
        risk=risk_brief(desk.risk(visit), desk.lang),
        departments=tuple(visit["departments"]) if len(visit["departments"]) > 1 else (),
        meets=met.get(visit["id"], ""),
    )  # fmt: skip


def _backdrop(geography: Geography) -> Backdrop:
    return Backdrop(
        towns=tuple((str(row["name"]), row["geometry"]) for row in records(geography.towns)),
        roads=tuple(
            (str(row.get("class") or ""), line)
            for row in records(geography.road_lines)
            for line in shapely.get_parts(row["geometry"])
        ),
        credits=str(geography.road_lines.attrs.get("credits", "")),
    )
