"""The next best where no uniform draw is hit: random changes of crews that are feasible already.

The walk starts at crews that are filled one after another by chance, with people taken out of other
crews where nobody is free; if that does not succeed, at the lexicographically first feasible crews
in the order of tickets. It then makes a stated number of steps. Each step is as likely as the step
back and keeps every rule, so that all crews that it can reach become equally likely the longer it
goes on. It is not exactly uniform after any number of steps, and where rules leave little room it
may not reach all; therefore such crews carry a note.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING

from scheduler.crew_urns import Urn, brings, full
from scheduler.crewing import staff

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from scheduler.crew_stream import Stream
    from scheduler.crewing import Bundle, Witness
    from scheduler.problem import Inspector

STEPS_A_CREW = 200
"""Steps of the walk for each crew of its lot."""
FILLS_A_CREW = 60
"""Attempts to fill a crew by chance, for each crew of a lot."""


def first_crews(
    bundles: Sequence[Bundle],
    *,
    people: Mapping[str, Inspector],
    order: Mapping[str, Sequence[str]],
    max_days: int | None,
) -> Witness:
    """Return the lexicographically first feasible crews; the last witness saves most questions.

    Crew after crew, each person in *order* is taken if all crews can still be formed with them. A
    solver only answers whether that is so; which crews it shows has no influence.

    Parameters
    ----------
    order
        Candidates of each bundle, first come first taken.
    """
    decided: dict[tuple[str, str], bool] = {}
    witness = staff(bundles, people=people, max_days=max_days) or {}
    for bundle in bundles:
        taken = 0
        for person in order[bundle.id]:
            key = (bundle.id, person)
            if taken == bundle.size[0]:
                decided[key] = False
                continue
            if person not in witness[bundle.id]:
                trial = staff(
                    bundles, people=people, decided={**decided, key: True}, max_days=max_days
                )
                if trial is None:
                    decided[key] = False
                    continue
                witness = trial
            decided[key] = True
            taken += 1
    return witness


class Walk:
    """A walk over feasible crews.

    Parameters
    ----------
    start
        Crews that keep every rule; without them :meth:`fill` comes first.
    """

    def __init__(
        self,
        bundles: Sequence[Bundle],
        *,
        people: Mapping[str, Inspector],
        max_days: int | None,
        start: Witness | None = None,
    ) -> None:
        self._bundles, self._max_days = tuple(bundles), max_days
        self._brings = {
            bundle.id: {id_: brings(people[id_], bundle) for id_ in bundle.candidates}
            for bundle in bundles
        }
        self._crews: dict[str, set[str]] = {bundle.id: set() for bundle in bundles}
        self._busy: set[tuple[dt.date, str]] = set()
        self._worked: Counter[str] = Counter()
        for bundle in bundles if start else ():
            self._place(bundle, set(start[bundle.id]) if start else set())

    def fill(self, stream: Stream) -> bool:
        """Fill all crews by chance; tell whether that succeeded before too many attempts."""
        waiting = deque(sorted(self._bundles, key=lambda one: (len(one.candidates), one.id)))
        for _ in range(FILLS_A_CREW * len(self._bundles)):
            if not waiting:
                return True
            bundle = waiting.popleft()
            chosen = self._chosen(bundle, self._free(bundle), stream)
            if chosen is None:
                chosen = self._chosen(bundle, bundle.candidates, stream)
                if chosen is None:
                    return False
                waiting.extend(self._emptied(bundle, chosen, stream))
            self._place(bundle, chosen)
        return not waiting

    @property
    def crews(self) -> Witness:
        """Return the crews where the walk has come to."""
        return {id_: frozenset(crew) for id_, crew in self._crews.items()}

    def go(self, steps: int, stream: Stream) -> Witness:
        """Make *steps* steps and return the crews: an equal chance to redraw a crew or to swap."""
        for _ in range(steps):
            if len(self._bundles) == 1 or stream.below(2):
                self._redraw(self._bundles[stream.below(len(self._bundles))], stream)
            else:
                ours, theirs = stream.sample(self._bundles, 2)
                self._swap(ours, theirs, stream)
        return self.crews

    def _redraw(self, bundle: Bundle, stream: Stream) -> None:
        """Draw one crew anew out of everyone who is free for it."""
        crew = self._crews[bundle.id]
        self._leave(bundle, crew)
        self._place(bundle, self._chosen(bundle, self._free(bundle), stream) or crew)

    def _free(self, bundle: Bundle) -> list[str]:
        """Return candidates without a crew on that day and with a day left in the week."""
        return [
            id_
            for id_ in bundle.candidates
            if (bundle.day, id_) not in self._busy
            and (self._max_days is None or self._worked[id_] < self._max_days)
        ]

    def _chosen(self, bundle: Bundle, ids: Sequence[str], stream: Stream) -> set[str] | None:
        """Return a crew out of *ids*, each with the same chance; None where there is none."""
        by_cover: dict[int, list[str]] = defaultdict(list)
        for id_ in ids:
            by_cover[self._brings[bundle.id][id_]].append(id_)
        members = {cover: (len(found), cover, 1) for cover, found in by_cover.items()}
        urn = Urn(bundle.size[0], full(bundle), members)
        if not urn.total:
            return None
        shape = urn.shape(stream.below(urn.total))
        return {one for cover, count in shape for one in stream.sample(by_cover[cover], count)}

    def _emptied(self, bundle: Bundle, chosen: set[str], stream: Stream) -> list[Bundle]:
        """Return the crews that lose all people because *chosen* are needed elsewhere."""
        found = []
        for id_ in sorted(chosen):
            others = [one for one in self._bundles if id_ in self._crews[one.id]]
            same = [one for one in others if one.day == bundle.day]
            if not same and self._max_days is not None and len(others) >= self._max_days:
                same = stream.sample(others, 1)
            for other in same:
                self._leave(other, self._crews[other.id])
                self._crews[other.id] = set()
                found.append(other)
        return found

    def _place(self, bundle: Bundle, crew: set[str]) -> None:
        self._crews[bundle.id] = crew
        self._join(bundle, crew)

    def _swap(self, ours: Bundle, theirs: Bundle, stream: Stream) -> None:
        """Let one person of each of two crews change places, if all rules still hold then."""
        one = sorted(self._crews[ours.id])[stream.below(ours.size[0])]
        other = sorted(self._crews[theirs.id])[stream.below(theirs.size[0])]
        if one == other:
            return
        first, second = {one}, {other}
        self._leave(ours, first)
        self._leave(theirs, second)
        here = self._crews[ours.id] - first | second
        there = self._crews[theirs.id] - second | first
        if (
            (ours.day, other) not in self._busy
            and (theirs.day, one) not in self._busy
            and self._stands(ours, here)
            and self._stands(theirs, there)
        ):
            self._crews[ours.id], self._crews[theirs.id] = here, there
            first, second = second, first
        self._join(ours, first)
        self._join(theirs, second)

    def _stands(self, bundle: Bundle, crew: set[str]) -> bool:
        known, covered = self._brings[bundle.id], 0
        if len(crew) != bundle.size[0] or not crew <= known.keys():
            return False
        for one in crew:
            covered |= known[one]
        return covered == full(bundle)

    def _leave(self, bundle: Bundle, who: set[str]) -> None:
        self._busy -= {(bundle.day, one) for one in who}
        self._worked.subtract(who)

    def _join(self, bundle: Bundle, who: set[str]) -> None:
        self._busy |= {(bundle.day, one) for one in who}
        self._worked.update(who)
