"""Task sheets and workbooks of a week, built from its record and from what is known."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from layers.rows import records
from maps.backdrop import Backdrop
from maps.book_rows import ConflictRow, DueRow, LeftRow, PlanRow, PublishRow, ResultRow, TeamRow
from maps.due_book import due_workbook
from maps.messages import sentence
from maps.sheet_facts import Sheet, SheetPerson, SheetStop
from maps.sheets import task_sheet
from maps.style import route_style
from maps.workbooks import plan_workbook, results_workbook
from xunge import words
from xunge.chance import chance_sentence
from xunge.due_list import calendar_notes, duty_rows
from xunge.meetings import meetings, merge_notes
from xunge.risk_words import risk_brief, risk_sentence
from xunge.rounds import revision_of
from xunge.zone_words import zone_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.codes import CodeTable
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge
    from xunge.zone_words import ZoneFact

SHEETS = {"zh": "任务单", "en": "task-sheets"}
PLAN_BOOK, DUE_BOOK = "plan.xlsx", "due.xlsx"
RESULTS_BOOK = "结果回填.xlsx"
RESULTS_BOOKS = {"zh": RESULTS_BOOK, "en": "results.xlsx"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desktop:
    """A week's record beside the registers and map that its papers are made of.

    ``zones`` are the priority zones around each object.
    """

    record: Mapping[str, Any]
    knowledge: Knowledge
    geography: Geography
    tables: Mapping[str, CodeTable]
    lang: str
    home: str
    zones: Mapping[str, tuple[ZoneFact, ...]] = field(default_factory=dict)

    @property
    def visits(self) -> dict[str, dict[str, Any]]:
        """Visits by id."""
        return {visit["id"]: visit for visit in self.record["visits"]}

    @property
    def team_days(self) -> dict[str, dict[str, Any]]:
        """Team-days by id."""
        return {day["id"]: day for day in self.record["team_days"]}

    @property
    def due(self) -> dict[str, dict[str, Any]]:
        """Due items by id."""
        return {item["id"]: item for item in self.record["due"]}

    @property
    def objects(self) -> dict[str, dict[str, Any]]:
        """What is visited this week, by id; a patrolled cell is no object."""
        every = self.knowledge.objects
        visited = {visit["object"] for visit in self.record["visits"]}
        return {row["id"]: row for row in records(every[every["id"].isin(visited)])}

    def crew(self, team_day: str) -> list[str]:
        """Return the inspectors of a team-day, the leader first, or the expert who goes alone."""
        crew = self.record["crews"][team_day]
        if not crew["inspectors"]:
            return list(crew["experts"])
        others = [one for one in crew["inspectors"] if one != crew["leader"]]
        return [crew["leader"], *others]

    def names(self, people: list[str]) -> str:
        """Return names of people, joined."""
        return words.listed((self.record["people"][one]["name"] for one in people), self.lang)

    def plate(self, day: Mapping[str, Any]) -> str:
        """Return the plate of the car of a team-day; an expert may come by himself."""
        plate = str(self.record["vehicles"][day["vehicle"]])
        return plate or sentence("own_way", lang=self.lang)

    def why(self, visit: Mapping[str, Any]) -> str:
        """Return why a visit is made, and the risk of what was drawn, as one text."""
        said = words.why_sentences(visit, self.due, self.lang)
        line = self.risk(visit)
        if line and any(reason["code"] == "drawn" for reason in visit["why"]):
            said.append(risk_sentence(line, self.lang))
        return words.run_on(said, self.lang)

    def risk(self, visit: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the record knows of the risk of a visit's object; empty for nothing."""
        lines: Mapping[str, Mapping[str, Any]] = self.record.get("risk", {}).get("objects", {})
        return lines.get(visit["object"], {})


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


