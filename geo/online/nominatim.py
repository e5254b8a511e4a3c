"""Nominatim (OpenStreetMap): one address a request, WGS-84, the extent of what was found.

Request, answer and ranks as in its API documentation; one request a second at most and no bulk
geocoding as in the usage policy of the public server, which has no key but wants a contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.crs import distance_m
from geo.online.levels import DOOR_M, ROAD_M
from geo.online.service import (
    Code,
    Found,
    Key,
    Request,
    ServiceError,
    json_of,
    point,
    query,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.online.service import Question, Reply

_PUBLIC_HOST = "nominatim.openstreetmap.org"
_PATH = "/search"
_PUBLIC_PER_SECOND, _PUBLIC_PER_DAY = 1.0, 300
# Least rank of a level, and the extent that the documentation gives a place without a border.
_RANKS = (
    (28, "address", DOOR_M), (26, "address", ROAD_M), (21, "village", 500.0),
    (20, "village", 1_000.0), (19, "village", 2_000.0), (17, "town", 4_000.0),
    (13, "town", 15_000.0), (10, "county", 15_000.0),
)  # fmt: skip
_REFUSED = (401, 403)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nominatim:
    """The geocoder of OpenStreetMap: the public server, or one's own (``base``)."""

    base: str = f"https://{_PUBLIC_HOST}"
    name: str = "nominatim"
    needs_key: bool = False
    batch: int = 1

    @property
    def most_per_second(self) -> float | None:
        """One a second on the public server."""
        return _PUBLIC_PER_SECOND if _PUBLIC_HOST in self.base.lower() else None

    @property
    def most_per_day(self) -> int | None:
        """No bulk geocoding on the public server (the number is a product choice)."""
        return _PUBLIC_PER_DAY if _PUBLIC_HOST in self.base.lower() else None

    def request(self, questions: Sequence[Question], *, key: Key) -> Request:
        """Return the request; *key* is not used."""
        params = [("q", questions[0].text), ("format", "jsonv2"), ("limit", "1"),
                  ("countrycodes", "cn"), ("accept-language", "zh-CN")]  # fmt: skip
        return Request(url=f"{self.base}{_PATH}?{query(params)}")

    def read(self, reply: Reply, *, count: int) -> list[Found | None]:
        """Return the one answer."""
        if reply.status in _REFUSED or reply.status == 400:
            code: Code = "online_bad_request" if reply.status == 400 else "online_bad_key"
            raise ServiceError(code, service=self.name, said=f"HTTP {reply.status}")
        data = json_of(reply, service=self.name)
        if "places" not in data:
            raise ServiceError("online_bad_request", service=self.name, said=f"HTTP {reply.status}")
        places = data["places"]
        return [_found(places[0]) if places else None]


def _found(place: object) -> Found | None:
    fields = table(place)
    where = point(fields.get("lon"), fields.get("lat"), datum="wgs84")
    rank = str(fields.get("place_rank", ""))
    fitting = [one for one in _RANKS if rank.isdigit() and int(rank) >= one[0]]
    if where is None or not fitting:
        return None
    _, level, least = fitting[0]
    return Found(lon=where[0], lat=where[1], level=level, word=rank,
                 radius_m=max(least, _half(fields.get("boundingbox"))))  # fmt: skip


def _half(box: object) -> float:
    """Return half the diagonal of a box of south, north, west, east; 0 where there is none."""
    if not isinstance(box, list) or len(box) != 4:
        return 0.0
    try:
        south, north, west, east = (float(side) for side in box)
    except (TypeError, ValueError):
        return 0.0
    return float(distance_m(west, south, east, north).round(-1)) / 2
