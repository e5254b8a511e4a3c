"""Whole numbers by chance, from tickets: hashes of a counter, rejection instead of rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from scheduler.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BITS = 256
_T = TypeVar("_T")


class Exhausted(RuntimeError):  # noqa: N818 - says what happened
    """More crews were drawn than the limit of a stream allows."""

    code = "crew_not_uniform"


class Stream:
    """Numbers below any bound, each with the same chance.

    Parameters
    ----------
    word
        Returns the next integer of 256 bits.
    crews
        How many times :meth:`spend` may be called.
    """

    def __init__(self, word: Callable[[], int], *, crews: int) -> None:
        self._word = word
        self.left = crews

    def spend(self) -> None:
        """Count one crew that is drawn.

        Raises
        ------
        Exhausted
            If none is left.
        """
        if not self.left:
            raise Exhausted(Exhausted.code)
        self.left -= 1

    def below(self, bound: int) -> int:
        """Return a number from 0 to *bound* - 1: the first bits of words until they are below.

        Raises
        ------
        ValueError
            If there is no such number.
        """
        if bound < 1:
            raise ValueError("nothing to choose from")
        bits = (bound - 1).bit_length()
        words = -(-bits // _BITS)
        while True:
            value = 0
            for _ in range(words):
                value = value << _BITS | self._word()
            value >>= words * _BITS - bits
            if value < bound:
                return value

    def sample(self, items: Sequence[_T], count: int) -> list[_T]:
        """Return *count* of *items* in random order, every way with the same chance."""
        pool = list(items)
        for at in range(count):
            other = at + self.below(len(pool) - at)
            pool[at], pool[other] = pool[other], pool[at]
        return pool[:count]


def stream_of_tickets(*, seed: str, round_id: str, stratum: str, digest: str, crews: int) -> Stream:
    """Return the stream whose words are the tickets of the ids ``0``, ``1``, ``2`` … in turn."""
    tickets = Tickets.of_stratum(seed=seed, round_id=round_id, stratum=stratum, digest=digest)
    count = iter(range(1 << 62))
    return Stream(lambda: tickets.of(str(next(count))), crews=crews)
