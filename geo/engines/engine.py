"""What every routing server has in common: who asks, what is asked, what it answers, refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

Line = list[tuple[float, float]]
Value = TypeVar("Value")
Code = Literal[
    "engine_too_big", "engine_bad_key", "engine_used_up", "engine_refused", "engine_busy",
    "engine_no_sense", "engine_elsewhere", "no_way",
]  # fmt: skip

NO_WAY: tuple[Code, str] = ("no_way", "")
"""What a refusal means that is no refusal: between these places there is no way."""

DECIMALS = 6
"""Points are asked about to 1e-6 degrees, a decimetre."""

_ROUNDING = 2.0  # OSRM answers -0.5 m between places within half a metre of each other
_TOO_MANY = 429
_SAID = 120  # letters of what a server says that are passed on


class Reply(Protocol):
    """What an HTTP client brings back."""

    @property
    def status(self) -> int:
        """Status of HTTP."""

    @property
    def text(self) -> str:
        """Body."""

    @property
    def after_s(self) -> float:
        """Seconds after which to ask again, 0 where nothing is said."""


class Client(Protocol):
    """An HTTP client; its own errors are its own business and pass through here."""

    def send(
        self, method: str, url: str, *, params: Mapping[str, str | int | float] | None = None,
        body: object = None, headers: Mapping[str, str] | None = None,
    ) -> Reply:  # fmt: skip
        """Ask once."""

    def persist(self, attempt: Callable[[], Value]) -> Value:
        """Call *attempt* again while it fails with an error that is ``transient``."""


class EngineError(OSError):
    """A routing server that refused, or whose answer makes no sense.

    ``code`` says why, ``engine`` who, ``said`` is what the server itself says. ``transient`` tells
    whether asking again may help.
    """

    def __init__(self, code: Code, *, engine: str, said: str = "", after_s: float = 0.0) -> None:
        super().__init__(f"{code} {engine} {said}".strip())
        self.code = code
        self.engine = engine
        self.said = " ".join(said.split())[:_SAID]
        self.transient = code == "engine_busy"
        self.after_s = after_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Ways from some places (rows) to some others (columns), as a server answered.

    Attributes
    ----------
    seconds, metres
        Along the roads, NaN where there is no way.
    from_m, to_m
        Metres between each place and its point on the road; inf where no road is near.
    """

    seconds: Floats
    metres: Floats
    from_m: Floats
    to_m: Floats


class Engine(Protocol):
    """A routing server.

    Attributes
    ----------
    name
        As in the settings.
    most_side
        Rows, and columns, of a block that one request may hold.
    identity
        What its answers depend on besides its data: address, profile.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - described above
    @property
    def most_side(self) -> int: ...  # noqa: D102
    @property
    def identity(self) -> str: ...  # noqa: D102

    def stamp(self) -> str:
        """Return version and state of the data as far as the server tells; may ask it.

        Raises
        ------
        EngineError
        """

    def block(self, lon: Floats, lat: Floats, *, rows: Ints, columns: Ints) -> Block:
        """Return the ways from the places *rows* to the places *columns* of all given ones.

        Raises
        ------
        EngineError
        """

    def way(self, start: tuple[float, float], end: tuple[float, float]) -> Line:
        """Return the line of the fastest way along the roads; empty where there is none.

        Raises
        ------
        EngineError
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What all engines are told: where the server is, whose roads, how much it takes at once.

    ``url`` is its address without a path, ``profile`` what drives, in the server's own word, and
    ``most_pairs`` how many pairs of places one request may hold.
    """

    client: Client
    url: str
    profile: str
    most_pairs: int

    @property
    def most_side(self) -> int:
        """Rows and columns of one block."""
        return isqrt(self.most_pairs)

    @property
    def identity(self) -> str:
        """Address and profile."""
        return f"{self.url} {self.profile}"


def asked(
    client: Client,
    method: str,
    url: str,
    *,
    engine: str,
    refusal: Callable[[int, Any], tuple[Code, str] | None],
    body: object = None,
    params: Mapping[str, str | int | float] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 (JSON)
    """Return the JSON that a server answers, asking again where that may help.

    *refusal* makes code and sentence out of a status and the JSON that came with it (None where it
    was none); it returns None where the server did not refuse. For :data:`NO_WAY` the answer is an
    empty dictionary.

    Raises
    ------
    EngineError
    """

    def attempt() -> Any:  # noqa: ANN401
        reply = client.send(method, url, params=params, body=body, headers=headers)
        found = _json(reply.text)
        refused = refusal(reply.status, found)
        if refused == NO_WAY:
            return {}
        if refused is not None:
            raise EngineError(refused[0], engine=engine, said=refused[1], after_s=reply.after_s)
        if reply.status >= 500 or reply.status == _TOO_MANY:
            raise EngineError("engine_busy", engine=engine, said=f"HTTP {reply.status}",
                              after_s=reply.after_s)  # fmt: skip
        if reply.status >= 400:
            raise EngineError("engine_refused", engine=engine, said=f"HTTP {reply.status}")
        if not isinstance(found, dict | list):
            raise EngineError("engine_no_sense", engine=engine, said="JSON")
        return found

    return client.persist(attempt)


def _json(text: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except ValueError:
        return None


def numbers(values: object, *, shape: tuple[int, int], engine: str, scale: float = 1.0) -> Floats:
    """Return a matrix out of JSON, NaN for null.

    Raises
    ------
    EngineError
        ``engine_no_sense``: another shape, something else than numbers, or negative ones.
    """
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.zeros((0, 0))
    if found.shape != shape:
        raise EngineError("engine_no_sense", engine=engine, said=f"{shape} ≠ {found.shape}")
    if np.isinf(found).any() or (found * scale < -_ROUNDING).any():
        raise EngineError("engine_no_sense", engine=engine, said="< 0")
    return np.maximum(found * scale, 0.0)


def table_block(
    found: Mapping[str, Any],
    *,
    shape: tuple[int, int],
    engine: str,
    snapped: Callable[[Any], float],
) -> Block:
    """Return the block of an answer that has ``durations, distances, sources, destinations``.

    Parameters
    ----------
    snapped
        Returns metres between a place and its point on the road out of what is told of the place.

    Raises
    ------
    EngineError
        ``engine_no_sense``: another shape, something else than numbers, or negative ones.
    """

    def off(places: Any, count: int) -> Floats:  # noqa: ANN401 (JSON)
        try:
            metres = np.array([snapped(one) for one in places])
        except (AttributeError, LookupError, TypeError, ValueError):
            metres = np.zeros(0)
        if len(metres) != count or not (metres >= 0).all():
            raise EngineError("engine_no_sense", engine=engine, said="sources")
        return metres

    return Block(
        seconds=numbers(found.get("durations"), shape=shape, engine=engine),
        metres=numbers(found.get("distances"), shape=shape, engine=engine),
        from_m=off(found.get("sources"), shape[0]),
        to_m=off(found.get("destinations"), shape[1]),
    )


def tiles(rows: Ints, columns: Ints, *, side: int) -> list[tuple[Ints, Ints]]:
    """Cut rows × columns into blocks of at most *side* × *side*, each pair in exactly one."""
    return [
        (rows[i : i + side], columns[j : j + side])
        for i in range(0, len(rows), side)
        for j in range(0, len(columns), side)
    ]


def within(chosen: Ints, rows: Ints) -> list[int]:
    """Return where each of *rows* stands in the sorted *chosen*."""
    return np.searchsorted(chosen, rows).tolist()  # type: ignore[no-any-return]
