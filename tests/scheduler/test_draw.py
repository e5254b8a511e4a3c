"""Tests of the draw of objects."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import random
import time
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.events import canonical_json
from scheduler.draw import STRATA, Candidate, DrawRecord, FrameError, draw, replay

WEIGHTS = (1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8)
SEEDS = 1500


def candidates(count: int, **changes: Any) -> list[Candidate]:
    """Return *count* candidates with mixed strata, weights and exclusions."""
    return [
        Candidate(
            id=f"企业{i:05d}",
            stratum=("certainty", "weighted", "weighted", "uniform")[i % 4],
            weight=(1, 2, 4, 8)[i % 3],
            reason_excluded="cap_reached" if i % 7 == 3 else "",
            detail={"visits": 2, "cap": 2} if i % 7 == 3 else {},
            **changes,
        )
        for i in range(count)
    ]


def example(**changes: Any) -> DrawRecord:
    """Return a draw of 40 objects."""
    arguments: dict[str, Any] = {
        "seed": "种子", "round_id": "2026-W48", "carried": ["企业00001", "企业00003", "企业99999"],
        "quota": {"certainty": 3, "weighted": 5, "uniform": 4}, "created": "2026-11-23",
    }  # fmt: skip
    return draw(candidates(40), **{**arguments, **changes})


def frames() -> st.SearchStrategy[list[Candidate]]:
    """Return small frames of any composition."""
    one = st.builds(
        Candidate,
        id=st.text("ABC一二三0123", min_size=1, max_size=6),
        stratum=st.sampled_from(STRATA),
        weight=st.integers(1, 9),
        reason_excluded=st.sampled_from(["", "", "", "cooldown"]),
    )
    return st.lists(one, max_size=25, unique_by=lambda c: c.id)


QUOTAS = st.fixed_dictionaries({name: st.integers(0, 8) for name in STRATA})


@settings(deadline=None, max_examples=80)
@given(frames(), QUOTAS, st.text(max_size=4), st.randoms(use_true_random=False))
def test_rules_of_every_draw(
    frame: list[Candidate], quota: dict[str, int], seed: str, shuffle: random.Random
) -> None:
    """Quota met, nobody twice, nobody excluded, order of input without effect, replay clean."""
    eligible = [one.id for one in frame if one.eligible]
    carried = shuffle.sample([one.id for one in frame], k=min(2, len(frame)))
    record = draw(frame, seed=seed, round_id="r", quota=quota, carried=carried)
    ids = record.selected_ids
    kept = [id_ for id_ in carried if id_ in eligible]
    assert len(set(ids)) == len(ids) == min(max(sum(quota.values()), len(kept)), len(eligible))
    assert set(ids) <= set(eligible)
    assert list(ids[: len(kept)]) == kept
    again = draw(
        shuffle.sample(frame, k=len(frame)), seed=seed, round_id="r", quota=quota, carried=carried
    )
    assert again.dumps() == record.dumps()
    assert replay(json.loads(record.dumps())) == []


@settings(deadline=None, max_examples=40)
@given(frames(), QUOTAS, st.sampled_from(STRATA))
def test_an_ineligible_object_changes_nothing(
    frame: list[Candidate], quota: dict[str, int], stratum: str
) -> None:
    """Listing one more excluded object changes no selection, no chance and no substitute."""
    extra = Candidate(id="外", stratum=stratum, weight=9, reason_excluded="closed")
    before = draw(frame, seed="s", round_id="r", quota=quota)
    after = draw([*frame, extra], seed="s", round_id="r", quota=quota)
    assert after.selected == before.selected
    assert after.strata == before.strata
    assert after.probability == before.probability
    assert after.terms.frame_hash != before.terms.frame_hash


def test_consistency_of_tickets() -> None:
    """Another object in the uniform draw moves nobody else in the order."""
    pool = [Candidate(id=f"E{i}", stratum="uniform") for i in range(30)]
    all_, fewer = (
        draw(frame, seed="s", round_id="r", quota={"uniform": 5}) for frame in (pool, pool[:-1])
    )
    order = [entry.id for entry in all_.strata["uniform"].entries if entry.id != "E29"]
    assert [entry.id for entry in fewer.strata["uniform"].entries] == order


def test_strata_in_order_and_leftovers_pass_on() -> None:
    """What certainty and weighted cannot fill is drawn from all; key objects come first."""
    strata = {"K1": "certainty", "W1": "weighted", "W2": "weighted", "U1": "uniform",
              "U2": "uniform"}  # fmt: skip
    pool = [Candidate(id=id_, stratum=stratum) for id_, stratum in strata.items()]
    record = draw(pool, seed="s", round_id="r", quota={"certainty": 2, "weighted": 2})
    assert [(one.stratum, one.order) for one in record.selected] == [
        ("certainty", 1), ("weighted", 2), ("weighted", 3), ("uniform", 4),
    ]  # fmt: skip
    assert {name: stratum.quota for name, stratum in record.strata.items()} == {
        "certainty": 1, "weighted": 2, "uniform": 1,
    }  # fmt: skip


def test_carried_objects_come_first_and_use_quota() -> None:
    """Carried objects need no ticket; those that cannot be visited are named with the reason."""
    record = example()
    assert record.selected[0].stratum == "carried"
    assert record.selected_ids[0] == "企业00001"
    assert len(record.selected) == 12
    assert record.strata["weighted"].quota == 4
    assert record.dropped == (
        {"id": "企业00003", "reason": "cap_reached"},
        {"id": "企业99999", "reason": "not_in_frame"},
    )
    assert "企业00001" not in record.probability


def test_more_carried_than_quota_are_all_taken() -> None:
    """An object that was drawn is never lost."""
    pool = [Candidate(id=f"E{i}") for i in range(9)]
    record = draw(
        pool, seed="s", round_id="r", quota={"weighted": 2}, carried=["E7", "E2", "E5", "E7"]
    )
    assert record.selected_ids == ("E7", "E2", "E5")


def test_substitutes_follow_in_rank_and_are_not_selected() -> None:
    """The next ticket of the stratum replaces; nobody selected elsewhere is a substitute."""
    record = example()
    for name, ids in record.substitutes.items():
        order = [entry.id for entry in record.strata[name].entries]
        assert not set(ids) & set(record.selected_ids)
        assert list(ids) == [id_ for id_ in order if id_ in ids]


def test_the_frame_is_hashed_as_canonical_json() -> None:
    """Anyone can recompute the hash of the frame from the record."""
    data = json.loads(example().dumps())
    digest = hashlib.sha256(canonical_json(data["frame"]).encode("utf-8")).hexdigest()
    assert data["frame_hash"] == digest
    assert data["frame"]["excluded"][0] == {
        "id": "企业00003", "reason": "cap_reached", "detail": {"visits": 2, "cap": 2},
    }  # fmt: skip


def test_another_seed_draws_others() -> None:
    """Seed and round decide; the same ones decide the same."""
    assert example().dumps() == example().dumps()
    assert example(seed="s2").selected_ids != example().selected_ids
    assert example(round_id="2026-W49").selected_ids != example().selected_ids


def _leaves(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all plain values within JSON."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in _leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for i, one in enumerate(value) for leaf in _leaves(one, (*path, i))]
    return [path]


def test_every_changed_field_is_found() -> None:
    """Replay names a difference for a change of any of 200 randomly chosen values."""
    original = json.loads(example().dumps())
    leaves = _leaves(original)
    for path in random.Random(7).sample(leaves, k=200):
        changed = copy.deepcopy(original)
        holder = changed
        for key in path[:-1]:
            holder = holder[key]
        old = holder[path[-1]]
        holder[path[-1]] = old + 1 if isinstance(old, int) else f"{old}x"
        assert replay(changed), path


def test_replay_names_where_it_differs() -> None:
    """A swapped selection, a missing field and an unreadable record are named."""
    data = json.loads(example().dumps())
    swapped = copy.deepcopy(data)
    swapped["selected"][5]["id"] = "企业00008"
    assert any(text.startswith("selected[5].id: '企业00008' recorded") for text in replay(swapped))
    assert replay({**data, "created": "2026-11-20"})[0].startswith("commitment: ")
    del data["seed"]
    assert replay(data) == ["seed: missing"]
    assert replay({**data, "method": "skip number"})[0].startswith("method: ")
    assert replay({**data, "seed": 4})[0].startswith("unreadable: ")


def test_a_bad_frame_is_refused_with_every_reason() -> None:
    """Repeated, empty and broken ids, unknown strata, inexact weights and quotas are all named."""
    frame = [
        Candidate(id="e1"), Candidate(id="E1"), Candidate(id=""), Candidate(id="a\nb"),
        Candidate(id="x", stratum="lucky"), Candidate(id="y", weight=0),
        Candidate(id="z", weight=0.5),  # type: ignore[arg-type]
    ]  # fmt: skip
    with pytest.raises(FrameError) as caught:
        draw(frame, seed="s", round_id="r", quota={"weighted": -1, "other": 2})
    assert Counter(code for _, code, _ in caught.value.rows) == {
        "bad_quota": 2, "repeated_id": 1, "empty_id": 1, "line_break": 1, "unknown_stratum": 1,
        "bad_weight": 2,
    }  # fmt: skip


def _realised(selections: list[set[str]]) -> dict[str, float]:
    counts = Counter(id_ for chosen in selections for id_ in chosen)
    return {f"E{i:02d}": counts[f"E{i:02d}"] / len(selections) for i in range(len(WEIGHTS))}


def _worst(realised: dict[str, float], promised: dict[str, float]) -> float:
    """Return the largest deviation in standard errors of a binomial share."""
    return max(
        abs(realised[id_] - p) / math.sqrt(p * (1 - p) / SEEDS) for id_, p in promised.items()
    )


@pytest.fixture(scope="module")
def pool() -> list[Candidate]:
    """Twelve objects of weights 1, 2, 4 and 8."""
    return [Candidate(id=f"E{i:02d}", weight=weight) for i, weight in enumerate(WEIGHTS)]


def test_promised_probabilities_are_true(pool: list[Candidate]) -> None:
    """Over 1,500 seeds every object is drawn as often as its π says."""
    records = [draw(pool, seed=str(s), round_id="r", quota={"weighted": 4}) for s in range(SEEDS)]
    promised = {entry.id: float(entry.pi) for entry in records[0].strata["weighted"].entries}
    assert promised == pytest.approx({f"E{i:02d}": 4 * w / 35 for i, w in enumerate(WEIGHTS)})
    assert _worst(_realised([set(record.selected_ids) for record in records]), promised) < 4


def test_the_chance_over_all_strata_is_true() -> None:
    """Over 1,500 seeds the published probability holds for weighted and uniform together."""
    pool = [
        Candidate(id=f"E{i:02d}", weight=weight, stratum="uniform" if i < 2 else "weighted")
        for i, weight in enumerate(WEIGHTS)
    ]
    quota = {"weighted": 2, "uniform": 2}
    records = [draw(pool, seed=str(s), round_id="r", quota=quota) for s in range(SEEDS)]
    promised = {id_: float(p) for id_, p in records[0].probability.items()}
    assert sum(promised.values()) == pytest.approx(4)
    assert _worst(_realised([set(record.selected_ids) for record in records]), promised) < 4


def test_the_fairness_test_can_fail(pool: list[Candidate]) -> None:
    """Exponential keys (Efraimidis–Spirakis) miss the promise, and the same test says so."""
    promised = {f"E{i:02d}": 4 * w / sum(WEIGHTS) for i, w in enumerate(WEIGHTS)}
    rng = random.Random(1)
    selections = []
    for _ in range(SEEDS):
        keys = {f"E{i:02d}": -math.log(rng.random()) / w for i, w in enumerate(WEIGHTS)}
        selections.append(set(sorted(keys, key=keys.__getitem__)[:4]))
    assert _worst(_realised(selections), promised) > 10


def test_uniform_is_uniform() -> None:
    """Over 1,500 seeds every object of an equal draw has the same share."""
    pool = [Candidate(id=f"E{i:02d}", stratum="uniform") for i in range(len(WEIGHTS))]
    records = [draw(pool, seed=str(s), round_id="r", quota={"uniform": 3}) for s in range(SEEDS)]
    realised = _realised([set(record.selected_ids) for record in records])
    assert _worst(realised, dict.fromkeys(realised, 0.25)) < 4


def test_a_county_record_is_small_enough_and_quick() -> None:
    """4,027 enterprises: below 2 MB and drawn within two seconds."""
    pool = [
        Candidate(
            id=f"91431023MA4L{i:06d}",
            stratum="certainty" if i % 19 == 0 else "weighted",
            weight=Fraction((1, 2, 4, 8)[i % 4]),
        )
        for i in range(4027)
    ]
    begun = time.process_time()
    quota = {"certainty": 12, "weighted": 30, "uniform": 13}
    record = draw(pool, seed="种子", round_id="2026-W48", quota=quota)
    assert len(record.dumps().encode("utf-8")) < 2_000_000
    assert time.process_time() - begun < 2
    assert len(record.selected) == 55
