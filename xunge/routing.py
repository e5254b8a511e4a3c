"""The routing server of a folder: asked when a setting says so, replaced only where it may be.

Nothing is asked before the first travel time is wanted. What was answered is kept in the folder.
"""

from __future__ import annotations

import os
import time
import weakref
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from geo.engines.engine import EngineError
from geo.engines.openrouteservice import URL, OpenRouteService
from geo.engines.osrm import Osrm
from geo.engines.store import Store
from geo.engines.travel import travel_by
from geo.engines.valhalla import Valhalla
from xunge.http import Client, HttpError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pyproj
    from numpy.typing import ArrayLike

    from geo.engines.engine import Engine, Line
    from geo.travel import Travel, Ways
    from xunge.http import Reply
    from xunge.sections import TravelTimes

Value = TypeVar("Value")

KEY = "XUNGE_ORS_KEY"
"""Variable of the environment that holds the key of openrouteservice."""

FOLDER = "travel"
_PUBLIC_PER_MINUTE = 40  # openrouteservice's free plan
_MINUTE = 60.0
_DEFAULTS = {"osrm": "driving", "valhalla": "auto", "openrouteservice": "driving-car"}


class Terms(TypedDict):
    """What :func:`geo.travel.completed` wants to know besides places and roads."""

    crs: pyproj.CRS
    detour: float
    speed_kmh: float
    access_speed_kmh: float
    start_seconds: int
    join_limit_m: float


class RoutingError(ValueError):
    """A server that cannot be asked; ``code`` is ``engine_no_url`` or ``engine_no_key``."""

    def __init__(self, code: str, *, engine: str) -> None:
        super().__init__(f"{code} {engine}")
        self.code = code
        self.engine = engine
        self.variable = KEY


class Routing:
    """A server, what was asked of it in this run, and why it was replaced if it was.

    Attributes
    ----------
    failure, undrawn
        Code of what went wrong with travel times, and with the lines of ways; empty while the
        server answers. From then on the built-in roads say how long it takes, and draw.
    pairs, kept
        Pairs of places that were asked about, and that were known from before.
    """

    def __init__(self, engine: Engine, store: Store | None, *, stops: str) -> None:
        self.engine = engine
        self.failure = self.undrawn = ""
        self.pairs = self.kept = 0
        self.renewed = False
        self._store = store
        self._stops = stops == "stop"

    def travel(
        self, lon: ArrayLike, lat: ArrayLike, *, terms: Terms, spare: Callable[[], Travel]
    ) -> Travel:
        """Return the travel between all pairs of places, by *spare* once the server has failed.

        Raises
        ------
        geo.engines.engine.EngineError, xunge.http.HttpError
            If the server fails and the settings say to stop then.
        """
        if self.failure:
            return spare()
        try:
            made, found = travel_by(lon, lat, engine=self.engine, store=self._store, **terms)
        except (EngineError, HttpError) as error:
            self.failure = self.code_of(error)
            return spare()
        self.pairs, self.kept = self.pairs + found.asked, self.kept + found.kept
        self.renewed |= found.renewed
        return made.drawn_by(lambda ways: _Spared(self, ways, spare))

    def code_of(self, error: EngineError | HttpError) -> str:
        """Return the code of a failure, or raise it where the settings say to stop.

        Raises
        ------
        geo.engines.engine.EngineError, xunge.http.HttpError
        """
        if self._stops:
            raise error
        return error.code

    def facts(self) -> dict[str, Any]:
        """Return what was asked and what was known, for the terminal."""
        return {"asked_pairs": self.pairs, "kept": self.kept, "renewed": self.renewed}


class _Spared:
    """Draws ways by the server, by the built-in roads where it fails meanwhile."""

    def __init__(self, routing: Routing, ways: Ways, spare: Callable[[], Travel]) -> None:
        self._routing, self._ways, self._spare = routing, ways, spare
        self._other: Travel | None = None

    def way(self, i: int, j: int) -> Line:
        """Return the line between two places."""
        if not self._routing.undrawn:
            try:
                return self._ways.way(i, j)
            except (EngineError, HttpError) as error:
                self._routing.undrawn = self._routing.code_of(error)
        self._other = self._other or self._spare()
        return self._other.path(i, j)


class _Paced:
    """A client that asks at most so often a minute."""

    def __init__(
        self, client: Client, *, per_minute: int,
        sleep: Callable[[float], None] = time.sleep, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._client, self._sleep, self._now = client, sleep, now
        self._pause = _MINUTE / per_minute
        self._next = 0.0

    def send(self, *args: Any, **options: Any) -> Reply:
        """Ask once, not too soon after the last time."""
        wait = self._next - self._now()
        if wait > 0:
            self._sleep(wait)
        self._next = self._now() + self._pause
        return self._client.send(*args, **options)

    def persist(self, attempt: Callable[[], Value]) -> Value:
        """Call *attempt* again while that may help."""
        return self._client.persist(attempt)


def routing_of(
    settings: TravelTimes,
    folder: Path,
    *,
    client: Client | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Routing | None:
    """Return the server that the settings name, None for the built-in roads.

    Raises
    ------
    RoutingError
        ``engine_no_url`` or, for the public openrouteservice, ``engine_no_key``.
    """
    if settings.engine == "roads":
        return None
    url = settings.url.rstrip("/")
    public = settings.engine == "openrouteservice" and url in ("", URL)
    if not url and not public:
        raise RoutingError("engine_no_url", engine=settings.engine)
    key = environment.get(KEY, "")
    if public and not key:
        raise RoutingError("engine_no_key", engine=settings.engine)
    per_minute = settings.per_minute or (_PUBLIC_PER_MINUTE if public else 0)
    own = Client(timeout_s=settings.timeout_s) if client is None else None
    asking: Any = client or own
    if per_minute:
        asking = _Paced(asking, per_minute=per_minute)
    most = settings.kept_places
    made = Routing(
        _engine(settings, asking, url=url or URL, key=key),
        Store(folder / FOLDER, most_places=most) if most else None,
        stops=settings.on_failure,
    )
    if own is not None:
        weakref.finalize(made, own.close)
    return made


def _engine(settings: TravelTimes, client: Any, *, url: str, key: str) -> Engine:  # noqa: ANN401
    common: dict[str, Any] = {
        "client": client, "url": url, "profile": settings.profile or _DEFAULTS[settings.engine],
    }  # fmt: skip
    if settings.most_pairs:
        common["most_pairs"] = settings.most_pairs
    match settings.engine:
        case "osrm":
            return Osrm(**common)
        case "valhalla":
            return Valhalla(**common)
        case _:
            return OpenRouteService(key=key, **common)


def travel_facts(ways: Travel, routing: Routing | None, *, by_road: str) -> dict[str, Any]:
    """Return for the record who said how long it takes, and how much of it is an estimate.

    *by_road* is ``roads``, or ``straight`` where there is no road file. ``asked`` is the server of
    the settings, ``because`` why it was replaced, ``undrawn`` why others drew its ways.
    """
    failure = routing.failure if routing else ""
    return {
        "engine": routing.engine.name if routing and not failure else by_road,
        "asked": routing.engine.name if routing else by_road,
        "because": failure,
        "undrawn": routing.undrawn if routing else "",
        "estimated": ways.fallback,
        "far": len(ways.far),
    }
