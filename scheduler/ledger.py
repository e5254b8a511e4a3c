"""The hash chain of rounds: every record carries the hash of the one before it.

A link is ``{"previous", "record", "hash"}`` with
``hash = SHA-256(previous + canonical JSON of record)``, everything in UTF-8, hashes in lower-case
hexadecimal. The first link follows :data:`GENESIS`.
"""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.events import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GENESIS = "0" * 64
_FIELDS = frozenset({"previous", "record", "hash"})


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
        super().__init__(f"not a SHA-256 in lower-case hexadecimal: {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProblem:
    """What is wrong with a chain and where.

    Attributes
    ----------
    code
        ``bad_link`` (fields missing or more than there should be), ``broken_link`` (a link before
        this one is missing, moved or changed), ``changed_record`` (the record is not the one that
        was hashed), ``second_draw`` (a round drawn before, no reason given), ``short_chain``
        (links are missing at the end).
    index
        Position in the chain, from 0.
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

    def detail(self) -> dict[str, Any]:
        """Return what a sentence about the problem needs."""
        return {"index": self.index, "round": self.round_id, "expected": self.expected,
                "found": self.found}  # fmt: skip


def link(previous_hash: str, *, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return *record* as the link that follows *previous_hash* (:data:`GENESIS` for the first).

    Raises
    ------
    LinkError
        If *previous_hash* is no hash.
    TypeError, ValueError
        If *record* is not plain JSON.
    """
    if not _is_hash(previous_hash):
        raise LinkError(previous_hash)
    return {
        "previous": previous_hash,
        "record": dict(record),
        "hash": _hash(previous_hash, record),
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
    drawn: set[str] = set()
    previous = GENESIS
    for index, one in enumerate(chain):
        if not isinstance(one, dict) or set(one) != _FIELDS or not _is_hash(one["hash"]):
            problems.append(_problem("bad_link", index, "", ",".join(sorted(_FIELDS)), one))
            previous = ""
            continue
        problems += _audit_link(one, index, previous=previous, drawn=drawn)
        previous = one["hash"]
    if head is not None and previous != head:
        problems.append(_problem("short_chain", len(chain), "", head, previous or "-"))
    return problems


def _audit_link(
    one: Mapping[str, Any], index: int, *, previous: str, drawn: set[str]
) -> list[ChainProblem]:
    record = one["record"] if isinstance(one["record"], dict) else {}
    round_id = str(record.get("round", ""))
    problems = []
    if previous and one["previous"] != previous:
        problems.append(_problem("broken_link", index, round_id, previous, one["previous"]))
    expected = _hash(str(one["previous"]), one["record"])
    if one["hash"] != expected:
        problems.append(_problem("changed_record", index, round_id, expected, one["hash"]))
    if record.get("kind") == "draw":
        if round_id in drawn and not record.get("redraw_reason"):
            problems.append(_problem("second_draw", index, round_id, "-", round_id))
        drawn.add(round_id)
    return problems


def _problem(code: str, index: int, round_id: str, expected: str, found: object) -> ChainProblem:
    text = ",".join(sorted(map(str, found))) if isinstance(found, dict) else str(found)
    return ChainProblem(code=code, index=index, round_id=round_id, expected=expected, found=text)


def _hash(previous: str, record: object) -> str:
    try:
        body = previous + canonical_json(record)
        return hashlib.sha256(body.encode("utf-8")).hexdigest()
    except (TypeError, ValueError):
        return "-"


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set(_HEX)


_HEX = string.digits + "abcdef"
