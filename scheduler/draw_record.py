"""What a draw leaves behind: the frame, the ranks and the selection as data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layers.events import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

METHOD = "xunge-draw/1 SHA-256 tickets; certainty and uniform by ticket; weighted by Pareto pi-ps"
STRATA = ("certainty", "weighted", "uniform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One object of the frame.

    Attributes
    ----------
    id
        Object id; compared in NFC and upper case.
    stratum
        ``certainty``, ``weighted`` or ``uniform``: where it is drawn first. Every eligible object
        is in the uniform draw as well.
    weight
        Relative chance in the weighted draw, exact.
    reason_excluded, detail
        Code of the reason why it cannot be drawn, empty for an eligible object, and its data.
    """

    id: str
    stratum: str = "weighted"
    weight: int | Fraction = 1
    reason_excluded: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def eligible(self) -> bool:
        """Tell whether the object can be drawn."""
        return not self.reason_excluded


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
    quota
        Draws asked of each stratum, carried objects included.
    carried
        Ids carried over, in their order, as they were handed in.
    dropped
        Carried ids that cannot be visited any more: id and reason.
    frame, frame_sha256
        Eligible objects, excluded objects with reason; hash of their canonical JSON.
    strata
        See :class:`Stratum`; the quota is what was taken.
    probability
        Chance of every eligible object to be drawn in any stratum, as decimals.
    selected
        Carried, certainty, weighted, uniform; each in the order of its ranks.
    substitutes
        By stratum the ids that follow, for objects that turn out impossible.
    """

    round_id: str
    seed: str
    created: str
    rules_version: str
    redraw_reason: str
    quota: Mapping[str, int]
    carried: tuple[str, ...]
    dropped: tuple[Mapping[str, str], ...]
    frame: Mapping[str, Any]
    frame_sha256: str
    strata: Mapping[str, Stratum]
    probability: Mapping[str, str]
    selected: tuple[Selected, ...]
    substitutes: Mapping[str, tuple[str, ...]]
    method: str = METHOD

    @property
    def excluded(self) -> tuple[Mapping[str, Any], ...]:
        """Excluded objects: ``id``, ``reason``, ``detail``."""
        return tuple(self.frame["excluded"])

    @property
    def selected_ids(self) -> tuple[str, ...]:
        """Ids of the drawn objects in their order."""
        return tuple(one.id for one in self.selected)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data with the hash of all of it as ``record_sha256``."""
        body = self._body()
        digest = hashlib.sha256(canonical_json(body).encode("utf-8")).hexdigest()
        return {**body, "record_sha256": digest}

    def _body(self) -> dict[str, Any]:
        return {
            "kind": "draw",
            "method": self.method,
            "round": self.round_id,
            "seed": self.seed,
            "created": self.created,
            "rules_version": self.rules_version,
            "redraw_reason": self.redraw_reason,
            "quota": dict(self.quota),
            "carried": list(self.carried),
            "dropped": [dict(one) for one in self.dropped],
            "frame": self.frame,
            "frame_sha256": self.frame_sha256,
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
        return canonical_json(self.to_json())
