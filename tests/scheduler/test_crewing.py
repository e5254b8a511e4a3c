"""Whether crews can be formed: the answer is that of trying out every crew."""

from __future__ import annotations

import datetime as dt
from itertools import chain, combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.crewing import Bundle, staff
from scheduler.problem import Inspector

DAYS = (dt.date(2026, 11, 23), dt.date(2026, 11, 24))
NAMES = ("P1", "P2", "P3", "P4")
DEPARTMENTS = ("应急", "公安", "住建")
SKILLS = ("mine", "fire")


@st.composite
def people(draw: st.DrawFn) -> dict[str, Inspector]:
    """Draw four officers of any department with any skills."""
    return {
        name: Inspector(
            id=name, name=name, department=draw(st.sampled_from(DEPARTMENTS)),
            specialities=draw(st.frozensets(st.sampled_from(SKILLS))),
            certified_until=dt.date(2030, 1, 1),
        )
        for name in NAMES
    }  # fmt: skip


@st.composite
def bundles(draw: st.DrawFn) -> list[Bundle]:
    """Draw up to three crews to form."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        least = draw(st.integers(1, 3))
        found.append(
            Bundle(
                id=f"B{number}", day=draw(st.sampled_from(DAYS)),
                size=(least, draw(st.integers(least, 4))),
                departments=draw(st.frozensets(st.sampled_from(DEPARTMENTS), max_size=2)),
                specialities=draw(st.frozensets(st.sampled_from(SKILLS))),
                candidates=tuple(sorted(draw(st.sets(st.sampled_from(NAMES))))),
            )
        )  # fmt: skip
    return found


def _crews(bundle: Bundle) -> list[frozenset[str]]:
    sizes = range(bundle.size[0], bundle.size[1] + 1)
    every = chain.from_iterable(combinations(bundle.candidates, size) for size in sizes)
    return [frozenset(crew) for crew in every]


def _keeps(
    crew: frozenset[str],
    bundle: Bundle,
    known: dict[str, Inspector],
    decided: dict[tuple[str, str], bool],
) -> bool:
    skills = frozenset().union(*(known[one].specialities for one in crew))
    return (
        bundle.departments <= {known[one].department for one in crew}
        and bundle.specialities <= skills
        and all((one in crew) == decided.get((bundle.id, one), one in crew) for one in NAMES)
    )


def _together(crews: tuple[frozenset[str], ...], wanted: list[Bundle], most: int) -> bool:
    shifts = [(one, bundle.day) for crew, bundle in zip(crews, wanted, strict=True) for one in crew]
    weekly = [sum(one == name for one, _ in shifts) for name in NAMES]
    return len(shifts) == len(set(shifts)) and max(weekly) <= most


@settings(deadline=None, max_examples=150)
@given(
    known=people(),
    wanted=bundles(),
    choices=st.dictionaries(
        st.tuples(st.integers(0, 2), st.integers(0, 9)), st.booleans(), max_size=3
    ),
    most=st.integers(1, 3),
)
def test_the_answer_is_that_of_trying_everything(
    known: dict[str, Inspector],
    wanted: list[Bundle],
    choices: dict[tuple[int, int], bool],
    most: int,
) -> None:
    """A yes comes with crews that keep every rule; a no means that there are none at all."""
    decided = {
        (bundle.id, bundle.candidates[at % len(bundle.candidates)]): is_in
        for (number, at), is_in in choices.items()
        for bundle in wanted[number : number + 1]
        if bundle.candidates
    }
    fitting = [
        [crew for crew in _crews(bundle) if _keeps(crew, bundle, known, decided)]
        for bundle in wanted
    ]
    possible = any(_together(crews, wanted, most) for crews in product(*fitting))
    found = staff(wanted, people=known, decided=decided, max_days=most)
    assert (found is not None) == possible
    if found is not None:
        crews = tuple(found[bundle.id] for bundle in wanted)
        assert _together(crews, wanted, most)
        assert all(crew in fits for crew, fits in zip(crews, fitting, strict=True))
