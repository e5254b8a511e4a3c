"""Read very many addresses on several cores: processes with a resolver each, the same answers."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

from geo.reading import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORTH = 20_000
"""Addresses from which further processes are worth their start, about half a second each."""

_PIECE = 10_000  # addresses that are handed over at once
_FIELDS = attrgetter(*Answer.__slots__)


class Reader(Protocol):
    """What reads many addresses, such as a :class:`geo.address.Resolver`."""

    def resolve_many(self, texts: Sequence[str]) -> list[Answer]:
        """Return the answers of *texts*."""
        ...


_resolver: Reader | None = None


def read_on(resolver: Reader, texts: Sequence[str], *, workers: int) -> Iterator[Answer]:
    """Yield the answers of *texts* in their order, read by so many processes."""
    pieces = [texts[low : low + _PIECE] for low in range(0, len(texts), _PIECE)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(workers, len(pieces)), mp_context=context, initializer=_begin, initargs=(resolver,)
    ) as pool:
        for columns in pool.map(_read, pieces):
            for row in zip(*columns, strict=True):
                yield _answer(*row)


def _begin(resolver: Reader) -> None:
    global _resolver
    _resolver = resolver


def _read(texts: Sequence[str]) -> tuple[Any, ...]:
    """Read a piece; columns travel faster between processes than answers do."""
    assert _resolver is not None  # noqa: S101 - set when the process began
    return tuple(zip(*map(_FIELDS, _resolver.resolve_many(texts)), strict=True))


def _answer(
    county: str, town: str, village: str, level: Any, confidence: Any,  # noqa: ANN401
    alternatives: tuple[str, ...], reason: tuple[str, ...], remainder: str,
) -> Answer:  # fmt: skip
    return Answer(
        county=county, town=town, village=village, level=level, confidence=confidence,
        alternatives=alternatives, reason=reason, remainder=remainder,
    )  # fmt: skip
