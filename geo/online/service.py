"""What every online geocoder has in common: question, request, answer, refusal."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from geo.crs import to_wgs84

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Code = Literal[
    "online_bad_key", "online_used_up", "online_too_fast", "online_bad_request", "online_busy",
    "online_no_sense", "online_out_of_step",
]  # fmt: skip

_AGAIN = ("online_too_fast", "online_busy")
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
_DECIMALS = 7
_FINENESS = ("", "province", "city", "county", "town", "village", "address")
_TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One address to ask about.

    Attributes
    ----------
    address
        The address without phone numbers and the like, see :mod:`geo.online.wording`.
    missing
        Names of province, city, county and town that it does not say itself.
    city
        Name of the prefecture (of a municipality, the municipality), empty where unknown.
    region
        Code of the county or prefecture to look in, empty where unknown.
    given
        Level of the last of *missing*: a place as coarse as that is no answer, for it was asked
        about by name.
    """

    address: str
    missing: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    given: str = ""

    @property
    def text(self) -> str:
        """The address with what contains it in front."""
        return "".join(self.missing) + self.address

    def is_answered_by(self, level: str) -> bool:
        """Tell whether a place of *level* says more than the names that were put in front."""
        return _FINENESS.index(level) > _FINENESS.index(self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a service knows its customer by; never shown."""

    value: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A GET request; its address holds the key and is never shown."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a service says that an address is.

    Attributes
    ----------
    lon, lat
        WGS-84 degrees.
    level
        What the point is: ``address`` (door, firm, crossing, road), ``village``, ``town`` or
        ``county``.
    radius_m
        Metres around it in which the place is thought to lie, see :mod:`geo.online.levels`.
    word
        The service's own word or number for the level.
    county
        Six-digit code of the county that the service names, empty if none.
    """

    lon: float
    lat: float
    level: str
    radius_m: float
    word: str = ""
    county: str = ""


class Reply(Protocol):
    """What an HTTP client brings back."""

    @property
    def status(self) -> int:
        """Status of HTTP."""

    @property
    def text(self) -> str:
        """Body."""


class Service(Protocol):
    """An online geocoder.

    Attributes
    ----------
    name
        Lower-case name, as in settings and in the cache.
    needs_key
        Whether there is no answer without a key.
    batch
        How many questions of one region a request can hold.
    most_per_second, most_per_day
        What the service allows whatever the settings say; None where it depends on the contract.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - described above
    @property
    def needs_key(self) -> bool: ...  # noqa: D102
    @property
    def batch(self) -> int: ...  # noqa: D102
    @property
    def most_per_second(self) -> float | None: ...  # noqa: D102
    @property
    def most_per_day(self) -> int | None: ...  # noqa: D102

    def request(self, questions: Sequence[Question], *, key: Key) -> Request:
        """Return the request that asks *questions*, all of one region."""

    def read(self, reply: Reply, *, count: int) -> list[Found | None]:
        """Return one answer for each of *count* questions, None for what was not found.

        Raises
        ------
        ServiceError
        """


class ServiceError(OSError):
    """A service that refused, or whose answer makes no sense.

    ``code`` says why, ``service`` who, ``said`` is the service's own number: its sentences may
    quote the key. ``transient`` tells whether asking again may help.
    """

    def __init__(self, code: Code, *, service: str, said: str = "", after_s: float = 0) -> None:
        super().__init__(f"{code} {service} {said}".strip())
        self.code = code
        self.service = service
        self.said = said
        self.transient = code in _AGAIN
        self.after_s = after_s


def json_of(reply: Reply, *, service: str) -> dict[str, Any]:
    """Return the JSON object of a reply; arrays come under the name ``places``.

    Raises
    ------
    ServiceError
        ``online_too_fast`` for HTTP 429, ``online_busy`` for 5xx, ``online_no_sense`` where the
        reply is no JSON.
    """
    if reply.status == _TOO_MANY or reply.status >= 500:
        code: Code = "online_too_fast" if reply.status == _TOO_MANY else "online_busy"
        raise ServiceError(code, service=service, said=f"HTTP {reply.status}")
    try:
        data = json.loads(reply.text)
    except ValueError:
        data = None
    if isinstance(data, list):
        return {"places": data}
    if not isinstance(data, dict):
        raise ServiceError("online_no_sense", service=service, said=f"HTTP {reply.status}")
    return data


def table(value: object) -> dict[str, Any]:
    """Return a JSON object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def refusal(
    said: object, *, service: str, codes: Iterable[tuple[Code, Iterable[object]]]
) -> ServiceError:
    """Return the error for a service's own number, ``online_bad_request`` if none of *codes*."""
    text = str(said)
    for code, numbers in codes:
        if text in map(str, numbers):
            return ServiceError(code, service=service, said=text)
    return ServiceError("online_bad_request", service=service, said=text[:12])


def point(lon: object, lat: object, *, datum: str) -> tuple[float, float] | None:
    """Return a service's point in WGS-84 degrees, None where it is no point."""
    try:
        x, y = float(str(lon)), float(str(lat))
    except ValueError:
        return None
    if not (np.isfinite(x) and np.isfinite(y) and abs(x) <= 180 and abs(y) <= 90) or x == y == 0:
        return None
    new_x, new_y = to_wgs84([x], [y], datum=datum)
    return round(float(new_x[0]), _DECIMALS), round(float(new_y[0]), _DECIMALS)


def quoted(text: str, *, safe: str = "") -> str:
    """Percent-encode *text* as UTF-8, all but letters, digits, ``-_.~`` and *safe*."""
    plain = {ord(sign) for sign in _UNRESERVED + safe}
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in text.encode())


def query(params: Iterable[tuple[str, str]]) -> str:
    """Return parameters as the query of an address."""
    return "&".join(f"{name}={quoted(value)}" for name, value in params)
