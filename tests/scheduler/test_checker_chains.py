"""Whole chains: product and verify_draw.py find every change and every broken rule."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Links = list[dict[str, Any]]

pytestmark = pytest.mark.xdist_group("checkers")


def found(checker: ModuleType, links: Any, head: str = "") -> list[tuple[str, str]]:  # noqa: ANN401
    """Return where the checker found what."""
    return [(one.where, one.code) for one in checker.verify(json.dumps(links).encode(), head)]


def test_a_whole_chain_is_right(chain: Links, checker: ModuleType) -> None:
    """A chain as it was made is clean; a missing, moved or cut-off link is named."""
    head = chain[-1]["hash"]
    assert found(checker, chain, head) == []
    assert found(checker, chain[:2] + chain[3:], head) == [("[2].previous", "broken_link")]
    assert found(checker, chain[2:], head)[0] == ("[0].previous", "broken_link")
    assert found(checker, chain[:-1], head) == [("head", "short_chain")]
    swapped = [*chain[:7], chain[8], chain[7], chain[9]]
    assert ("[7].previous", "broken_link") in found(checker, swapped)


def test_every_kind_can_be_checked_alone(chain: Links, checker: ModuleType) -> None:
    """A link by itself is held by form and hash; a plan alone is nothing to check."""
    for place, one in enumerate(chain):
        wanted = [("", "no_draw")] if one["record"]["kind"] == "plan" else []
        assert found(checker, one) == wanted, place


def test_every_changed_byte_is_found(
    changed_bytes: list[bytes], checker: ModuleType, product: Callable[..., list[str]]
) -> None:
    """Product and checker find 500 changed bytes, also those that break UTF-8 or JSON."""
    assert len(changed_bytes) == 500
    for data in changed_bytes:
        assert product(data), data
        assert checker.verify(data), data


def test_forged_chains_are_found(
    forged: tuple[str, ...],
    finds: Callable[[str], list[list[str]]],
    product: Callable[..., list[str]],
) -> None:
    """250 chains with a changed field and hashes that fit: the rules find them."""
    for text in forged:
        assert product(text), text
        assert finds(text), text


def _edit(place: int, **fields: Any) -> Callable[[Links], Links]:
    def edited(links: Links) -> Links:
        links[place]["record"] |= fields
        return links

    return edited


def _without(*places: int) -> Callable[[Links], Links]:
    return lambda links: [one for place, one in enumerate(links) if place not in places]


def _again(place: int, at: int, **fields: Any) -> Callable[[Links], Links]:
    """Put a copy of a link with other fields somewhere else."""

    def added(links: Links) -> Links:
        one = copy.deepcopy(links[place])
        one["record"] |= fields
        return [*links[:at], {**one, "hash": "another"}, *links[at:]]

    return added


# In the chain: 0 commit, 1 its draw, 2 plan, 3 substitute, 4 substitute of the substitute,
# 5 commit of the next week, 6 abandoned, 7 direct draw, 8 redraw with a reason, 9 plan.
RULES = {
    "a week drawn twice without a reason": (
        _edit(8, redraw_reason=""), "[8].record.round", "second_draw"),
    "a week committed twice without a reason": (
        _again(5, 7), "[7].record.round", "second_draw"),
    "opened without a commitment": (_without(0), "[0].record.commitment", "no_commitment"),
    "committed after the opening": (
        lambda links: [links[1], links[0], *links[2:]], "[0].record.commitment", "no_commitment"),
    "opened twice": (_again(1, 2), "[2].record.commitment", "no_commitment"),
    "opened after it was abandoned": (
        lambda links: [links[0], {**_abandon_of(links), "hash": "a"}, *links[1:]],
        "[2].record.commitment", "no_commitment"),
    "abandoned after it was opened": (
        lambda links: [*links[:2], {**_abandon_of(links), "hash": "a"}, *links[2:]],
        "[2].record.commitment", "no_commitment"),
    "abandoned twice": (_again(6, 7), "[7].record.commitment", "no_commitment"),
    "abandoned without a commitment": (
        _without(5), "[5].record.commitment", "no_commitment"),
    "abandoned under another round": (
        _edit(6, round="2026-W50"), "[6].record.commitment", "no_commitment"),
    "abandoned without a reason": (_edit(6, reason=" "), "[6].record.reason", "malformed"),
    "neither opened nor abandoned": (
        _without(6), "[5].record.commitment", "unopened_commit"),
    "a substitute of no draw": (_edit(3, draw="0" * 64), "[3].record.draw", "no_draw"),
    "a substitute of a draw that comes later": (
        lambda links: [links[0], links[3], *links[1:3], *links[4:]], "[1].record.draw", "no_draw"),
    "a substitute of another round": (
        _edit(3, round="2026-W49"), "[3].record.draw", "no_draw"),
    "a substitute of nobody drawn": (_edit(3, object="企业999"), "[3].record.object", "not_drawn"),
    "replaced twice": (_again(3, 4), "[4].record.object", "not_drawn"),
    "a substitute of a substitute out of turn": (
        _without(3), "[3].record.object", "not_drawn"),
    "a substitute out of turn": (
        _edit(3, substitute="企业999"), "[3].record.substitute", "differs"),
    "a substitute from another list": (
        _edit(3, stratum="uniform"), "[3].record.stratum", "differs"),
    "a substitute without a reason": (_edit(3, reason=""), "[3].record.reason", "malformed"),
    "fewer than two parties": (
        lambda links: _parties(links, links[0]["record"]["parties"][:1]),
        "[0].record.parties", "malformed"),
    "two parties of one name": (
        lambda links: _parties(links, links[0]["record"]["parties"][:1] * 2),
        "[0].record.parties[1].name", "malformed"),
    "no public number named": (_edit(0, public=None), "[0].record.public", "malformed"),
    "terms changed after the commitment": (
        _edit(0, quota={"certainty": 9, "weighted": 9, "uniform": 9}),
        "[0].record.commitment", "differs"),
    "another nonce": (
        _edit(1, opening={"nonces": ["a" * 32, "b" * 32], "public_number": "03 07 11"}),
        "[1].record.parties[0].commitment", "differs"),
    "another public number": (
        lambda links: _opening(links, public_number="03 07 12"), "[1].record.seed", "differs"),
    "nonces in another order": (
        lambda links: _opening(links, nonces=links[1]["record"]["opening"]["nonces"][::-1]),
        "[1].record.parties[0].commitment", "differs"),
    "a nonce less": (
        lambda links: _opening(links, nonces=["a"]), "[1].record.opening.nonces", "malformed"),
    "parties of a direct draw": (
        _edit(7, parties=[{"name": "局", "commitment": "0" * 64}]),
        "[7].record.parties", "malformed"),
    "a public number of a direct draw": (
        _edit(7, public={"name": "福彩", "day": "2026-11-24"}), "[7].record.public", "malformed"),
    "an opened draw made a direct one": (
        _edit(1, opening=None), "[1].record.parties", "malformed"),
    "a commitment to something else": (
        _edit(7, department="别的局"), "[7].record.commitment", "differs"),
    "another method": (_edit(0, method="skip number"), "[0].record.method", "unknown_method"),
}  # fmt: skip


def _abandon_of(links: Links) -> dict[str, Any]:
    record = {**links[6]["record"], **{k: links[0]["record"][k] for k in ("round", "commitment")}}
    return {"record": record}


def _parties(links: Links, parties: list[dict[str, str]]) -> Links:
    links[0]["record"]["parties"] = parties
    return links


def _opening(links: Links, **fields: Any) -> Links:
    links[1]["record"]["opening"] |= fields
    return links


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_a_chain(
    rule: str,
    chain: Links,
    relink: Callable[..., Links],
    checker: ModuleType,
    product: Callable[..., list[str]],
) -> None:
    """Every broken rule is named at its place, although all hashes fit; the product finds it."""
    change, where, code = RULES[rule]
    links = relink(change(copy.deepcopy(chain)))
    assert (where, code) in found(checker, links)
    assert product(json.dumps(links))


def test_a_digest_has_to_be_named(chain: Links, checker: ModuleType) -> None:
    """A record of any kind without a known hash function is named."""
    for place in range(len(chain)):
        for digest in ("md5", None, 5, []):
            changed = copy.deepcopy(chain)
            changed[place]["record"]["digest"] = digest
            assert (f"[{place}].record.digest", "unknown_digest") in found(checker, changed)
        del changed[place]["record"]["digest"]
        assert (f"[{place}].record.digest", "unknown_digest") in found(checker, changed)


def test_substitutes_run_out(
    chain: Links, relink: Callable[..., Links], checker: ModuleType, product: Callable[..., Any]
) -> None:
    """Own list first, then weighted, uniform and certainty; when all are used nobody is left."""
    record = chain[8]["record"]
    links = chain[7:9]
    object_ = record["selected"][0]["id"]
    left: dict[str, str] = {}
    for name in ("weighted", "uniform", "certainty"):
        for id_ in record["substitutes"][name]:
            left.setdefault(id_, name)
    assert len(left) == 3
    for new, stratum in [*left.items(), ("E0", "weighted")]:
        said = {
            "kind": "substitute", "digest": "sha256", "round": record["round"],
            "draw": chain[8]["hash"], "object": object_, "stratum": stratum, "substitute": new,
            "reason": "closed", "note": "", "created": "2026-12-01",
        }  # fmt: skip
        links.append({"record": said, "hash": new})
        object_ = new
    assert found(checker, relink(links[:-1])) == []
    assert product(json.dumps(relink(links[:-1]))) == []
    assert found(checker, relink(links)) == [("[5].record.substitute", "no_substitute")]
    assert product(json.dumps(relink(links))) == ["[5].substitute: no_substitute"]


def test_a_commitment_may_wait(chain: Links, checker: ModuleType) -> None:
    """The last commitment of a chain need not be opened yet."""
    assert found(checker, chain[:1]) == []
    assert found(checker, chain[:6]) == []
