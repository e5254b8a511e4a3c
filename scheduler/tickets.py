"""Tickets and ranks: who comes first, in whole numbers that every platform agrees on."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from scheduler.digests import hasher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from hashlib import _Hash

DECIMALS = 12
_BITS = 256
_ONE = 1 << _BITS


class Weighted(Protocol):
    """Something with an id and a weight."""

    @property
    def id(self) -> str:
        """Id; compared in NFC and upper case."""

    @property
    def weight(self) -> int | Fraction:
        """Relative chance, exact and positive."""


def ticket(id_: str, *, seed: str, round_id: str, stratum: str) -> int:
    """Return the ticket of an object, an integer of 256 bits; small ones are drawn first."""
    return Tickets.of_stratum(seed=seed, round_id=round_id, stratum=stratum).of(id_)


@dataclass(frozen=True, slots=True)
class Tickets:
    """Tickets of one stratum; what they have in common is hashed once.

    With a *shift* the hashes are permanent numbers that do not depend on the round, and the ticket
    is how far a number lies above the start of the round on a ring of 2^256.
    """

    prefix: _Hash
    shift: int = 0

    @classmethod
    def of_stratum(
        cls,
        *,
        seed: str,
        round_id: str,
        stratum: str,
        permanent: str = "",
        digest: str = "sha256",
    ) -> Tickets:
        """Return the tickets of one stratum of one round.

        Parameters
        ----------
        permanent
            Seed of the permanent numbers that departments share; empty for new tickets in every
            round. Two departments with the same one, the same seed and round have the same tickets.
        digest
            Name of the hash function, see :data:`scheduler.digests.DIGESTS`.
        """
        turn = _started(digest, seed, round_id, stratum)
        if not permanent:
            return cls(turn)
        start = int.from_bytes(turn.digest(), "big")
        return cls(_started(digest, permanent, stratum), _ONE - start)

    def of(self, id_: str) -> int:
        """Return the ticket of an object."""
        return int.from_bytes(next(self._all([upper(id_).encode()])), "big")

    def of_all(self, ids: Sequence[str]) -> list[bytes]:
        """Return the tickets of many objects as 32 bytes each; bytes compare as the numbers do."""
        return list(self._all(_folded(ids)))

    def below(self, share: float, *, ids: Sequence[str]) -> list[tuple[bytes, str]]:
        """Return tickets and ids of the objects whose ticket is below a *share* of all tickets."""
        tickets = self._all(_folded(ids))
        if share >= 1:
            return list(zip(tickets, ids, strict=True))
        limit = int(share * _ONE).to_bytes(_BITS // 8, "big")
        return [(one, id_) for one, id_ in zip(tickets, ids, strict=True) if one < limit]

    def _all(self, lines: Sequence[bytes]) -> Iterator[bytes]:
        start, shift = self.prefix.copy, self.shift
        for line in lines:
            whole = start()
            whole.update(line)
            found = whole.digest()
            if shift:
                number = (int.from_bytes(found, "big") + shift) % _ONE
                found = number.to_bytes(_BITS // 8, "big")
            yield found


def _started(digest: str, *parts: str) -> _Hash:
    """Return a hash that has read lines of text, each with its line feed."""
    whole = hasher(digest)
    whole.update(nfc("".join(f"{part}\n" for part in parts)).encode())
    return whole


def _folded(ids: Sequence[str]) -> list[bytes]:
    """Return ids as they are hashed; plain ASCII, the usual case, all at once."""
    text = "\n".join(ids)
    if ids and text.isascii() and text.count("\n") == len(ids) - 1:
        return text.upper().encode().split(b"\n")
    return [upper(id_).encode() for id_ in ids]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One object with all that its rank is made of; smaller ``(key, ticket, id)`` come first."""

    key: int
    ticket: int
    id: str
    weight: str
    pi: Fraction


def rank_equally(pool: Sequence[Weighted], *, taken: int, tickets: Tickets) -> list[Ranked]:
    """Rank by ticket alone; every object has the same chance."""
    pi = Fraction(taken, max(1, len(pool)))
    found = []
    for one, digest in zip(pool, tickets.of_all([one.id for one in pool]), strict=True):
        number = int.from_bytes(digest, "big")
        found.append(Ranked(number, number, one.id, "1", pi))
    return found


def first_equally(ids: Sequence[str], *, taken: int, tickets: Tickets) -> list[str]:
    """Return the *taken* ids that an equal draw takes, in order, without ranking all others.

    The same ids as the first of :func:`rank_equally`; for lists of millions of which only the
    drawn ones matter.
    """
    share = (taken + 8 * math.isqrt(taken) + 10) / max(1, len(ids))
    found = tickets.below(share, ids=ids)
    while len(found) < taken and share < 1:
        share *= 2
        found = tickets.below(share, ids=ids)
    return [id_ for _, id_ in sorted(found)[:taken]]


def rank_weighted(pool: Sequence[Weighted], *, taken: int, tickets: Tickets) -> list[Ranked]:
    """Rank by Pareto; objects that are certain to be drawn come before all others."""
    shares = pareto_shares([one.weight for one in pool], taken=taken)
    pi = {w: Fraction(1) if w >= shares.certain_from else Fraction(shares.count * w, shares.total)
          for w in set(shares.weights)}  # fmt: skip
    found = []
    digests = tickets.of_all([one.id for one in pool])
    for one, weight, digest in zip(pool, shares.weights, digests, strict=True):
        number = int.from_bytes(digest, "big")
        if weight >= shares.certain_from:
            key = -1
        else:
            key = pareto_key(number, count=shares.count, weight=weight, total=shares.total)
        found.append(Ranked(key, number, one.id, str(one.weight), pi[weight]))
    return found


@dataclass(frozen=True, slots=True)
class Shares:
    """Whole-number weights and what their probabilities are made of: ``π = count·weight/total``.

    Weights from ``certain_from`` on are taken for certain and do not count in the other two.
    """

    weights: list[int]
    count: int
    total: int
    certain_from: int


def pareto_shares(weights: Sequence[int | Fraction], *, taken: int) -> Shares:
    """Return what the chances of a weighted draw of *taken* objects are made of."""
    scale = math.lcm(*{Fraction(weight).denominator for weight in set(weights)})
    whole = [int(weight * scale) for weight in weights]
    count, total = taken, sum(whole)
    certain_from = total + 1
    for weight in sorted(whole, reverse=True):
        if not count or count * weight < total:
            break
        count, total, certain_from = count - 1, total - weight, weight
    return Shares(whole, count, total, certain_from)


def pareto_key(number: int, *, count: int, weight: int, total: int) -> int:
    """Return ``floor(2^256 · [u/(1-u)] / [π/(1-π)])``, exact.

    With nothing to draw (π = 0) the odds of the weight alone order the substitutes.
    """
    for_it, against = (count * weight, total - count * weight) if count else (weight, 1)
    return (number * against << _BITS) // ((_ONE - number) * for_it)


def decimal(value: Fraction) -> str:
    """Return a fraction within 0 and 1 with twelve decimals, rounded half up."""
    units = (2 * value.numerator * 10**DECIMALS + value.denominator) // (2 * value.denominator)
    return f"{units // 10**DECIMALS}.{units % 10**DECIMALS:0{DECIMALS}d}"


def nfc(text: str) -> str:
    """Return *text* in Unicode normal form C."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def upper(id_: str) -> str:
    """Return the form in which ids are compared and hashed: NFC and upper case."""
    return nfc(nfc(id_).upper())