def workbooks(desk: Desktop) -> dict[str, bytes]:
    """Return the plan, the due list and the results template as Excel files, by name."""
    today = dt.date.fromisoformat(desk.record["monday"])
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        plan_workbook(
            base / PLAN_BOOK, plan=_plan_rows(desk), teams=_team_rows(desk), left=_left_rows(desk),
            today=dt.date.fromisoformat(desk.record["as_of"]), notes=_notes(desk),
            zones=zone_rows(desk.knowledge, desk.zones, tables=desk.tables, lang=desk.lang),
            tables=desk.tables, lang=desk.lang,
        )  # fmt: skip
        due_workbook(
            base / DUE_BOOK, due=_due_rows(desk), conflicts=_conflict_rows(desk), today=today,
            publish=_publish_rows(desk),
            duties=duty_rows(desk.record, "desk", desk.lang),
            rounds=duty_rows(desk.record, "area", desk.lang),
            notes=calendar_notes(desk.record["calendar_unknown"], desk.lang), tables=desk.tables,
            lang=desk.lang,
        )  # fmt: skip
        results = RESULTS_BOOKS[desk.lang]
        results_workbook(
            base / results, rows=_result_rows(desk), tables=desk.tables, lang=desk.lang
        )
        return {name: (base / name).read_bytes() for name in (PLAN_BOOK, DUE_BOOK, results)}


def _plan_rows(desk: Desktop) -> list[PlanRow]:
    objects = desk.objects
    towns = desk.knowledge.area_names()
    rows, met = [], meetings(desk.record, desk.lang)
    for route, day, order, stop in _stops(desk):
        visit = desk.visits[stop["visit"]]
        row = objects.get(visit["object"], {})
        rows.append(
            PlanRow(
                date=dt.date.fromisoformat(day["day"]),
                team=words.team_name(desk.record, day, desk.lang),
                vehicle=desk.plate(day),
                crew=desk.names(desk.crew(route["team_day"])), order=order,
                arrive=stop["start"], leave=stop["leave"], visit=visit["id"],
                object=visit["object"], name=visit["name"], kind=visit["kind"],
                address=row.get("address") or "", town=towns.get(row.get("town_code") or "", ""),
                due=None if visit["due"] is None else dt.date.fromisoformat(visit["due"]),
                why=desk.why(visit), meets=met.get(visit["id"], ""),
                zones="\n".join(
                    fact.sentence(desk.lang) for fact in desk.zones.get(visit["object"], ())
                ),
            )
        )  # fmt: skip
    return rows


def _stops(
    desk: Desktop,
) -> list[tuple[Mapping[str, Any], Mapping[str, Any], int, Mapping[str, Any]]]:
    """Return every stop with its route, its team-day and its place in the route."""
    return [
        (route, desk.team_days[route["team_day"]], order, stop)
        for route in desk.record["plan"]["routes"]
        for order, stop in enumerate(route["stops"], start=1)
    ]


def _team_rows(desk: Desktop) -> list[TeamRow]:
    rows = []
    for route in desk.record["plan"]["routes"]:
        day = desk.team_days[route["team_day"]]
        rows.append(
            TeamRow(
                date=dt.date.fromisoformat(day["day"]),
                team=words.team_name(desk.record, day, desk.lang),
                vehicle=desk.plate(day),
                crew=desk.names(desk.crew(route["team_day"])), visits=len(route["stops"]),
                metres=route["metres"], driving=route["seconds"], depart=route["depart"],
                back=route["back"],
            )
        )  # fmt: skip
    return rows


def _left_rows(desk: Desktop) -> list[LeftRow]:
    rows, names = [], words.record_names(desk.record, desk.tables, desk.lang)
    for left in desk.record["plan"]["unserved"]:
        visit = desk.visits[left["visit"]]
        if visit.get("part_of"):
            continue
        rows.append(
            LeftRow(
                visit=visit["id"], object=visit["object"], name=visit["name"], kind=visit["kind"],
                reason=words.left_out_sentence(left, desk.lang, names=names),
                relief=words.relief_sentence(left, names, desk.lang),
                due=None if visit["due"] is None else dt.date.fromisoformat(visit["due"]),
            )
        )  # fmt: skip
    return rows


def _notes(desk: Desktop) -> list[str]:
    """Return what the page of notes says besides counts: what excludes each other, or is merged."""
    names = words.record_names(desk.record, desk.tables, desk.lang)
    clash = words.conflict_sentence(desk.record, names, desk.lang)
    homes = [
        sentence("home_area", lang=desk.lang, team=words.team_label(int(team), desk.lang),
                 towns=words.listed(towns, desk.lang))
        for team, towns in desk.record.get("home_areas", {}).items()
    ]  # fmt: skip
    driving = words.travel_words(desk.record.get("travel", {}), desk.lang)
    if driving:
        driving = sentence("travel_note", lang=desk.lang, said=driving)
    said = [one for one in (clash, driving, chance_sentence(desk.record, desk.lang)) if one]
    return [*said, *_radar_notes(desk), *homes, *merge_notes(desk.record, desk.lang)]


