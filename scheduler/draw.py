"""The draw of objects: a pure function of a frame, a seed and a quota, replayable by anyone.

Terms
    Frame, quota and everything else that decides are hashed before the seed exists
    (:func:`commit`); nonces of several parties and a public number make the seed
    (:func:`open_draw`). A direct draw (:func:`draw`) is given its seed and says so.
Tickets
    ``ticket = H(NFC(seed, round, stratum, upper-case id))`` joined by line feeds, in UTF-8, read
    as an integer of 256 bits; ``u = ticket / 2^256``; H is SHA-256 or SM3. An object's ticket does
    not depend on who else is in the frame. Departments that share permanent numbers have the same
    tickets, see :mod:`scheduler.tickets`.
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

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from scheduler.candidates import Candidate, FrameError, check_frame, frame_json, ordered, read_frame
from scheduler.digests import hex_of_json
from scheduler.draw_record import DrawRecord, Entry, Selected, Stratum
from scheduler.terms import METHOD, STRATA, Opening, Terms, TermsError, match_nonces, terms_of
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

    from scheduler.terms import Party, PublicNumber

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
    "commit",
    "draw",
    "open_draw",
    "replay",
    "ticket",
]


def draw(
    frame: Iterable[Candidate],
    *,
    seed: str,
    round_id: str,
    quota: Mapping[str, int],
    carried: Sequence[str] = (),
    department: str = "",
    created: str = "",
    rules_version: str = "",
    redraw_reason: str = "",
    permanent: str = "",
    digest: str = "sha256",
) -> DrawRecord:
    """Draw objects directly, from a seed that is given.

    Parameters
    ----------
    frame
        All objects, the excluded ones as well; their order has no influence.
    seed
        Text that nobody could choose with the result in mind; NFC is hashed.
    round_id
        Id of the round, without line feeds: the same seed gives another draw in another round.
    quota
        Draws asked of each stratum; what one cannot fill passes to the next.
    carried
        Ids drawn earlier and not visited, in the order in which they come first now.
    department, created, rules_version, redraw_reason
        Kept in the record, without influence on the draw.
    permanent
        Seed of the permanent numbers that departments share; empty for new tickets every round.
    digest
        Name of the hash function.

    Raises
    ------
    FrameError
        With everything that is wrong.
    scheduler.digests.DigestError
    """
    objects = ordered(frame)
    asked = Terms(
        round_id=round_id, quota=quota, carried=tuple(carried), department=department,
        created=created, rules_version=rules_version, redraw_reason=redraw_reason,
        permanent=permanent, digest=digest,
    )  # fmt: skip
    terms, body = _fixed(objects, asked)
    return _drawn(objects, body, terms, seed=nfc(seed), opening=None)


def commit(
    frame: Iterable[Candidate],
    *,
    round_id: str,
    quota: Mapping[str, int],
    parties: Sequence[Party],
    public: PublicNumber,
    carried: Sequence[str] = (),
    department: str = "",
    created: str = "",
    rules_version: str = "",
    redraw_reason: str = "",
    permanent: str = "",
    digest: str = "sha256",
) -> Terms:
    """Return the terms of a draw whose seed does not exist yet; parameters as in :func:`draw`.

    Raises
    ------
    FrameError, scheduler.terms.TermsError, scheduler.digests.DigestError
    """
    asked = Terms(
        round_id=round_id, quota=quota, carried=tuple(carried), department=department,
        created=created, rules_version=rules_version, redraw_reason=redraw_reason,
        permanent=permanent, digest=digest, parties=tuple(parties), public=public,
    )  # fmt: skip
    terms, _ = _fixed(ordered(frame), asked)
    return terms.checked()


def open_draw(
    committed: Mapping[str, Any],
    frame: Mapping[str, Any],
    *,
    nonces: Sequence[str],
    public_number: str,
) -> DrawRecord:
    """Draw from the nonces and the public number of a committed round.

    Parameters
    ----------
    committed
        Record of the commitment, see :meth:`scheduler.terms.Terms.commit_record`.
    frame
        The frame as JSON data; its hash is in the terms.
    nonces
        One for each party, in any order.

    Raises
    ------
    scheduler.terms.TermsError
        If a nonce is not the committed one, ``no_public_number`` if that is empty, or
        ``changed_frame`` if the frame is not the committed one.
    """
    terms = terms_of(committed)
    if not public_number.strip():
        raise TermsError("no_public_number")
    if hex_of_json(frame, digest=terms.digest) != terms.frame_hash:
        raise TermsError("changed_frame", expected=terms.frame_hash)
    opening = Opening(
        nonces=match_nonces(terms, nonces), public_number=nfc(public_number.strip())
    )  # fmt: skip
    terms, seed = terms.opened(opening)
    objects = ordered(read_frame(frame))
    return _drawn(objects, frame_json(objects), terms, seed=seed, opening=opening)


def _fixed(objects: Sequence[Candidate], asked: Terms) -> tuple[Terms, dict[str, Any]]:
    """Return the terms as they are hashed, with the hash of the frame, and the frame as JSON.

    Raises
    ------
    FrameError, scheduler.digests.DigestError
    """
    terms = asked.normal()
    check_frame(objects, terms.quota, round_id=terms.round_id)
    body = frame_json(objects)
    return replace(terms, frame_hash=hex_of_json(body, digest=terms.digest)), body


def _drawn(
    objects: Sequence[Candidate],
    body: Mapping[str, Any],
    terms: Terms,
    *,
    seed: str,
    opening: Opening | None,
) -> DrawRecord:
    kept, dropped = _carry(objects, terms.carried)
    left = _after_carried(terms.quota, kept)
    carried_ids = {one.id for one in kept}
    pool = [one for one in objects if one.eligible and one.id not in carried_ids]
    strata, probability = _draw_strata(pool, left, terms=terms, seed=seed)
    selected = _selected(kept, strata)
    return DrawRecord(
        terms=terms,
        opening=opening,
        seed=seed,
        frame=body,
        dropped=dropped,
        strata=strata,
        probability=probability,
        selected=selected,
        substitutes=_substitutes(strata, selected),
    )


def replay(record: Mapping[str, Any]) -> list[str]:
    """Draw again from what *record* says and name every difference, none if it is right.

    What has no effect on the draw (``created``, ``rules_version``, ``redraw_reason``) is held by
    hashes only; who changes these as well is found by :func:`scheduler.ledger.audit`.

    Parameters
    ----------
    record
        What :meth:`DrawRecord.to_json` wrote.
    """
    try:
        if record["kind"] != "draw" or record["method"] != METHOD:
            return [f"method: {record['method']!r} is not {METHOD!r}"]
        return list(_differences("", dict(record), _again(record).to_json()))
    except KeyError as error:
        return [f"{error.args[0]}: missing"]
    except TermsError as error:
        return [f"opening: {error}"]
    except (TypeError, ValueError, AttributeError) as error:
        return [f"unreadable: {error}"]


def _again(record: Mapping[str, Any]) -> DrawRecord:
    """Draw what *record* says; its hashes, commitments and seed are computed anew."""
    objects = ordered(read_frame(record["frame"]))
    terms, body = _fixed(objects, terms_of(record))
    if record["opening"] is None:
        if terms.parties or terms.public is not None:
            raise TermsError("wrong_nonces", count=0, parties=len(terms.parties))
        return _drawn(objects, body, terms, seed=nfc(record["seed"]), opening=None)
    said = record["opening"]
    opening = Opening(
        nonces=tuple(map(nfc, said["nonces"])), public_number=nfc(said["public_number"])
    )
    if not opening.public_number or not all(opening.nonces):
        raise TermsError("no_public_number")
    terms, seed = terms.checked().opened(opening)
    return _drawn(objects, body, terms, seed=seed, opening=opening)


# One step each ------------------------------------------------------------------------------------


def _draw_strata(
    pool: list[Candidate], left: Mapping[str, int], *, terms: Terms, seed: str
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
        tickets = Tickets.of_stratum(
            seed=seed, round_id=terms.round_id, stratum=name, permanent=terms.permanent,
            digest=terms.digest,
        )  # fmt: skip
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
