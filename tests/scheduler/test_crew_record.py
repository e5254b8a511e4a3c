"""The record of a draw of crews repeats it, and no change of it goes unnoticed."""

from __future__ import annotations

import copy
import datetime as dt
import json
import random
from typing import Any

import pytest

from scheduler import crew_lottery, crew_record
from scheduler.crew_record import CannotForm, CrewTerms, draw, record_of, replay_crews
from scheduler.crewing import Bundle
from scheduler.digests import hex_of_json
from scheduler.problem import Inspector

MONDAY = dt.date(2026, 11, 23)


def terms(**changes: Any) -> CrewTerms:
    """Return a week of six crews, two a day, out of nine officers of three departments."""
    people = {
        id_: Inspector(
            id=id_, name="不公开", department=("应急", "公安", "消防")[at % 3],
            specialities=frozenset({"mine"} if at % 2 else {"fire"}),
        )
        for at, id_ in enumerate(f"R{at:02d}" for at in range(9))
    }  # fmt: skip
    bundles = tuple(
        Bundle(
            id=f"T{day}{team}", day=MONDAY + dt.timedelta(days=day), size=(2, 3),
            departments=frozenset({"应急"}), specialities=frozenset({"mine"} if team else ()),
            candidates=tuple(id_ for id_ in people if id_ != f"R{day:02d}"),
        )
        for day in range(3) for team in range(2)
    )  # fmt: skip
    given: dict[str, Any] = {
        "bundles": bundles, "people": people, "seed": "种子", "round_id": "2026-W48",
        "digest": "sha256", "lead": "应急", "max_days": 2,
    }  # fmt: skip
    return CrewTerms(**{**given, **changes})


@pytest.fixture(scope="module", name="record")
def fixture_record() -> dict[str, Any]:
    """Return the record of a week as it is written and read again."""
    wanted = terms()
    text = json.dumps(record_of(wanted, draw(wanted)), ensure_ascii=False)
    assert "不公开" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """Return the path of every value of a record that is no object or array."""
    if isinstance(value, dict):
        return [found for key in value for found in places(value[key], (*path, key))]
    if isinstance(value, list):
        return [found for at, one in enumerate(value) for found in places(one, (*path, at))]
    return [path]


def spoil(record: dict[str, Any], path: tuple[Any, ...], source: random.Random) -> dict[str, Any]:
    """Return a copy of a record with one value changed."""
    spoilt = copy.deepcopy(record)
    inner: Any = spoilt
    for key in path[:-1]:
        inner = inner[key]
    old = inner[path[-1]]
    if isinstance(old, bool):
        inner[path[-1]] = not old
    elif isinstance(old, int):
        inner[path[-1]] = old + source.choice([-1, 1])
    else:
        at = source.randrange(len(old) + 1)
        inner[path[-1]] = old[:at] + source.choice("07fz丙") + old[at + 1 :]
    return spoilt if inner[path[-1]] != old else spoil(record, path, source)


def test_the_record_repeats_the_draw(record: dict[str, Any]) -> None:
    """The record alone gives the same crews, again and again."""
    assert replay_crews(record) == []
    assert replay_crews(record) == []
    assert record["rules"] == "crews-2"
    assert record["not_uniform"] == []
    for crew in record["crews"]:
        taken = [one for one in crew["candidates"] if one["taken"]]
        assert len(taken) == crew["size"]
        assert crew["leader"] == next(one["id"] for one in taken if one["department"] == "应急")


def test_a_hundred_changed_records_are_all_found(record: dict[str, Any]) -> None:
    """Whatever single value is changed, the repetition names a difference."""
    source = random.Random(7)
    every = places(record)
    for path in source.sample(every, 100):
        assert replay_crews(spoil(record, path, source)), path


def test_a_change_with_a_new_hash_is_found_where_it_is(record: dict[str, Any]) -> None:
    """Who is taken in place of another is named even if the record's own hash is made anew."""
    spoilt = copy.deepcopy(record)
    spoilt["crews"][2]["candidates"][0]["taken"] ^= True
    del spoilt["record_hash"]
    spoilt["record_hash"] = hex_of_json(spoilt, digest="sha256")
    assert replay_crews(spoilt) == ["record.crews[2].candidates[0].taken", "record.record_hash"]


def test_lost_added_and_broken_values(record: dict[str, Any]) -> None:
    """A crew that is lost, a field that is added, and what is no record at all are found."""
    shorter = {**record, "crews": record["crews"][:-1]}
    assert replay_crews(shorter)
    assert replay_crews({**record, "remark": "x"}) == ["record.remark"]
    assert replay_crews({**record, "digest": "md5"}) == ["record.digest"]
    assert replay_crews({**record, "crews": 3}) == ["record"]
    assert replay_crews({}) == ["record.digest"]


def test_the_limit_is_raised_as_little_as_possible() -> None:
    """Where the limit of days cannot hold, the least one that can is taken."""
    wanted = terms()
    few = {id_: wanted.people[id_] for id_ in ("R03", "R06", "R07", "R05")}
    bundles = tuple(
        Bundle(
            id=f"T{day}", day=MONDAY + dt.timedelta(days=day), size=(2, 2),
            departments=frozenset({"应急"}), specialities=frozenset(), candidates=tuple(few),
        )
        for day in range(5)
    )  # fmt: skip
    made = draw(terms(people=few, bundles=bundles, max_days=2))
    assert made.max_days == 3
    alone = terms(people=few, max_days=2, bundles=(
        Bundle(id="T", day=MONDAY, size=(2, 2), departments=frozenset({"司法"}),
               specialities=frozenset(), candidates=tuple(few)),
    ))  # fmt: skip
    with pytest.raises(CannotForm):
        draw(alone)


def test_what_is_too_hard_to_hit_is_walked_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the allowance is used up the crews come from a walk, which the record tells."""
    monkeypatch.setattr(crew_record, "MOST_CREWS", 3)
    monkeypatch.setattr(crew_lottery, "MOST_CREWS", 3)
    wanted = terms()
    made = draw(wanted)
    assert set(made.walked) == {bundle.id for bundle in wanted.bundles}
    record = record_of(wanted, made)
    assert record["not_uniform"] == list(made.walked)
    assert replay_crews(record) == []
    for bundle in made.bundles:
        members = [wanted.people[id_] for id_ in made.crews[bundle.id]]
        assert bundle.departments <= {one.department for one in members}
