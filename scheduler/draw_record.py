"""What a draw leaves behind: the frame, the ranks and the selection as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any

from layers.events import canonical_json
from scheduler.candidates import Candidate
from scheduler.digests import hasher, hex_of_json
from scheduler.terms import METHOD, STRATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scheduler.terms import Opening, Terms

__all__ = ["METHOD", "STRATA", "Candidate", "DrawRecord", "Entry", "Selected", "Stratum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object in one stratum; ``pi`` is its chance there, ``rank`` counts from 1."""

    id: str
    weight: str
    pi: str
    ticket: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One draw: how many were taken and all objects in the order of their rank."""

    quota: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """One drawn object; ``stratum`` may be ``carried``, ``order`` counts from 1."""

    id: str
    stratum: str
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRecord:
    """All that is needed to check a draw.

    Attributes
    ----------
    terms
        What was fixed before the seed: round, quota (draws asked of each stratum, carried objects
        included), ids carried over as they were handed in, hash of the frame, parties.
    opening
        Nonces and public number of a committed draw, None where the seed was simply given.
    dropped
        Carried ids that cannot be visited any more: id and reason.
    frame
        Eligible objects, excluded objects with reason.
    strata
        See :class:`Stratum`; the quota is what was taken.
    probability
        Chance of every eligible object to be drawn in any stratum, as decimals.
    selected
        Carried, certainty, weighted, uniform; each in the order of its ranks.
    substitutes
        By stratum the ids that follow, for objects that turn out impossible.
    """

    terms: Terms
    opening: Opening | None
    seed: str
    frame: Mapping[str, Any]
    dropped: tuple[Mapping[str, str], ...]
    strata: Mapping[str, Stratum]
    probability: Mapping[str, str]
    selected: tuple[Selected, ...]
    substitutes: Mapping[str, tuple[str, ...]]

    @property
    def excluded(self) -> tuple[Mapping[str, Any], ...]:
        """Excluded objects: ``id``, ``reason``, ``detail``."""
        return tuple(self.frame["excluded"])

    @property
    def selected_ids(self) -> tuple[str, ...]:
        """Ids of the drawn objects in their order."""
        return tuple(one.id for one in self.selected)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data with the hash of all of it as ``record_hash``."""
        body = self._body()
        return {**body, "record_hash": hex_of_json(body, digest=self.terms.digest)}

    def _body(self) -> dict[str, Any]:
        return {
            "kind": "draw",
            **self.terms.to_json(),
            "commitment": self.terms.commitment,
            "opening": None if self.opening is None else self.opening.to_json(),
            "seed": self.seed,
            "frame": self.frame,
            "dropped": [dict(one) for one in self.dropped],
            "strata": {
                name: {
                    "quota": stratum.quota,
                    "entries": [
                        {"id": e.id, "weight": e.weight, "pi": e.pi, "ticket": e.ticket,
                         "rank": e.rank}
                        for e in stratum.entries
                    ],
                }
                for name, stratum in self.strata.items()
            },
            "probability": dict(self.probability),
            "selected": [
                {"id": one.id, "stratum": one.stratum, "order": one.order} for one in self.selected
            ],
            "substitutes": {name: list(ids) for name, ids in self.substitutes.items()},
        }  # fmt: skip

    def dumps(self) -> str:
        """Return the record as canonical JSON: the same bytes for the same draw."""
        small = replace(self, strata={}, frame={})._body()
        parts = {name: canonical_json(value) for name, value in small.items()}
        parts["frame"] = canonical_json(self.frame)
        parts["strata"] = _object({name: _text(one) for name, one in self.strata.items()})
        whole = hasher(self.terms.digest)
        for piece in _pieces(parts):
            whole.update(piece.encode("utf-8"))
        parts["record_hash"] = canonical_json(whole.hexdigest())
        return _object(parts)


def _text(stratum: Stratum) -> str:
    """Return a stratum as canonical JSON without making a dict of every rank."""
    entries = ",".join(
        [
            f'{{"id":{quoted(e.id)},"pi":"{e.pi}","rank":{e.rank},"ticket":"{e.ticket}"'
            f',"weight":"{e.weight}"}}'
            for e in stratum.entries
        ]
    )
    return _object({"entries": f"[{entries}]", "quota": str(stratum.quota)})


def _object(parts: Mapping[str, str]) -> str:
    """Return an object whose values are canonical JSON already."""
    return "".join(_pieces(parts))


def _pieces(parts: Mapping[str, str]) -> Iterator[str]:
    yield "{"
    for number, name in enumerate(sorted(parts)):
        yield f"{',' if number else ''}{canonical_json(name)}:"
        yield parts[name]
    yield "}"
