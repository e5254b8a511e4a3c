"""The hash chain of rounds: every record carries the hash of the one before it.

A link is ``{"previous", "record", "hash"}`` with ``hash = H(previous + canonical JSON of record)``,
everything in UTF-8, hashes in lower-case hexadecimal; H is what the record names as its ``digest``.
The first link follows :data:`GENESIS`.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.events import canonical_json
from scheduler.chain_rules import Story
from scheduler.digests import DIGESTS, hex_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.chain_rules import Committed

GENESIS = "0" * 64
_FIELDS = frozenset({"previous", "record", "hash"})
_NEEDS_CHAIN = frozenset({"broken_link", "no_commitment", "no_draw"})


class LinkError(ValueError):
    """A hash that is none.

    Attributes
    ----------
    code
        ``bad_hash``.
    value
        What was given.
    """

    code = "bad_hash"

    def __init__(self, value: str) -> None:
        self.value = value
        super().__init__(f"not a hash in lower-case hexadecimal: {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProblem:
    """What is wrong with a chain and where.

    Attributes
    ----------
    code
        ``bad_link`` (fields missing or more than there should be), ``broken_link`` (a link before
        this one is missing, moved or changed), ``changed_record`` (the record is not the one that
        was hashed), ``unknown_digest``, ``short_chain`` (links are missing at the end), and what
        records say of each other: ``second_draw`` (a week drawn before, no reason given),
        ``no_commitment`` (opened or abandoned without one), ``unopened_commit`` (passed over
        without a reason), ``no_draw``, ``not_drawn``, ``no_substitute`` (of a substitute),
        ``differs`` and ``malformed``.
    index
        Position in the chain, from 0.
    field
        Field of the record, empty where it is the link itself.
    round_id
        Round of the record, empty where it has none.
    expected, found
        Hash, round or length that should be there, and what is.
    """

    code: str
    index: int
    round_id: str
    expected: str
    found: str
    field: str = ""

    def detail(self) -> dict[str, Any]:
        """Return what a sentence about the problem needs."""
        return {"index": self.index, "round": self.round_id, "expected": self.expected,
                "found": self.found, "field": self.field}  # fmt: skip


def link(previous_hash: str, *, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return *record* as the link that follows *previous_hash* (:data:`GENESIS` for the first).

    Raises
    ------
    LinkError
        If *previous_hash* is no hash.
    KeyError, TypeError, ValueError
        If *record* names no ``digest`` or is not plain JSON.
    """
    if not _is_hash(previous_hash):
        raise LinkError(previous_hash)
    body = previous_hash + canonical_json(record)
    return {
        "previous": previous_hash,
        "record": dict(record),
        "hash": hex_of(body, digest=record["digest"]),
    }


def audit(chain: Sequence[Mapping[str, Any]], *, head: str | None = None) -> list[ChainProblem]:
    """Return everything that is wrong with *chain*, in its order; nothing if it is whole.

    Parameters
    ----------
    chain
        Links as :func:`link` makes them, oldest first.
    head
        Hash of the last link as it was published or printed. Without it links cut off from the end
        cannot be noticed, as any beginning of a chain is a chain.
    """
    problems: list[ChainProblem] = []
    story = Story()
    previous = GENESIS
    for index, one in enumerate(chain):
        if not isinstance(one, dict) or set(one) != _FIELDS or not _is_hash(one["hash"]):
            problems.append(_problem("bad_link", index, "", ",".join(sorted(_FIELDS)), one))
            previous = ""
            continue
        problems += _audit_link(one, index, previous=previous)
        if isinstance(one["record"], dict):
            round_id = str(one["record"].get("round", ""))
            problems += [
                ChainProblem(code=fault.code, index=index, round_id=round_id,
                             expected=fault.expected, found=fault.found, field=fault.field)
                for fault in story.read(one["record"], index=index, hash_=one["hash"])
            ]  # fmt: skip
        previous = one["hash"]
    problems += [
        ChainProblem(code="unopened_commit", index=one.index, round_id=one.round_id, expected="-",
                     found=one.commitment, field="commitment")
        for one in story.unopened()
    ]  # fmt: skip
    if head is not None and previous != head:
        problems.append(_problem("short_chain", len(chain), "", head, previous or "-"))
    return problems


def audit_alone(one: Mapping[str, Any]) -> list[ChainProblem]:
    """Return what is wrong with a link by itself, whatever should stand before it."""
    return [problem for problem in audit([one]) if problem.code not in _NEEDS_CHAIN]


def commitments(chain: Sequence[Mapping[str, Any]]) -> list[Committed]:
    """Return every commitment of a whole *chain* and how it ended."""
    story = Story()
    for index, one in enumerate(chain):
        list(story.read(one["record"], index=index, hash_=one["hash"]))
    return story.committed


def _audit_link(one: Mapping[str, Any], index: int, *, previous: str) -> list[ChainProblem]:
    record = one["record"] if isinstance(one["record"], dict) else {}
    round_id = str(record.get("round", ""))
    problems = []
    if previous and one["previous"] != previous:
        problems.append(_problem("broken_link", index, round_id, previous, one["previous"]))
    if record.get("digest") not in DIGESTS:
        known = ",".join(DIGESTS)
        problems.append(
            _problem("unknown_digest", index, round_id, known, str(record.get("digest")))
        )  # fmt: skip
        return problems
    expected = _hash(str(one["previous"]), record)
    if one["hash"] != expected:
        problems.append(_problem("changed_record", index, round_id, expected, one["hash"]))
    return problems


def _problem(code: str, index: int, round_id: str, expected: str, found: object) -> ChainProblem:
    text = ",".join(sorted(map(str, found))) if isinstance(found, dict) else str(found)
    return ChainProblem(code=code, index=index, round_id=round_id, expected=expected, found=text)


def _hash(previous: str, record: Mapping[str, Any]) -> str:
    try:
        return hex_of(previous + canonical_json(record), digest=record["digest"])
    except (TypeError, ValueError):
        return "-"


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set(_HEX)


_HEX = string.digits + "abcdef"
