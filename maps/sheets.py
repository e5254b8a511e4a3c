"""Task sheets: one PDF for a team and a day, with a record page for every stop.

The look is in ``sheet.typ``; it gets plain text as JSON, so that a name from a ledger is printed as
it stands and never read as markup. Nothing is written to disk.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typst

from layers import codes
from maps.check_items import check_list
from maps.messages import load, sentence
from maps.printable import breakable, clean, mask_phone, mask_phones
from maps.qr import navigation_uri, qr_svg
from maps.route_svg import route_svg
from maps.sheet_facts import SheetError
from scheduler.plan import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maps.sheet_facts import Sheet, SheetPerson, SheetStop

FONTS = Path(__file__).parent / "static" / "fonts"
_TEMPLATE = Path(__file__).parent / "sheet.typ"
_WEEKDAYS = {
    "zh": ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
}
_ESTIMATED_M = 300
_LOCK = threading.Lock()


def task_sheet(
    sheet: Sheet,
    *,
    lang: str = "zh",
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
    checks: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the task sheet and its record pages as PDF; the same sheet gives the same bytes.

    Parameters
    ----------
    sheet
        What to print.
    lang
        ``zh`` or ``en``: language of the printed words and of the shipped check lists.
    tables
        Code tables, with a bureau's own rows.
    checks
        A bureau's own check lists in the shape of ``check_items.toml``.

    Raises
    ------
    SheetError
        If there is no stop or no crew on the sheet, or its colour is not ``#rrggbb``.
    """
    _demand(sheet)
    page = _Page(sheet=sheet, lang=lang, tables=tables, checks=checks)
    data = json.dumps(page.content(), ensure_ascii=False, sort_keys=True)
    stamp = dt.datetime.combine(sheet.as_of, dt.time(), tzinfo=dt.UTC)
    with _LOCK:  # one compiler keeps the fonts in memory; it is not made for two threads at once
        # Made for paper: without the tag tree the file is 40 % smaller.
        pdf = _compiler().compile(
            sys_inputs={"data": data}, format="pdf", timestamp=stamp, pdf_tags=False
        )
    return cast("bytes", pdf)