def _radar_notes(desk: Desktop) -> list[str]:
    """Return what the relapse radar found, the latest first."""
    hits = sorted(desk.record.get("radar", ()), key=lambda hit: (hit["found"], hit["new"]))
    names = desk.knowledge.objects["name"].to_dict()
    told = words.radar_sentences(desk.record, names, desk.lang)
    if not hits:
        return []
    count = sentence("radar_count", lang=desk.lang, count=len({hit["new"] for hit in hits}),
                     reports=sum(hit["kind"] == "report" for hit in hits))  # fmt: skip
    colon = sentence("map_colon", lang=desk.lang)
    new = dict.fromkeys(hit["new"] for hit in reversed(hits))
    return [count, *(f"{names.get(one, one)}{colon}{line}" for one in new for line in told[one])]


def _due_rows(desk: Desktop) -> list[DueRow]:
    planned = {
        ref: day for _, day, _, stop in _stops(desk) for ref in desk.visits[stop["visit"]]["refs"]
    }
    names = desk.knowledge.objects["name"].to_dict()
    rows = []
    for item in desk.record["due"]:
        day = planned.get(item["id"])
        rows.append(
            DueRow(
                object=item["object"], name=names.get(item["object"], item["object"]),
                kind=item.get("visit", item["kind"]), base=dt.date.fromisoformat(item["base"]),
                due=dt.date.fromisoformat(item["due"]),
                reasons=words.run_on(words.due_sentences(item, desk.lang), desk.lang),
                overdue_days=item["overdue_days"],
                planned_on=None if day is None else dt.date.fromisoformat(day["day"]),
                team="" if day is None else words.team_name(desk.record, day, desk.lang),
            )
        )  # fmt: skip
    return rows


def _conflict_rows(desk: Desktop) -> list[ConflictRow]:
    names = desk.knowledge.objects["name"].to_dict()
    rows = []
    # What waits for a decision comes first, what can be kept anyway last.
    order = sorted(
        desk.record.get("conflicts", ()), key=lambda one: (one["exempt"], not one["held"])
    )
    for one in order:
        rule, cap = one["rule"], one["cap"]
        code = "exempt" if one["exempt"] else "held" if one["held"] else "open"
        rows.append(
            ConflictRow(
                object=one["object"], name=names.get(one["object"], one["object"]),
                rule=words.floor_title(rule, desk.lang),
                rule_source=words.sourced(rule["source"], rule["status"], desk.lang),
                needed=one["needed"], cap=cap["cap"], made=cap["made"], left=one["left"],
                cap_source=words.sourced(cap["cap_source"], cap["cap_status"], desk.lang),
                what=sentence(f"conflict_{code}", lang=desk.lang),
            )
        )  # fmt: skip
    return rows


def _publish_rows(desk: Desktop) -> list[PublishRow]:
    return [
        PublishRow(
            visit=one["visit"], name=one["name"], visited=dt.date.fromisoformat(one["visited"]),
            due=dt.date.fromisoformat(one["due"]), late_days=one["late_days"],
            remark=sentence("publish_correction", lang=desk.lang) if one["corrects"] else "",
            source=words.sourced(one["source"], one["status"], desk.lang),
        )
        for one in desk.record.get("publications", ())
    ]  # fmt: skip


def _result_rows(desk: Desktop) -> list[ResultRow]:
    rows = []
    for _, day, _, stop in _stops(desk):
        visit = desk.visits[stop["visit"]]
        if visit.get("part_of"):  # results are told once, for the whole joint visit
            continue
        rows.append(
            ResultRow(
                visit=visit["id"], date=dt.date.fromisoformat(day["day"]),
                team=words.team_name(desk.record, day, desk.lang), object=visit["object"],
                name=visit["name"], kind=visit["kind"],
            )
        )  # fmt: skip
    return rows
