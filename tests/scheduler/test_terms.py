"""Tests of committed draws: terms, nonces, public number, seed."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import canonical_json
from scheduler.candidates import frame_json, ordered
from scheduler.digests import DigestError, hex_of
from scheduler.draw import Candidate, commit, draw, open_draw, replay
from scheduler.terms import Party, PublicNumber, Terms, TermsError, nonce_commitment

if TYPE_CHECKING:
    from scheduler.draw_record import DrawRecord

BUREAU, COURT = "应急管理局", "司法局"
NONCES = {BUREAU: "0123456789abcdef", COURT: "随机数随机数随机数随机数随机"}
POOL = [Candidate(id=f"企业{i:02d}", weight=1 + i % 3) for i in range(30)]
NUMBER = "03 07 18 21 25 30"


def terms(**changes: Any) -> Terms:
    """Return a commitment of two parties."""
    digest, round_id = changes.get("digest", "sha256"), changes.get("round_id", "2026-W48")
    given = {
        "round_id": round_id, "quota": {"weighted": 4, "uniform": 2},
        "parties": [
            Party(name=name, commitment=nonce_commitment(
                nonce, party=name, round_id=round_id, digest=digest))
            for name, nonce in NONCES.items()
        ],
        "public": PublicNumber(name="福彩双色球2026135期", day="2026-11-24"),
        **changes,
    }  # fmt: skip
    return commit(POOL, **given)


def opened(committed: Terms, *, number: str = NUMBER, **nonces: str) -> DrawRecord:
    """Open a commitment with the nonces of both parties, the second one first."""
    return open_draw(
        committed.commit_record(), frame_json(ordered(POOL)),
        nonces=[{**NONCES, **nonces}[name] for name in (COURT, BUREAU)], public_number=number,
    )  # fmt: skip


@pytest.mark.parametrize("digest", ["sha256", "sm3"])
def test_the_seed_follows_from_nonces_and_number(digest: str) -> None:
    """Anyone can compute commitments and seed from what the record says."""
    committed = terms(digest=digest)
    record = json.loads(opened(committed).dumps())

    def hashed(*parts: str) -> str:
        return hashlib.new(digest, canonical_json(list(parts)).encode()).hexdigest()

    nonce = NONCES[BUREAU]
    said = hashed("xunge-nonce/2", "2026-W48", BUREAU, nonce)
    assert record["parties"][0] == {"name": BUREAU, "commitment": said}
    assert record["seed"] == hashed("xunge-seed/2", "2026-W48", nonce, NONCES[COURT], NUMBER)
    assert record["commitment"] == committed.commitment
    assert record["opening"] == {"nonces": [nonce, NONCES[COURT]], "public_number": NUMBER}
    assert replay(record) == []


def test_the_opening_keeps_to_the_terms() -> None:
    """An opened draw selects what a direct draw with the same seed selects."""
    record = opened(terms())
    same = draw(POOL, seed=record.seed, round_id="2026-W48", quota={"weighted": 4, "uniform": 2})
    assert record.selected == same.selected
    assert record.terms.commitment != same.terms.commitment


def test_every_source_of_the_seed_matters() -> None:
    """Another number, round or nonce gives another seed."""
    other = {**NONCES, COURT: "x" * 20}
    changed = terms(
        parties=[
            Party(name=name, commitment=nonce_commitment(
                nonce, party=name, round_id="2026-W48", digest="sha256"))
            for name, nonce in other.items()
        ]
    )  # fmt: skip
    seeds = {
        opened(terms()).seed,
        opened(terms(), number="1").seed,
        opened(terms(round_id="2026-W49")).seed,
        opened(changed, **{COURT: other[COURT]}).seed,
    }
    assert len(seeds) == 4


def test_a_commitment_hides_no_change() -> None:
    """Every change of the terms changes the hash that was published."""
    plain = terms()
    changes: list[dict[str, Any]] = [
        {"quota": {"weighted": 5, "uniform": 1}}, {"carried": ["企业03"]}, {"permanent": "2026"},
        {"department": "市场监管局"}, {"created": "2026-11-20"}, {"redraw_reason": "名录有误"},
        {"public": PublicNumber(name="上证指数收盘", day="2026-11-24")}, {"round_id": "2026-W49"},
    ]  # fmt: skip
    hashes = {terms(**change).commitment for change in changes}
    assert len(hashes | {plain.commitment}) == len(changes) + 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"parties": []}, "few_parties"),
        ({"parties": [Party(name=BUREAU, commitment="0" * 64)] * 2}, "same_party"),
        (
            {"parties": [Party(name=BUREAU, commitment="0" * 64), Party(name="", commitment="")]},
            "same_party",
        ),
        (
            {"parties": [Party(name=n, commitment="0" * c) for n, c in ((BUREAU, 64), (COURT, 9))]},
            "bad_commitment",
        ),
        ({"public": PublicNumber(name="", day="")}, "no_public_number"),
    ],
)
def test_terms_that_bind_nobody_are_refused(change: dict[str, Any], code: str) -> None:
    """At least two named parties with real commitments and a named public number."""
    with pytest.raises(TermsError) as caught:
        terms(**change)
    assert caught.value.code == code


def test_wrong_openings_are_refused() -> None:
    """A nonce nobody committed to, a missing one, no number and another frame are named."""
    committed = terms()
    record, frame = committed.commit_record(), frame_json(ordered(POOL))
    nonces = list(NONCES.values())

    def code(frame: dict[str, Any], nonces: list[str], number: str = NUMBER) -> tuple[str, Any]:
        with pytest.raises(TermsError) as caught:
            open_draw(record, frame, nonces=nonces, public_number=number)
        return caught.value.code, caught.value.detail.get("name")

    assert code(frame, [nonces[0], "another nonce of a party"]) == ("wrong_nonce", COURT)
    assert code(frame, nonces[:1])[0] == "wrong_nonces"
    assert code(frame, nonces, " ")[0] == "no_public_number"
    other = copy.deepcopy(frame)
    other["eligible"][0]["weight"] = "9"
    assert code(other, nonces)[0] == "changed_frame"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", "0" * 64), ("opening", None), ("parties", []), ("public", None),
        ("commitment", "0" * 64), ("digest", "md5"), ("permanent", "2026"),
        ("opening", {"nonces": ["a"], "public_number": "1"}),
        ("opening", {"nonces": ["", ""], "public_number": NUMBER}),
        ("opening", {"nonces": list(NONCES.values()), "public_number": "1"}),
    ],
)  # fmt: skip
def test_a_forged_opening_is_found(field: str, value: object) -> None:
    """Replay names a difference for every part of the opening that is not what made the draw."""
    record = json.loads(opened(terms()).dumps())
    assert replay({**record, field: value})


def test_only_two_hash_functions() -> None:
    """SHA-256 and SM3 are known by their published values, anything else is refused."""
    assert hex_of("abc", digest="sha256").startswith("ba7816bf8f01cfea")
    assert hex_of("abc", digest="sm3").startswith("66c7f0f462eeedd9")
    with pytest.raises(DigestError):
        hex_of("abc", digest="md5")


def test_permanent_numbers_are_shared_by_departments() -> None:
    """Departments with the same permanent numbers draw the same firms of what both supervise."""
    first = draw(POOL[:20], seed="s", round_id="r", quota={"uniform": 5}, permanent="2026")
    both = draw(POOL[:20], seed="s", round_id="r", quota={"uniform": 8}, permanent="2026")
    assert both.selected_ids[:5] == first.selected_ids
    assert replay(json.loads(first.dumps())) == []
    moved = draw(POOL[:20], seed="t", round_id="r", quota={"uniform": 5}, permanent="2026")
    assert moved.selected_ids != first.selected_ids


def test_the_start_moves_along_the_ring() -> None:
    """Another seed turns the ring: the order of the objects stays, another one is first."""
    orders = [
        [e.id for e in draw(POOL, seed=seed, round_id="r", quota={"uniform": 5}, permanent="2026")
         .strata["uniform"].entries]
        for seed in "abc"
    ]  # fmt: skip
    rings = {tuple(order[order.index("企业00") :] + order[: order.index("企业00")])
             for order in orders}  # fmt: skip
    assert len(rings) == 1
    assert len({order[0] for order in orders}) > 1
