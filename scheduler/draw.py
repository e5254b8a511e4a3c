"""The draw of objects: a pure function of a frame, a seed and a quota, replayable by anyone.

Tickets
    ``ticket = SHA-256(NFC(seed, round, stratum, upper-case id))`` joined by line feeds, in UTF-8,
    read as an integer of 256 bits; ``u = ticket / 2^256``. An object's ticket does not depend on
    who else is in the frame.
Strata, in this order
    ``certainty``: the week's share of the key class, smallest tickets first.
    ``weighted``: Pareto πps (B. Rosén, J. Statist. Plann. Inference 62, 1997): smallest
    ``[u/(1-u)] / [π/(1-π)]`` first with ``π = n·w/Σw``; objects with ``π >= 1`` are taken and the
    rest is computed anew. Exponential keys would miss the promised probabilities by up to a fifth.
    ``uniform``: smallest tickets of all that are eligible and not yet chosen, so that everyone can
    be drawn.
Numbers
    Ranks are compared as ``floor(2^256 · rank)`` in whole numbers, ties by ticket, then by id, so
    that every platform agrees. Probabilities are exact fractions, written with 12 decimals.
Carried objects
    They were drawn in an earlier week and could not be visited. They come first, without a ticket,
    and use up the quota of their stratum, then of the others (weighted, uniform, certainty).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from layers.events import canonical_json
from scheduler.draw_record import METHOD, STRATA, Candidate, DrawRecord, Entry, Selected, Stratum
from scheduler.tickets import (
    Ranked,
    Tickets,
    decimal,
    nfc,
    rank_equally,
    rank_weighted,
    ticket,
    upper,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SUBSTITUTES = 50
"""How many substitutes a record lists per stratum."""

__all__ = [
    "METHOD",
    "STRATA",
    "Candidate",
    "DrawRecord",
    "Entry",
    "FrameError",
    "Selected",
    "Stratum",
    "draw",
    "replay",
    "ticket",
]


class FrameError(ValueError):
    """A frame, quota or name from which nothing can be drawn.

    Attributes
    ----------
    code
        ``bad_frame``.
    rows
        One ``(id or name, code, value as text)`` for everything that is wrong; codes:
        ``repeated_id``, ``line_break``, ``empty_id``, ``unknown_stratum``, ``bad_weight``,
        ``bad_quota``.
    """

    code = "bad_frame"

    def __init__(self, rows: tuple[tuple[str, str, str], ...]) -> None:
        self.rows = rows
        super().__init__("; ".join(f"{name!r}: {code} ({value})" for name, code, value in rows))


def draw(
    frame: Iterable[Candidate],
    *,
    seed: str,
    round_id: str,
    quota: Mapping[str, int],
    carried: Sequence[str] = (),
    created: str = "",
    rules_version: str = "",
    redraw_reason: str = "",
) -> DrawRecord:
    """Draw the objects of a round.

    As many as the quota says are selected, or all that are eligible if those are fewer; what a
    stratum cannot fill passes on to the next. Objects carried over are always selected, even beyond
    the quota.

    Parameters
    ----------
    frame
        Every object, also the excluded ones; its order does not matter.
    quota
        Draws by stratum; a stratum that is not named has none.
    carried
        Ids to be taken over from earlier rounds, first come first.
    created, rules_version, redraw_reason
        Kept in the record, without effect on the draw.

    Raises
    ------
    FrameError
        With everything that is wrong with the frame, the quota and the names.
    """
    objects = sorted(map(_normal, frame), key=lambda one: one.id)
    round_id = nfc(round_id)
    _check(objects, quota, round_id=round_id)
    kept, dropped = _carry(objects, carried)
    left = _after_carried(quota, kept)
    carried_ids = {one.id for one in kept}
    pool = [one for one in objects if one.eligible and one.id not in carried_ids]
    strata, probability = _draw_strata(pool, left, seed=seed, round_id=round_id)
    selected = _selected(kept, strata)
    body = _frame_json(objects)
    return DrawRecord(
        round_id=round_id,
        seed=nfc(seed),
        created=created,
        rules_version=rules_version,
        redraw_reason=redraw_reason,
        quota={name: quota.get(name, 0) for name in STRATA},
        carried=tuple(carried),
        dropped=dropped,
        frame=body,
        frame_sha256=hashlib.sha256(canonical_json(body).encode("utf-8")).hexdigest(),
        strata=strata,
        probability=probability,
        selected=selected,
        substitutes=_substitutes(strata, selected),
    )


def replay(record: Mapping[str, Any]) -> list[str]:
    """Draw again from what *record* says and name every difference, none if it is right.

    What has no effect on the draw (``created``, ``rules_version``, ``redraw_reason``) is held by
    ``record_sha256`` only; who changes that as well is found by :func:`scheduler.ledger.audit`.

    Parameters
    ----------
    record
        What :meth:`DrawRecord.to_json` wrote.
    """
    try:
        if record["kind"] != "draw" or record["method"] != METHOD:
            return [f"method: {record['method']!r} is not {METHOD!r}"]
        again = draw(
            _frame_of(record["frame"]),
            seed=record["seed"],
            round_id=record["round"],
            quota=record["quota"],
            carried=record["carried"],
            created=record["created"],
            rules_version=record["rules_version"],
            redraw_reason=record["redraw_reason"],
        )
        return list(_differences("", dict(record), again.to_json()))
    except KeyError as error:
        return [f"{error.args[0]}: missing"]
    except (TypeError, ValueError, AttributeError) as error:
        return [f"unreadable: {error}"]


# One step each ------------------------------------------------------------------------------------


def _draw_strata(
    pool: list[Candidate], left: Mapping[str, int], *, seed: str, round_id: str
) -> tuple[dict[str, Stratum], dict[str, str]]:
    """Draw every stratum; return them and the chance of every object over all strata."""
    strata: dict[str, Stratum] = {}
    chances: dict[str, list[Fraction]] = {one.id: [] for one in pool}
    chosen: set[str] = set()
    spare = 0
    for name in STRATA:
        wanted = left[name] + spare
        members = [one for one in pool
                   if name in (one.stratum, "uniform") and one.id not in chosen]  # fmt: skip
        taken = min(wanted, len(members))
        spare = wanted - taken
        tickets = Tickets.of_stratum(seed=seed, round_id=round_id, stratum=name)
        rank = rank_weighted if name == "weighted" else rank_equally
        ranked = sorted(
            rank(members, taken=taken, tickets=tickets), key=lambda r: (r.key, r.ticket, r.id)
        )
        chosen.update(one.id for one in ranked[:taken])
        strata[name] = Stratum(quota=taken, entries=_entries(ranked))
        if name != "uniform":
            for one in ranked:
                chances[one.id].append(one.pi)
    uniform = strata["uniform"]
    last = Fraction(uniform.quota, max(1, len(uniform.entries)))
    return strata, _probabilities(chances, last)


def _entries(ranked: list[Ranked]) -> tuple[Entry, ...]:
    written: dict[tuple[int, int], str] = {}  # pairs of integers hash faster than fractions
    entries = []
    for rank, one in enumerate(ranked, start=1):
        pi = one.pi.as_integer_ratio()
        if pi not in written:
            written[pi] = decimal(one.pi)
        entries.append(
            Entry(id=one.id, weight=one.weight, pi=written[pi], ticket=f"{one.ticket:064x}",
                  rank=rank)
        )  # fmt: skip
    return tuple(entries)


def _probabilities(chances: Mapping[str, list[Fraction]], uniform: Fraction) -> dict[str, str]:
    """Return ``1 - (1-π)(1-π_uniform)``: the size of the uniform pool does not hang on chance."""
    written: dict[tuple[tuple[int, int], ...], str] = {}
    result = {}
    for id_, own in chances.items():
        first = tuple(pi.as_integer_ratio() for pi in own)
        if first not in written:
            missed = math.prod((1 - pi for pi in own), start=Fraction(1))
            written[first] = decimal(1 - missed * (1 - uniform))
        result[id_] = written[first]
    return result


def _selected(kept: Sequence[Candidate], strata: Mapping[str, Stratum]) -> tuple[Selected, ...]:
    chosen = [(one.id, "carried") for one in kept]
    for name in STRATA:
        stratum = strata[name]
        chosen += [(entry.id, name) for entry in stratum.entries[: stratum.quota]]
    return tuple(
        Selected(id=id_, stratum=name, order=order)
        for order, (id_, name) in enumerate(chosen, start=1)
    )


def _substitutes(
    strata: Mapping[str, Stratum], selected: Sequence[Selected]
) -> dict[str, tuple[str, ...]]:
    chosen = {one.id for one in selected}
    return {
        name: tuple(e.id for e in stratum.entries if e.id not in chosen)[:SUBSTITUTES]
        for name, stratum in strata.items()
    }


def _carry(
    objects: Sequence[Candidate], carried: Sequence[str]
) -> tuple[list[Candidate], tuple[Mapping[str, str], ...]]:
    """Return the carried objects that can still be visited, and the others with their reason."""
    known = {upper(one.id): one for one in objects}
    kept: dict[str, Candidate] = {}
    dropped: list[Mapping[str, str]] = []
    for id_ in carried:
        one = known.get(upper(id_))
        if one is None:
            dropped.append({"id": id_, "reason": "not_in_frame"})
        elif not one.eligible:
            dropped.append({"id": id_, "reason": one.reason_excluded})
        else:
            kept.setdefault(one.id, one)
    return list(kept.values()), tuple(dropped)


def _after_carried(quota: Mapping[str, int], kept: Sequence[Candidate]) -> dict[str, int]:
    """Return what is left of every quota after the carried objects."""
    left = {name: quota.get(name, 0) for name in STRATA}
    for one in kept:
        order = (one.stratum, "weighted", "uniform", "certainty")
        payer = next((name for name in order if left[name]), None)
        if payer is not None:
            left[payer] -= 1
    return left


# Reading and writing ------------------------------------------------------------------------------


def _frame_json(objects: Sequence[Candidate]) -> dict[str, Any]:
    return {
        "eligible": [
            {"id": one.id, "stratum": one.stratum, "weight": str(one.weight)}
            for one in objects
            if one.eligible
        ],
        "excluded": [
            {"id": one.id, "reason": one.reason_excluded, "detail": dict(one.detail)}
            for one in objects
            if not one.eligible
        ],
    }


def _frame_of(body: Mapping[str, Any]) -> list[Candidate]:
    return [
        Candidate(id=one["id"], stratum=one["stratum"], weight=Fraction(one["weight"]))
        for one in body["eligible"]
    ] + [
        Candidate(id=one["id"], reason_excluded=one["reason"], detail=one["detail"])
        for one in body["excluded"]
    ]


def _differences(path: str, recorded: Any, again: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Walk two JSON values side by side; yield the path and both values where they differ."""
    if isinstance(recorded, dict) and isinstance(again, dict):
        for key in sorted(set(recorded) | set(again)):
            where = f"{path}.{key}" if path else str(key)
            if key not in recorded or key not in again:
                yield f"{where}: {'missing' if key in again else 'should not be there'}"
            else:
                yield from _differences(where, recorded[key], again[key])
    elif isinstance(recorded, list) and isinstance(again, list):
        if len(recorded) != len(again):
            yield f"{path}: {len(recorded)} recorded, {len(again)} drawn"
        for index, (one, other) in enumerate(zip(recorded, again, strict=False)):
            yield from _differences(f"{path}[{index}]", one, other)
    elif type(recorded) is not type(again) or recorded != again:
        yield f"{path}: {recorded!r} recorded, {again!r} drawn"


