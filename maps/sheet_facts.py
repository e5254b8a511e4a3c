"""What stands on a task sheet: a team, its people and its stops on one day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from maps.backdrop import Backdrop
from maps.route_svg import DEFAULT_COLOUR

if TYPE_CHECKING:
    import datetime as dt

    from maps.qr import Navigation


class SheetError(ValueError):
    """A sheet that cannot be printed; ``code`` says why, ``number`` which sheet it is."""

    def __init__(self, *, code: str, number: str) -> None:
        super().__init__(f"{code}: {number}")
        self.code = code
        self.number = number


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPerson:
    """Someone on the sheet: an inspector with a certificate number, or an expert."""

    name: str
    department: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetStop:
    """One stop in driving order.

    Attributes
    ----------
    visit, object, name
        Ids of the visit and of the object; the object's name.
    kind, industry, risk_grade
        Codes of ``visit_kind``, ``industry`` and ``risk_grade``; unknown text is printed as it is.
    lon, lat, radius_m
        Where it is, WGS-84, and how far off that may be.
    arrive, leave
        Seconds since midnight.
    due
        Last day on which the visit is in time.
    hazards
        What a re-inspection has to verify.
    why
        Sentences that explain why the visit is due.
    departments
        Names of the departments that must take part.
    what
        Replaces the short line of what to check.
    meets
        When and with whom the team meets there, a sentence; empty where it comes alone.
    risk
        What its record of visits says, a few words for the crew; it is not on the page of the
        record, which the object signs.
    """

    visit: str
    object: str
    name: str
    kind: str
    lon: float
    lat: float
    arrive: int
    leave: int
    industry: str = ""
    risk_grade: str = ""
    credit_code: str = ""
    address: str = ""
    contact: str = ""
    phone: str = ""
    due: dt.date | None = None
    radius_m: int = 0
    hazards: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    what: str = ""
    meets: str = ""
    risk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One team on one day.

    Attributes
    ----------
    crew, experts
        Inspectors with the leader first; experts, who assist and do not inspect. An expert who
        goes by himself has a sheet without a crew.
    station, station_lon, station_lat
        Where the car starts and ends, WGS-84.
    depart, back, lunch
        Seconds since midnight; lunch is (start, end) or None.
    metres
        Driving of the whole day.
    legs
        A line of (lon, lat) for each leg from the station through the stops and back; legs that
        are missing are drawn straight.
    as_of
        Day of the data: stands in the footer and in the PDF's date.
    colour
        ``#rrggbb`` of the team on the planner's map.
    navigation
        ``amap`` inside China, ``geo`` elsewhere.
    open_end
        The round is over at the last stop: nothing is drawn from there.
    travel
        Who said how long the drives take, where that is worth saying.
    """

    number: str
    date: dt.date
    team: str
    crew: tuple[SheetPerson, ...]
    plate: str
    station: str
    station_lon: float
    station_lat: float
    stops: tuple[SheetStop, ...]
    depart: int
    back: int
    metres: int
    as_of: dt.date
    experts: tuple[SheetPerson, ...] = ()
    lunch: tuple[int, int] | None = None
    legs: tuple[tuple[tuple[float, float], ...], ...] = ()
    backdrop: Backdrop = field(default_factory=Backdrop)
    colour: str = DEFAULT_COLOUR
    navigation: Navigation = "amap"
    open_end: bool = False
    travel: str = ""
