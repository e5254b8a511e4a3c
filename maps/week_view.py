"""What the planner's map is made of: plain data of one week, without a line of drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

Point = tuple[float, float]

STATES = ("overdue", "soon", "open", "later", "revisit", "plain")
KINDS = ("enterprise", "site")
CELL_CLASSES = ("hot99", "hot95", "hot90")
LEVELS = ("coordinate", "address", "village", "town", "county", "none")

#: Columns of :attr:`WeekView.places`. ``lon``/``lat`` are WGS-84 degrees or missing where a place
#: could not be located; ``reasons`` are ready sentences; ``due`` and ``last_visit`` are dates.
PLACE_COLUMNS = (
    "id",
    "name",
    "kind",
    "industry",
    "risk",
    "lon",
    "lat",
    "level",
    "radius_m",
    "town",
    "state",
    "due",
    "overdue_days",
    "reasons",
    "cell",
    "last_visit",
)


#: A further column that places may have: the priority zones around them, as ready sentences.
ZONES_COLUMN = "zones"


#: A further column that places may have: what is known of their risk, as codes of sentences with
#: their data, which the browser fills.
RISK_COLUMN = "risk_facts"


class BadView(ValueError):  # noqa: N818 (house style: the error is named by what happened)
    """A view that cannot be drawn; ``column`` says where, ``rows`` the ids or values concerned."""

    code = "bad_view"

    def __init__(self, column: str, rows: tuple[str, ...]) -> None:
        super().__init__(f"{column}: {', '.join(rows[:5])}")
        self.column = column
        self.rows = rows


@dataclass(frozen=True, slots=True, kw_only=True)
class HotCell:
    """One cell with its evidence; ``ring`` are its corners in WGS-84, not closed.

    ``kind`` is hot99, hot95 or hot90; cells that are not significant are not handed in. What was
    observed and expected is that of the cell and its neighbours, ``own`` was observed in the cell;
    ``trend``, ``forecast`` and ``contributors`` are ready sentences, empty where nobody knows.
    """

    id: str
    ring: tuple[Point, ...]
    kind: str
    observed: float
    expected: float
    rr: float
    rr_low: float
    rr_high: float
    q: float
    own: float = 0.0
    chance: float | None = None
    town: str = ""
    trend: str = ""
    forecast: str = ""
    contributors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapZone:
    """One priority zone: its kind by code and title, and what the kind does, as a sentence.

    ``rings`` are the outlines of its parts and holes together, in WGS-84: what lies inside an odd
    number of them lies in the zone. ``places`` is the number of places in it; ``on`` tells whether
    its kind is shown when the map opens.
    """

    name: str
    kind: str
    kind_title: str
    note: str
    rings: tuple[tuple[Point, ...], ...]
    places: int = 0
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStop:
    """One numbered stop: the id of its place, times as HH:MM, kind of visit and why, in words.

    ``name``, ``lon`` and ``lat`` are needed where the stop is not at a located place (a patrol).
    ``meets`` says when and with whom the team meets there.
    """

    n: int
    place: str
    arrive: str
    leave: str
    kind: str
    why: str
    name: str = ""
    lon: float | None = None
    lat: float | None = None
    meets: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRoute:
    """One team-day on the road: ``path`` runs from the station and back, in WGS-84.

    ``colour`` numbers the team (0, 1, …): the same team has the same number on every day.
    """

    team: str
    day: dt.date
    km: float
    hours: str
    colour: int
    path: tuple[Point, ...]
    stops: tuple[MapStop, ...]
    crew: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One visit that did not fit: what, and the reason as a sentence."""

    name: str
    reason: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """Everything on the planner's map of one week.

    Attributes
    ----------
    area, week, as_of
        Name of the area, week such as ``2026-W48``, the day of the data.
    boundary
        GeoJSON geometry, Feature or FeatureCollection of the area (WGS-84), None where unknown.
    towns
        GeoJSON FeatureCollection; property ``name``. ``towns_approximate`` adds a note that the
        borders are drawn for orientation only, ``towns_note`` says it in the view's own words.
    roads
        Pairs of class and points.
    credits
        Whom the roads are owed to, where their licence wants it said.
    stations
        Triples of name, lon, lat.
    places
        Frame with :data:`PLACE_COLUMNS`, and :data:`ZONES_COLUMN` and :data:`RISK_COLUMN` where
        they are known.
    stats
        Further figures for the panel: label in the language of the view, to value.
    map_licence
        Review number of the base map (审图号) where the bureau has one.
    soon_days
        Days ahead that count as soon: it only words the legend, states are given.
    """

    area: str
    week: str
    as_of: dt.date
    places: pd.DataFrame
    boundary: Mapping[str, Any] | None = None
    towns: Mapping[str, Any] | None = None
    towns_approximate: bool = True
    towns_note: str = ""
    roads: tuple[tuple[str, tuple[Point, ...]], ...] = ()
    credits: str = ""
    stations: tuple[tuple[str, float, float], ...] = ()
    cells: tuple[HotCell, ...] = ()
    zones: tuple[MapZone, ...] = ()
    routes: tuple[MapRoute, ...] = ()
    unserved: tuple[LeftOut, ...] = ()
    stats: Mapping[str, str | int | float] = field(default_factory=dict)
    lang: str = "zh"
    map_licence: str = ""
    soon_days: int = 7

    @property
    def placed(self) -> pd.DataFrame:
        """The places that are located, numbered from 0."""
        located = self.places["lon"].notna() & self.places["lat"].notna()
        return self.places[located].reset_index(drop=True)

    @property
    def first_day(self) -> str | None:
        """The day to open with: that of the data if it has routes, else the first with any."""
        days = sorted({route.day for route in self.routes})
        if not days:
            return None
        return (self.as_of if self.as_of in days else days[0]).isoformat()

    def check(self) -> None:
        """Check the view before it is drawn.

        Raises
        ------
        BadView
            If a column is missing, an id is twice, a state, kind or class is unknown, or a stop
            has neither a located place nor a name and point of its own.
        """
        missing = tuple(name for name in PLACE_COLUMNS if name not in self.places.columns)
        if missing:
            raise BadView("places", missing)
        twice = self.places["id"][self.places["id"].duplicated()]
        _refuse("id", tuple(map(str, twice)))
        _refuse("state", tuple(sorted({*map(str, self.places["state"])} - {*STATES})))
        _refuse("kind", tuple(sorted({*map(str, self.places["kind"])} - {*KINDS})))
        _refuse("cells", tuple(c.id for c in self.cells if c.kind not in CELL_CLASSES))
        known = {*map(str, self.placed["id"])}
        stops = [stop for route in self.routes for stop in route.stops]
        lost = [s for s in stops if s.place not in known]
        _refuse("stops", tuple(s.place for s in lost if None in (s.lon, s.lat) or not s.name))


def _refuse(column: str, rows: tuple[str, ...]) -> None:
    if rows:
        raise BadView(column, rows)