def _demand(sheet: Sheet) -> None:
    if not sheet.stops:
        raise SheetError(code="sheet_without_stops", number=sheet.number)
    if not sheet.crew and not sheet.experts:
        raise SheetError(code="sheet_without_crew", number=sheet.number)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", sheet.colour):
        raise SheetError(code="sheet_bad_colour", number=sheet.number)


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )
    return typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Turns a sheet into the text and pictures of the template."""

    sheet: Sheet
    lang: str
    tables: Mapping[str, codes.CodeTable]
    checks: Mapping[str, Any] | None

    def content(self) -> dict[str, Any]:
        sheet = self.sheet
        printed = sheet.as_of.isoformat()
        return {
            "lang": self.lang,
            "colour": sheet.colour,
            "words": self._words(),
            "number": _mark(sheet.number),
            "date": self._date(sheet.date),
            "team": _line(sheet.team),
            "plate": _mark(sheet.plate) or "—",
            **self._people(),
            "totals": self._totals(),
            "map": self._map(),
            "map_height": _map_height_mm(len(sheet.stops)),
            "map_note": self._say(
                "sheet_route_note_open" if sheet.open_end else "sheet_route_note",
                station=_line(sheet.station),
            ),
            "stops": [self._stop(n, stop) for n, stop in enumerate(sheet.stops, 1)],
            "lunch": self._lunch(),
            "note": self._note(),
            "printed": self._say("sheet_printed", when=printed),
            "results": self.tables["visit_result"].titles(lang=self.lang),
            "outcomes": self.tables["review_outcome"].titles(lang=self.lang),
            "stamp": [*sheet.as_of.timetuple()[:6]],
        }

    def _say(self, code: str, **data: Any) -> str:
        return sentence(code, lang=self.lang, **data)

    def _words(self) -> dict[str, str]:
        """Return the sentences without data; the template fills the page numbers itself."""
        return {
            code: message.sentence(self.lang)
            for code, message in sorted(load().items())
            if code.startswith(("sheet_", "record_"))
        }

    def _title(self, table: str, code: str) -> str:
        return _line(self.tables[table].title_of(code, lang=self.lang))

    def _date(self, day: dt.date) -> str:
        weekday = _WEEKDAYS[self.lang][day.weekday()]
        return f"{day.isoformat()}（{weekday}）" if self.lang == "zh" else f"{weekday} {day}"

    def _note(self) -> str:
        """Return the small print: navigation, and who said how long the drives take."""
        note = self._say(f"sheet_note_{self.sheet.navigation}")
        if not self.sheet.travel:
            return note
        return f"{note} {self._say('travel_note', said=_line(self.sheet.travel))}"

    def _people(self) -> dict[str, Any]:
        label = self._say("sheet_crew" if self.sheet.crew else "sheet_experts")
        if not self.sheet.crew:  # an expert on his own way: nobody leads, nobody inspects
            assists = self._say("sheet_assists")
            return {
                "crew_label": label,
                "crew": [self._person(p, "sheet_assists") for p in self.sheet.experts],
                "experts": [],
                "signers": [
                    {"name": _line(p.name), "certificate": assists} for p in self.sheet.experts
                ],
            }
        leader, *others = self.sheet.crew
        crew = [self._person(leader, "sheet_leader"), *(self._person(p, "") for p in others)]
        return {
            "crew_label": label,
            "crew": crew,
            "experts": [self._person(p, "sheet_assists") for p in self.sheet.experts],
            "signers": [self._signer(person) for person in self.sheet.crew],
        }

    def _person(self, person: SheetPerson, word: str) -> str:
        notes = [self._say(word)] if word else []
        notes += [_line(person.department)] if clean(person.department) else []
        name = _line(person.name)
        if not notes:
            return name
        return (
            f"{name}（{'·'.join(notes)}）" if self.lang == "zh" else f"{name} ({', '.join(notes)})"
        )

    def _signer(self, person: SheetPerson) -> dict[str, str]:
        number = _mark(person.certificate)
        certificate = self._say("record_certificate", number=number) if number else ""
        return {
            "name": _line(person.name),
            "certificate": certificate or self._say("record_no_certificate"),
        }

    def _totals(self) -> list[dict[str, str]]:
        sheet = self.sheet
        minutes = (sheet.back - sheet.depart + 30) // 60
        hours = self._say("sheet_hours_minutes", hours=minutes // 60, minutes=minutes % 60)
        visits = f"{len(sheet.stops)} {self._say('sheet_unit_visits')}".strip()
        span = f"{clock(sheet.depart)} – {clock(sheet.back)}"
        return [
            {"value": visits, "label": self._say("sheet_total_visits")},
            {"value": f"{sheet.metres / 1000:.0f} km", "label": self._say("sheet_total_km")},
            {"value": hours, "label": self._say("sheet_total_hours")},
            {"value": span, "label": self._say("sheet_total_span")},
        ]

    def _map(self) -> str:
        sheet = self.sheet
        return route_svg(
            stops=[(stop.lon, stop.lat) for stop in sheet.stops],
            station=(sheet.station_lon, sheet.station_lat),
            paths=sheet.legs,
            backdrop=sheet.backdrop,
            station_name=sheet.station,
            colour=sheet.colour,
            height_mm=_map_height_mm(len(sheet.stops)),
            open_end=sheet.open_end,
        )

    def _lunch(self) -> dict[str, Any] | None:
        if self.sheet.lunch is None or self.sheet.lunch[0] >= self.sheet.back:
            return None
        start, end = self.sheet.lunch
        before = sum(stop.arrive < start for stop in self.sheet.stops)
        return {
            "after": before,
            "text": self._say("sheet_lunch", start=clock(start), end=clock(end)),
        }

    def _stop(self, number: int, stop: SheetStop) -> dict[str, Any]:
        hazards = tuple(_line(hazard) for hazard in stop.hazards if clean(hazard))
        checks = check_list(stop.kind, industry=stop.industry, hazards=hazards,
                            tables=self.checks, lang=self.lang)  # fmt: skip
        what = _line(stop.what) or self._what(hazards, checks.focus)
        return {
            **self._row(number, stop, what=what),
            **self._record(stop),
            "lines": list(checks.lines),
            "answers": list(checks.answers),
        }

    def _row(self, number: int, stop: SheetStop, *, what: str) -> dict[str, Any]:
        """Return the cells of the table on the first page."""
        uri = navigation_uri(stop.lon, stop.lat, navigation=self.sheet.navigation)
        radius = max(0.1, round(stop.radius_m / 1000, 1))
        estimated = stop.radius_m >= _ESTIMATED_M
        return {
            "n": number,
            "name": _line(stop.name),
            "below": _joined(
                mask_phone(stop.phone), self._title("risk_grade", stop.risk_grade), _line(stop.risk)
            ),
            "address": _line(stop.address) or "—",
            "estimated": self._say("sheet_radius", km=radius) if estimated else "",
            "kind": self._title("visit_kind", stop.kind),
            "what": what,
            "meets": _line(stop.meets),
            "due": self._due(stop.due),
            "arrive": clock(stop.arrive),
            "stay": self._say("sheet_stay", minutes=(stop.leave - stop.arrive + 30) // 60),
            "qr": qr_svg(uri),
            "qr_text": uri,
        }

    def _record(self, stop: SheetStop) -> dict[str, Any]:
        """Return the facts of the record page."""
        risk = self._title("risk_grade", stop.risk_grade)
        return {
            "visit": _mark(stop.visit),
            "object": _mark(stop.object),
            "credit_code": _mark(stop.credit_code) or "—",
            "contact": _joined(_line(stop.contact), mask_phone(stop.phone)) or "—",
            "industry": _joined(self._title("industry", stop.industry), risk) or "—",
            "why": [_line(reason) for reason in stop.why if clean(reason)],
            "departments": self._say("sheet_comma").join(_line(name) for name in stop.departments),
            "time": self._say("record_time_blank", date=self._date(self.sheet.date)),
            "review": stop.kind == "reinspection",
        }

    def _what(self, hazards: tuple[str, ...], focus: str) -> str:
        if not hazards:
            return focus
        first = hazards[0] if len(hazards[0]) <= 30 else f"{hazards[0][:29]}…"
        if len(hazards) == 1:
            return first
        return self._say("sheet_hazard_count", first=first, count=len(hazards))

    def _due(self, due: dt.date | None) -> dict[str, Any]:
        if due is None:
            return {"text": self._say("sheet_no_due"), "below": "", "late": False}
        left = (due - self.sheet.date).days
        if left < 0:
            below = self._say("sheet_should_be", date=f"{due:%m-%d}")
            return {"text": self._say("sheet_overdue", days=-left), "below": below, "late": True}
        if left == 0:
            return {"text": self._say("sheet_due_today"), "below": f"{due:%m-%d}", "late": True}
        below = self._say("sheet_days_left", days=left)
        return {"text": f"{due:%m-%d}", "below": below, "late": False}


def _joined(*texts: str) -> str:
    return " · ".join(text for text in texts if text)


def _line(text: object) -> str:
    return breakable(mask_phones(text))


def _mark(text: object) -> str:
    """Return an id or a document number: it may look like a telephone number and is not one."""
    return breakable(clean(text), every=20)


def _map_height_mm(stops: int) -> float:
    """Return the height at which map and table fill a page; from eight stops on there are two."""
    heights = {1: 118.0, 2: 118.0, 3: 114.0, 4: 100.0, 5: 82.0, 6: 66.0, 7: 50.0}
    return heights.get(stops, 84.0)
