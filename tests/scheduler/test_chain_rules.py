"""Tests of what the records of a chain say of each other, and of substitutes."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.candidates import frame_json, ordered
from scheduler.draw import Candidate, commit, draw, open_draw
from scheduler.ledger import GENESIS, audit, commitments, link
from scheduler.substitutes import Bench, SubstituteError
from scheduler.terms import Party, PublicNumber, nonce_commitment

NONCES = ("a" * 16, "b" * 16)
NAMES = ("应急管理局", "司法局")
POOL = [Candidate(id=f"企业{i:02d}") for i in range(12)]
QUOTA = {"weighted": 3, "uniform": 1}


def committed(round_id: str, *, reason: str = "") -> dict[str, Any]:
    """Return the record of a commitment of two parties."""
    parties = [
        Party(name=name, commitment=nonce_commitment(
            nonce, party=name, round_id=round_id, digest="sha256"))
        for name, nonce in zip(NAMES, NONCES, strict=True)
    ]  # fmt: skip
    return commit(
        POOL, round_id=round_id, quota=QUOTA, parties=parties, redraw_reason=reason,
        public=PublicNumber(name="福彩", day="2026-11-24"),
    ).commit_record()  # fmt: skip


def opened(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the draw that opens a commitment."""
    frame = frame_json(ordered(POOL))
    return open_draw(record, frame, nonces=NONCES, public_number="03 07").to_json()


def direct(round_id: str, *, reason: str = "") -> dict[str, Any]:
    """Return the record of a direct draw."""
    return draw(POOL, seed="s", round_id=round_id, quota=QUOTA, redraw_reason=reason).to_json()


def abandoned(record: dict[str, Any], reason: str = "公证人未到场") -> dict[str, Any]:
    """Return the record that gives up a commitment."""
    return {"kind": "abandon", "digest": "sha256", "round": record["round"],
            "commitment": record["commitment"], "reason": reason,
            "created": "2026-11-25"}  # fmt: skip


def chained(*records: dict[str, Any]) -> list[dict[str, Any]]:
    """Return records as a chain."""
    links: list[dict[str, Any]] = []
    for record in records:
        links.append(link(links[-1]["hash"] if links else GENESIS, record=record))
    return links