def _check(objects: Sequence[Candidate], quota: Mapping[str, int], *, round_id: str) -> None:
    bad = [("round", "line_break", round_id)] if "\n" in round_id else []
    for name, count in quota.items():
        whole = isinstance(count, int) and not isinstance(count, bool)
        if name not in STRATA or not whole or count < 0:
            bad.append((name, "bad_quota", str(count)))
    seen: set[str] = set()
    for one in objects:
        folded = upper(one.id)
        wrong = (
            not one.id, "\n" in one.id, folded in seen, one.stratum not in STRATA,
            not _is_weight(one.weight),
        )  # fmt: skip
        seen.add(folded)
        if any(wrong):
            said = f"{one.stratum} {one.weight}"
            bad += [(one.id, code, said) for code, is_ in zip(_WRONG, wrong, strict=True) if is_]
    if bad:
        raise FrameError(tuple(bad))


_WRONG = ("empty_id", "line_break", "repeated_id", "unknown_stratum", "bad_weight")


def _is_weight(value: object) -> bool:
    """Tell whether a weight is exact and positive; floats differ from platform to platform."""
    return not isinstance(value, bool) and isinstance(value, int | Fraction) and value > 0


def _normal(one: Candidate) -> Candidate:
    id_ = nfc(one.id)
    return one if id_ == one.id else replace(one, id=id_)
