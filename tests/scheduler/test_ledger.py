"""Tests of the hash chain of rounds."""

from __future__ import annotations

import copy
import hashlib
import random
from typing import Any

import pytest

from scheduler.draw import Candidate, draw
from scheduler.ledger import GENESIS, LinkError, audit, link


def chain(rounds: int = 4) -> list[dict[str, Any]]:
    """Return a chain of draws, each round followed by its plan."""
    links: list[dict[str, Any]] = []
    previous = GENESIS
    pool = [Candidate(id=f"企业{i}") for i in range(8)]
    for week in range(rounds):
        round_id = f"2026-W{48 + week}"
        record = draw(pool, seed=f"种子{week}", round_id=round_id, quota={"weighted": 2}).to_json()
        for body in (
            record,
            {"kind": "plan", "digest": "sha256", "round": round_id, "routes": week},
        ):
            links.append(link(previous, record=body))
            previous = links[-1]["hash"]
    return links


def found(links: list[dict[str, Any]], **options: Any) -> list[tuple[str, int]]:
    """Return codes and positions of what is wrong."""
    return [(problem.code, problem.index) for problem in audit(links, **options)]


def test_a_whole_chain_has_no_problem() -> None:
    """A chain as it was made is clean, also against its published head."""
    links = chain()
    assert audit(links) == []
    assert audit(links, head=links[-1]["hash"]) == []
    assert audit([], head=GENESIS) == []


def test_the_hash_is_what_its_definition_says() -> None:
    """The named hash of the previous hash and the canonical JSON of the record."""
    for digest in ("sha256", "sm3"):
        body = {"b": "巡", "digest": digest}
        text = f'{GENESIS}{{"b":"巡","digest":"{digest}"}}'
        expected = hashlib.new(digest, text.encode()).hexdigest()
        assert link(GENESIS, record=body) == {
            "previous": GENESIS, "record": body, "hash": expected,
        }  # fmt: skip


def test_a_changed_record_is_named() -> None:
    """Whoever changes a record is found at its place, with its round."""
    links = chain()
    links[4]["record"]["seed"] = "other"
    (problem,) = audit(links)
    assert (problem.code, problem.index, problem.round_id) == ("changed_record", 4, "2026-W50")
    assert problem.detail()["found"] == links[4]["hash"]


def test_a_changed_record_with_a_new_hash_breaks_the_next_link() -> None:
    """Hashing the changed record anew only moves the break."""
    links = chain()
    links[2] = link(links[1]["hash"], record={**links[2]["record"], "seed": "other"})
    assert found(links) == [("broken_link", 3)]


def test_a_missing_link_is_named() -> None:
    """A removed link breaks the one after it; one cut off the end is known by the head."""
    links = chain()
    head = links[-1]["hash"]
    assert found(links[:3] + links[4:]) == [("broken_link", 3)]
    assert found(links[1:]) == [("broken_link", 0)]
    assert found(links[:-1]) == []
    assert found(links[:-1], head=head) == [("short_chain", 7)]


def test_links_in_another_order_are_named() -> None:
    """Swapped links are both broken."""
    links = chain()
    links[1], links[2] = links[2], links[1]
    assert {("broken_link", 1), ("broken_link", 2)} <= set(found(links))


def test_a_second_draw_needs_a_reason() -> None:
    """A round drawn twice is named unless the record says why."""
    links = chain(1)
    pool = [Candidate(id=f"企业{i}") for i in range(8)]
    again = draw(pool, seed="other", round_id="2026-W48", quota={"weighted": 2})
    links.append(link(links[-1]["hash"], record=again.to_json()))
    assert found(links) == [("second_draw", 2)]
    explained = draw(
        pool, seed="other", round_id="2026-W48", quota={"weighted": 2}, redraw_reason="名录有误"
    )
    links[-1] = link(links[1]["hash"], record=explained.to_json())
    assert found(links) == []


def test_things_that_are_no_links_are_named() -> None:
    """Missing fields, more fields and nonsense never stop the audit."""
    links: list[Any] = chain(2)
    links[1] = {"record": {}}
    links[2] = "?"
    assert found(links) == [("bad_link", 1), ("bad_link", 2)]


def test_every_changed_character_is_found() -> None:
    """500 random changes of one value anywhere in the chain are all found."""
    original = chain(2)
    rng = random.Random(3)
    for _ in range(500):
        links = copy.deepcopy(original)
        holder: Any = rng.choice(links)
        key: Any = rng.choice(sorted(holder))
        while isinstance(holder[key], dict | list) and holder[key]:
            holder = holder[key]
            key = rng.choice(sorted(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[key] = f"{holder[key]}0"
        assert audit(links, head=original[-1]["hash"])


def test_only_hashes_are_linked_to() -> None:
    """A link to anything but a hash is refused."""
    with pytest.raises(LinkError) as caught:
        link("genesis", record={})
    assert caught.value.code == "bad_hash"