def found(*records: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Return code, position and field of what is wrong with a chain of records."""
    return [(one.code, one.index, one.field) for one in audit(chained(*records))]


def substitute(links: list[dict[str, Any]], at: int, **fields: Any) -> dict[str, Any]:
    """Return the record of a substitute for the draw at a position."""
    record = links[at]["record"]
    return {"kind": "substitute", "digest": "sha256", "round": record["round"],
            "draw": links[at]["hash"], "reason": "closed", "note": "", "created": "2026-11-24",
            **fields}  # fmt: skip


def test_a_round_that_is_committed_opened_and_followed_is_right() -> None:
    """Commitment, opening and a later direct draw make a whole chain."""
    first = committed("2026-W48")
    assert found(first) == []
    assert found(first, opened(first)) == []
    assert found(first, opened(first), direct("2026-W49")) == []


def test_an_opening_needs_its_commitment_before() -> None:
    """A draw that claims a commitment the chain does not hold is named."""
    first = committed("2026-W48")
    assert found(opened(first)) == [("no_commitment", 0, "commitment")]
    assert found(opened(first), first)[0] == ("no_commitment", 0, "commitment")
    other = committed("2026-W49")
    assert ("no_commitment", 1, "commitment") in found(other, opened(first))


def test_a_commitment_passed_over_is_named_until_it_is_abandoned() -> None:
    """A later round without an opening or a reason is found; with a reason it is listed."""
    first, later = committed("2026-W48"), direct("2026-W49")
    assert found(first, later) == [("unopened_commit", 0, "commitment")]
    assert found(first, abandoned(first), later) == []
    (one,) = commitments(chained(first, abandoned(first), later))
    assert (one.ended, one.reason, one.parties) == ("abandon", "公证人未到场", NAMES)
    assert found(first, abandoned(first, " "), later) == [("malformed", 1, "reason")]


def test_an_abandoned_round_cannot_be_opened() -> None:
    """Neither an abandoned commitment nor one that was opened ends a second time."""
    first = committed("2026-W48")
    assert found(first, abandoned(first), opened(first)) == [("no_commitment", 2, "commitment")]
    assert found(first, opened(first), abandoned(first)) == [("no_commitment", 2, "commitment")]


def test_a_second_attempt_of_a_week_needs_a_reason() -> None:
    """Another commitment or draw of the same week tells why, whatever its number."""
    first = committed("2026-W48")
    again = committed("2026-W48.2")
    assert ("second_draw", 2, "round") in found(first, abandoned(first), again)
    told = committed("2026-W48.2", reason="公证人未到场")
    assert found(first, abandoned(first), told, opened(told)) == []
    assert found(direct("2026-W48"), direct("2026-W48.2")) == [("second_draw", 1, "round")]
    assert found(direct("2026-W48"), direct("2026-W48.2", reason="名录有误")) == []


def test_a_changed_commitment_is_named() -> None:
    """Terms that do not give their own hash, and fields that do not belong there, are found."""
    first = committed("2026-W48")
    assert found({**first, "created": "2026-11-20"}) == [("differs", 0, "commitment")]
    assert found({**first, "frame": {}}) == [("malformed", 0, "")]
    assert found({**first, "parties": first["parties"][:1]}) == [("malformed", 0, "parties")]


def test_an_unknown_hash_function_is_named() -> None:
    """Records of every kind name the hash function that holds them."""
    links = chained(direct("2026-W48"))
    links[0]["record"]["digest"] = "md5"
    assert [one.code for one in audit(links)] == ["unknown_digest"]


def test_the_next_ticket_is_the_substitute() -> None:
    """Substitutes come in ticket order, each once; a substitute can be replaced as well."""
    record = direct("2026-W48")
    bench, lists = Bench.of(record), record["substitutes"]
    first, second = (one["id"] for one in record["selected"][:2])
    assert bench.replace(first) == ("weighted", lists["weighted"][0])
    assert bench.replace(second) == ("weighted", lists["weighted"][1])
    assert bench.replace(lists["weighted"][0]) == ("weighted", lists["weighted"][2])
    assert list(bench.playing)[:2] == [lists["weighted"][2], lists["weighted"][1]]
    with pytest.raises(SubstituteError) as caught:
        bench.replace(first)
    assert caught.value.code == "not_drawn"


def test_a_bench_can_run_out() -> None:
    """When all are drawn nobody can come in place of one."""
    record = draw(POOL, seed="s", round_id="r", quota={"weighted": len(POOL)}).to_json()
    with pytest.raises(SubstituteError) as caught:
        Bench.of(record).replace(record["selected"][0]["id"])
    assert caught.value.code == "no_substitute"


def test_substitutes_on_the_chain_follow_the_rule() -> None:
    """Another than the next ticket, another object or another draw is named at its field."""
    links = chained(direct("2026-W48"))
    record = links[0]["record"]
    gone, heir = record["selected"][0]["id"], record["substitutes"]["weighted"][0]

    def codes(**fields: Any) -> list[tuple[str, int, str]]:
        said = {"object": gone, "stratum": "weighted", "substitute": heir, **fields}
        return found(record, substitute(links, 0, **said))

    assert codes() == []
    other = record["substitutes"]["weighted"][1]
    assert codes(substitute=other) == [("differs", 1, "substitute")]
    assert codes(stratum="uniform") == [("differs", 1, "stratum")]
    assert codes(object=heir) == [("not_drawn", 1, "object")]
    assert codes(draw="0" * 64) == [("no_draw", 1, "draw")]
    assert codes(reason="") == [("malformed", 1, "reason")]
