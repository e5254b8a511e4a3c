"""Commit to a very large frame and draw from it, without writing down the rank of everyone.

The hash of the frame, the drawn objects in their order and the chances are those of
:func:`scheduler.draw.draw`, to the bit. What is left out is the record of all ranks, which is
most of the work in a frame of a million objects: an object's ticket is compared with a limit for
its weight, exact ranks are computed below the limit only, and the limit is raised until no object
above it can belong to the sample.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING

from layers.events import canonical_json
from scheduler.candidates import check_frame, ordered
from scheduler.digests import hex_of
from scheduler.draw_record import STRATA, Selected
from scheduler.tickets import (
    Tickets,
    decimal,
    first_equally,
    nfc,
    pareto_key,
    pareto_shares,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.candidates import Candidate
    from scheduler.tickets import Shares

_ONE = 1 << 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Hash of the frame, drawn objects in their order, and the chance of each class.

    ``chances`` has stratum and weight, as they stand in the frame, and the chance over all strata
    with twelve decimals.
    """

    frame_hash: str
    selected: tuple[Selected, ...]
    chances: Mapping[tuple[str, str], str]


def frame_text(objects: Iterable[Candidate]) -> str:
    """Return ordered objects as canonical JSON, as it is hashed into the terms of a draw."""
    ends: dict[tuple[str, int | Fraction, str], str] = {}
    eligible, excluded = [], []
    for one in objects:
        if one.reason_excluded:
            excluded.append(
                {"id": one.id, "reason": one.reason_excluded, "detail": dict(one.detail)}
            )
            continue
        kind = one.stratum, one.weight, one.why
        if kind not in ends:
            rest = {"stratum": one.stratum, "weight": str(one.weight), "why": one.why}
            ends[kind] = f",{canonical_json(rest)[1:]}"
        eligible.append(f'{{"id":{quoted(one.id)}{ends[kind]}')
    return f'{{"eligible":[{",".join(eligible)}],"excluded":{canonical_json(excluded)}}}'


def select(
    frame: Iterable[Candidate],
    *,
    seed: str,
    round_id: str,
    quota: Mapping[str, int],
    permanent: str = "",
    digest: str = "sha256",
) -> Selection:
    """Draw objects of a frame; parameters and errors as in :func:`scheduler.draw.draw`."""
    objects = ordered(frame)
    round_id = nfc(round_id)
    check_frame(objects, quota, round_id=round_id)
    pool = [one for one in objects if not one.reason_excluded]
    selected: list[tuple[str, str]] = []
    chosen: set[str] = set()
    missed: dict[tuple[str, str], Fraction] = {}
    spare = 0
    for name in STRATA:
        left = [one for one in pool if one.id not in chosen] if chosen else pool
        members = left if name == "uniform" else [one for one in left if one.stratum == name]
        wanted = quota.get(name, 0) + spare
        taken = min(wanted, len(members))
        spare = wanted - taken
        tickets = Tickets.of_stratum(
            seed=seed, round_id=round_id, stratum=name, permanent=permanent, digest=digest
        )
        if name == "weighted":
            found = _first_weighted(members, taken, tickets, missed)
        else:
            found = first_equally([one.id for one in members], taken=taken, tickets=tickets)
            if name == "certainty":
                share = 1 - Fraction(taken, max(1, len(members)))
                missed.update({(name, str(w)): share for w in {one.weight for one in members}})
        chosen.update(found)
        selected += [(id_, name) for id_ in found]
    last = 1 - Fraction(taken, max(1, len(members)))
    kinds = {(one.stratum, str(one.weight)) for one in pool}
    return Selection(
        frame_hash=hex_of(frame_text(objects), digest=digest),
        selected=tuple(
            Selected(id=id_, stratum=name, order=order)
            for order, (id_, name) in enumerate(selected, start=1)
        ),
        chances={kind: decimal(1 - missed.get(kind, Fraction(1)) * last) for kind in sorted(kinds)},
    )


def _first_weighted(
    members: Sequence[Candidate],
    taken: int,
    tickets: Tickets,
    missed: dict[tuple[str, str], Fraction],
) -> list[str]:
    """Return the ids that a weighted draw takes, in order; note the chance to be missed."""
    shares = pareto_shares([one.weight for one in members], taken=taken)
    groups: dict[int, list[str]] = defaultdict(list)
    for one, whole in zip(members, shares.weights, strict=True):
        groups[whole].append(one.id)
    scale = math.lcm(*{Fraction(weight).denominator for weight in {one.weight for one in members}})
    for whole in groups:
        pi = Fraction(1) if whole >= shares.certain_from else Fraction(
            shares.count * whole, max(1, shares.total)
        )  # fmt: skip
        missed["weighted", str(Fraction(whole, scale))] = 1 - pi
    if not taken:
        return []
    reach = 1 + 8 / math.isqrt(max(1, taken))
    while True:
        ranks, least = [], _ONE << 300
        for whole, ids in groups.items():
            found, beyond = _ranks(whole, ids, shares, tickets, reach)
            ranks += found
            least = min(least, beyond)
        ranks.sort()
        if len(ranks) >= taken and ranks[taken - 1][0] < least:
            return [id_ for _, _, id_ in ranks[:taken]]
        reach *= 2


def _ranks(
    whole: int, ids: list[str], shares: Shares, tickets: Tickets, reach: float
) -> tuple[list[tuple[int, bytes, str]], int]:
    """Return ranks of one weight up to *reach*, and a rank that all others have at least."""
    if whole >= shares.certain_from:
        return [(-1, ticket, id_) for ticket, id_ in tickets.below(1, ids=ids)], _ONE << 300
    odds = shares.count * whole / max(1, shares.total - shares.count * whole)
    share = reach * odds / (1 + reach * odds) if shares.count else 0.0
    if share > 0.999:
        share = 1.0
    found = [
        (_key(int.from_bytes(ticket, "big"), whole, shares), ticket, id_)
        for ticket, id_ in tickets.below(share, ids=ids)
    ]
    beyond = _ONE << 300 if share >= 1 else _key(int(share * _ONE), whole, shares)
    return found, beyond


def _key(number: int, whole: int, shares: Shares) -> int:
    return pareto_key(number, count=shares.count, weight=whole, total=shares.total)
