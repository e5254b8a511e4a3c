"""What the records of a chain say of each other: commitments, openings, redraws, substitutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from layers.events import canonical_json
from scheduler.substitutes import Bench, SubstituteError
from scheduler.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Fault(NamedTuple):
    """A rule that a record breaks: the field, what should stand there and what does."""

    code: str
    field: str
    expected: str
    found: str


@dataclass(slots=True)
class Committed:
    """A commitment on the chain; ``ended`` tells how: ``""``, ``draw`` or ``abandon``."""

    index: int
    round_id: str
    commitment: str
    parties: tuple[str, ...]
    ended: str = ""
    reason: str = ""
    overtaken: bool = False


@dataclass(slots=True)
class Story:
    """Reads records in their order and tells what does not fit what came before."""

    committed: list[Committed] = field(default_factory=list)
    benches: dict[str, Bench] = field(default_factory=dict)
    weeks: dict[str, set[str]] = field(default_factory=lambda: {"commit": set(), "draw": set()})

    def read(self, record: Mapping[str, Any], *, index: int, hash_: str) -> Iterator[Fault]:
        """Yield every rule that the next record breaks."""
        kind = record.get("kind")
        if kind in ("commit", "draw"):
            yield from self._second(record, kind)
            for one in self.committed:
                one.overtaken |= one.round_id != record.get("round")
        if kind == "commit":
            yield from self._commit(record, index)
        elif kind == "draw":
            yield from self._draw(record, hash_)
        elif kind == "abandon":
            yield from self._abandon(record)
        elif kind == "substitute":
            yield from self._substitute(record)

    def unopened(self) -> list[Committed]:
        """Return the commitments that were passed over without a word."""
        return [one for one in self.committed if one.overtaken and not one.ended]

    def _second(self, record: Mapping[str, Any], kind: str) -> Iterator[Fault]:
        round_id = str(record.get("round", ""))
        week = round_id.partition(".")[0]
        if week in self.weeks[kind] and not record.get("redraw_reason"):
            yield Fault("second_draw", "round", "-", round_id)
        self.weeks[kind].add(week)

    def _commit(self, record: Mapping[str, Any], index: int) -> Iterator[Fault]:
        try:
            terms = terms_of(record).checked()
        except (KeyError, TypeError, ValueError) as error:
            yield Fault("malformed", "parties", "-", str(error))
            return
        expected = terms.commit_record()
        yield from _other_fields(record, frozenset(expected))
        for name, value in expected.items():
            if canonical_json(record.get(name)) != canonical_json(value):
                yield Fault("differs", name, str(value), str(record.get(name)))
        self.committed.append(
            Committed(
                index=index, round_id=terms.round_id, commitment=str(record.get("commitment")),
                parties=tuple(one.name for one in terms.parties),
            )
        )  # fmt: skip

    def _draw(self, record: Mapping[str, Any], hash_: str) -> Iterator[Fault]:
        if record.get("opening") is not None:
            yield from self._end(record, how="draw")
        try:
            self.benches[hash_] = Bench.of(record)
        except (KeyError, TypeError, AttributeError):
            yield Fault("malformed", "selected", "-", "-")

    def _abandon(self, record: Mapping[str, Any]) -> Iterator[Fault]:
        yield from _other_fields(record, _ABANDON)
        if not isinstance(record.get("reason"), str) or not record["reason"].strip():
            yield Fault("malformed", "reason", "-", str(record.get("reason")))
        yield from self._end(record, how="abandon")

    def _end(self, record: Mapping[str, Any], *, how: str) -> Iterator[Fault]:
        asked = record.get("round"), record.get("commitment")
        for one in self.committed:
            if (one.round_id, one.commitment) == asked and not one.ended:
                one.ended = how
                one.reason = str(record.get("reason", ""))
                return
        yield Fault("no_commitment", "commitment", "-", str(asked[1]))

    def _substitute(self, record: Mapping[str, Any]) -> Iterator[Fault]:
        yield from _other_fields(record, _SUBSTITUTE)
        if not isinstance(record.get("reason"), str) or not record["reason"]:
            yield Fault("malformed", "reason", "-", str(record.get("reason")))
        bench = self.benches.get(str(record.get("draw")))
        if bench is None or bench.round_id != record.get("round"):
            yield Fault("no_draw", "draw", "-", str(record.get("draw")))
            return
        try:
            name, id_ = bench.replace(str(record.get("object")))
        except SubstituteError as error:
            where = "object" if error.code == "not_drawn" else "substitute"
            yield Fault(error.code, where, "-", str(record.get(where)))
            return
        for where, expected in (("stratum", name), ("substitute", id_)):
            if record.get(where) != expected:
                yield Fault("differs", where, expected, str(record.get(where)))


_ABANDON = frozenset({"kind", "digest", "round", "commitment", "reason", "created"})
_SUBSTITUTE = frozenset(
    {"kind", "digest", "round", "draw", "object", "stratum", "substitute", "reason", "note",
     "created"}
)  # fmt: skip


def _other_fields(record: Mapping[str, Any], names: frozenset[str]) -> Iterator[Fault]:
    """Name fields that are missing, and those that nothing holds to a rule."""
    if set(record) != names:
        yield Fault("malformed", "", ",".join(sorted(names)), ",".join(sorted(record)))
