"""What the public may read of a visit: types with exactly those fields, and nothing beside them.

Whatever is exported goes through these types. There is no field for a person, a telephone, an
address, a note or the reason why somebody was visited, so none can slip in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

WITHDRAWN = "withdrawn"
"""Result of a visit that was made public and turned out not to have taken place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDraw:
    """How an enterprise was drawn; ``id`` is its name in the record of ``round``."""

    id: str
    round: str
    stratum: str
    probability: str
    ticket: str
    carried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicVisit:
    """One result that is made public.

    Attributes
    ----------
    round
        Week of the plan.
    name, credit_code, town
        The enterprise.
    result
        Code of :data:`layers.codes.TABLES` ``visit_result``, or :data:`WITHDRAWN`.
    findings, serious_findings
        Counts, None where nobody counted.
    departments
        Who inspected.
    drawn
        None for every visit that chance did not choose; which of its other occasions it had
        (an order, a report by the public) is not told.
    due, late_days
        Last day for the publication, and by how many days that was missed.
    source, status
        The rule that sets the day, and how far it was verified.
    corrects
        Day of the publication that this one puts right.
    """

    round: str
    name: str
    credit_code: str
    town: str
    visited: dt.date
    result: str
    findings: int | None
    serious_findings: int | None
    departments: tuple[str, ...]
    drawn: PublicDraw | None
    due: dt.date
    late_days: int
    source: str
    status: str
    corrects: dt.date | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        plain = asdict(self) | {"departments": list(self.departments)}
        return {
            key: value.isoformat() if isinstance(value, dt.date) else value
            for key, value in plain.items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        known = dict(data)
        for name in ("visited", "due", "corrects"):
            known[name] = None if known[name] is None else dt.date.fromisoformat(known[name])
        known["departments"] = tuple(known["departments"])
        known["drawn"] = None if known["drawn"] is None else PublicDraw(**known["drawn"])
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCount:
    """How many visits to other places than registered enterprises had a result."""

    result: str
    visits: int
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRound:
    """A draw: its record where everyone may read it, else the hashes that bind it.

    Attributes
    ----------
    file
        Name of the file with the record, empty while it is closed.
    closed
        Why it is: ``week_not_over``, ``visits_to_come`` or ``secret_field``.
    hash, commitment, frame_hash
        Of the link in the chain, of the terms, of the frame; empty where there is none yet.
    eligible, excluded, drawn
        Numbers of objects, None while the record is closed.
    """

    name: str
    file: str
    closed: str
    hash: str
    commitment: str
    frame_hash: str
    eligible: int | None = None
    excluded: int | None = None
    drawn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """All that is made public on one day.

    ``links`` and ``head`` tell how long the chain in ``chain.json`` is and the hash it ends with;
    0 and empty where no part of the chain may be read yet.
    """

    area: str
    day: dt.date
    visits: tuple[PublicVisit, ...]
    others: tuple[PublicCount, ...]
    rounds: tuple[PublicRound, ...]
    links: int
    head: str

    @property
    def corrections(self) -> tuple[PublicVisit, ...]:
        """The results that put earlier ones right."""
        return tuple(one for one in self.visits if one.corrects is not None)

    @property
    def results(self) -> tuple[PublicVisit, ...]:
        """The results that are public for the first time."""
        return tuple(one for one in self.visits if one.corrects is None)

    @property
    def basis(self) -> tuple[tuple[str, str], ...]:
        """The rules behind the due dates, each with its status."""
        return tuple(sorted({(one.source, one.status) for one in self.visits}))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "version": 1,
            "area": self.area,
            "published": self.day.isoformat(),
            "visits": [one.to_json() for one in self.visits],
            "other_checks": [asdict(one) for one in self.others],
            "rounds": [asdict(one) for one in self.rounds],
            "chain": {"links": self.links, "head": self.head},
            "basis": [{"source": source, "status": status} for source, status in self.basis],
        }
