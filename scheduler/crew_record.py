"""The record of a draw of crews: enough to repeat it, and the repetition.

Crews follow from seed, round, the crews to form, who may be in them with department and
specialities, and the limit of days. Ids stand for people; no name is on record.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scheduler.crew_chain import STEPS_A_CREW, Walk, first_crews
from scheduler.crew_lottery import MOST_CREWS, Lot, lots_of
from scheduler.crew_stream import Exhausted, Stream, stream_of_tickets
from scheduler.crewing import Bundle, Witness, staff
from scheduler.digests import DIGESTS, hex_of_json
from scheduler.problem import Inspector
from scheduler.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RULES_VERSION = "crews-2"
"""Changes whenever the same record could give other crews."""


class CannotForm(ValueError):  # noqa: N818 - says what cannot be done
    """The crews cannot be formed together however many days people work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewTerms:
    """Everything that decides the crews of a week.

    Attributes
    ----------
    bundles
        The crews to form in order, with the range of sizes that they may have.
    people
        Everyone who may be in one of them.
    lead
        The leader comes from this department where the crew has someone of it.
    max_days
        Days a week that nobody should exceed.
    """

    bundles: tuple[Bundle, ...]
    people: Mapping[str, Inspector]
    seed: str
    round_id: str
    digest: str
    lead: str
    max_days: int

    def ticket(self, bundle: Bundle, person: str) -> int:
        """Return the ticket of a person for a crew: ranks members and chooses the leader."""
        return self._tickets(f"crew:{bundle.id}").of(person)

    def stream(self, what: str, lot: Lot) -> Stream:
        """Return the stream of chance of a lot for one purpose."""
        return stream_of_tickets(
            seed=self.seed, round_id=self.round_id, stratum=f"{what}:{lot.id}",
            digest=self.digest, crews=MOST_CREWS,
        )  # fmt: skip

    def _tickets(self, stratum: str) -> Tickets:
        return Tickets.of_stratum(
            seed=self.seed, round_id=self.round_id, stratum=stratum, digest=self.digest
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnCrews:
    """What was drawn: sizes are settled, ``ranked`` lists every crew by ticket.

    ``max_days`` is the limit that holds, ``walked`` the crews whose draw was not exactly uniform.
    """

    bundles: tuple[Bundle, ...]
    crews: Witness
    ranked: Mapping[str, tuple[str, ...]]
    leaders: Mapping[str, str]
    max_days: int
    walked: tuple[str, ...]


def draw(terms: CrewTerms) -> DrawnCrews:
    """Return the crews of *terms*, uniform over all feasible ones.

    Sizes are the least that work; the limit of days is raised, day by day, where crews cannot be
    formed otherwise. Neither depends on the seed.

    Raises
    ------
    CannotForm
        If the crews cannot be formed at all.
    """
    limit = _limit(terms)
    bundles = _settled(terms, limit)
    crews: Witness = {}
    walked: list[str] = []
    for lot in lots_of(bundles, people=terms.people, max_days=limit):
        try:
            crews |= lot.draw(terms.stream("crews", lot))
        except Exhausted:
            crews |= _walk(terms, lot, limit)
            walked += [bundle.id for bundle in lot.bundles]
    ranked = {
        bundle.id: tuple(sorted(crews[bundle.id], key=lambda one: (terms.ticket(bundle, one), one)))
        for bundle in bundles
    }
    return DrawnCrews(
        bundles=bundles, crews=crews, ranked=ranked, max_days=limit, walked=tuple(walked),
        leaders={id_: _leader(terms, members) for id_, members in ranked.items()},
    )  # fmt: skip


def record_of(terms: CrewTerms, drawn: DrawnCrews) -> dict[str, Any]:
    """Return the record of a draw: its terms, the tickets and who was taken, with its own hash."""
    body: dict[str, Any] = {
        "rules": RULES_VERSION,
        "digest": terms.digest,
        "seed": terms.seed,
        "round": terms.round_id,
        "lead": terms.lead,
        "days_wanted": terms.max_days,
        "max_days": drawn.max_days,
        "most_crews": MOST_CREWS,
        "steps_a_crew": STEPS_A_CREW,
        "not_uniform": list(drawn.walked),
        "crews": [
            {
                "team_day": bundle.id,
                "day": bundle.day.isoformat(),
                "sizes": list(wanted.size),
                "size": bundle.size[0],
                "departments": sorted(bundle.departments),
                "specialities": sorted(bundle.specialities),
                "leader": drawn.leaders[bundle.id],
                "candidates": _candidates(terms, bundle, drawn.crews[bundle.id]),
            }
            for wanted, bundle in zip(terms.bundles, drawn.bundles, strict=True)
        ],
    }
    return {**body, "record_hash": hex_of_json(body, digest=terms.digest)}


def replay_crews(record: Mapping[str, Any]) -> list[str]:
    """Repeat a draw of crews from its record alone and return where the record differs.

    Returns
    -------
    list of str
        Paths such as ``record.crews[2].candidates[0].ticket``; empty where everything agrees. A
        record that cannot be read at all differs at ``record``.
    """
    if record.get("digest") not in DIGESTS:
        return ["record.digest"]
    try:
        again = record_of(terms := _terms(record), draw(terms))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ["record"]
    return list(_differences("record", dict(record), again))


def _terms(record: Mapping[str, Any]) -> CrewTerms:
    people: dict[str, Inspector] = {}
    bundles = []
    for crew in record["crews"]:
        for one in crew["candidates"]:
            people[one["id"]] = Inspector(
                id=one["id"], name="", department=one["department"],
                specialities=frozenset(one["specialities"]),
            )  # fmt: skip
        least, most = crew["sizes"]
        bundles.append(
            Bundle(
                id=crew["team_day"], day=dt.date.fromisoformat(crew["day"]), size=(least, most),
                departments=frozenset(crew["departments"]),
                specialities=frozenset(crew["specialities"]),
                candidates=tuple(sorted(one["id"] for one in crew["candidates"])),
            )
        )  # fmt: skip
    return CrewTerms(
        bundles=tuple(bundles), people=people, seed=record["seed"], round_id=record["round"],
        digest=record["digest"], lead=record["lead"], max_days=record["days_wanted"],
    )  # fmt: skip


def _candidates(terms: CrewTerms, bundle: Bundle, crew: frozenset[str]) -> list[dict[str, Any]]:
    ranked = sorted((terms.ticket(bundle, person), person) for person in bundle.candidates)
    return [
        {
            "id": person,
            "department": terms.people[person].department,
            "specialities": sorted(terms.people[person].specialities),
            "ticket": f"{ticket:064x}",
            "taken": person in crew,
        }
        for ticket, person in ranked
    ]


def _limit(terms: CrewTerms) -> int:
    """Return the limit of days that holds: the one that is wanted, else the least that works."""
    days = len({bundle.day for bundle in terms.bundles})
    for limit in range(terms.max_days, max(days, terms.max_days) + 1):
        if staff(terms.bundles, people=terms.people, max_days=limit) is not None:
            return limit
    raise CannotForm


def _settled(terms: CrewTerms, limit: int) -> tuple[Bundle, ...]:
    """Return the crews with the least sizes that work together, smallest first in order."""
    least = [replace(one, size=(one.size[0], one.size[0])) for one in terms.bundles]
    if staff(least, people=terms.people, max_days=limit) is not None:
        return tuple(least)
    settled = list(terms.bundles)
    for at, bundle in enumerate(terms.bundles):
        for size in range(bundle.size[0], bundle.size[1] + 1):
            settled[at] = replace(bundle, size=(size, size))
            if staff(settled, people=terms.people, max_days=limit) is not None:
                break
    return tuple(settled)


def _walk(terms: CrewTerms, lot: Lot, limit: int) -> Witness:
    stream = terms.stream("walk", lot)
    walk = Walk(lot.bundles, people=terms.people, max_days=limit)
    if not walk.fill(stream):
        order = {
            bundle.id: [one["id"] for one in _candidates(terms, bundle, frozenset())]
            for bundle in lot.bundles
        }
        start = first_crews(lot.bundles, people=terms.people, order=order, max_days=limit)
        walk = Walk(lot.bundles, people=terms.people, max_days=limit, start=start)
    return walk.go(STEPS_A_CREW * len(lot.bundles), stream)


def _leader(terms: CrewTerms, members: Sequence[str]) -> str:
    own = [one for one in members if terms.people[one].department == terms.lead]
    return (own or list(members))[0]


def _differences(path: str, found: object, right: object) -> Iterator[str]:
    if isinstance(found, dict) and isinstance(right, dict):
        for key in sorted({*found, *right}, key=str):
            if key not in found or key not in right:
                yield f"{path}.{key}"
            else:
                yield from _differences(f"{path}.{key}", found[key], right[key])
    elif isinstance(found, list) and isinstance(right, list):
        if len(found) != len(right):
            yield path
        for at, (one, other) in enumerate(zip(found, right, strict=False)):
            yield from _differences(f"{path}[{at}]", one, other)
    elif type(found) is not type(right) or found != right:
        yield path
