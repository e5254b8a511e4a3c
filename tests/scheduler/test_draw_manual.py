"""The manual of the draw: its worked example is recomputed step by step."""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import canonical_json
from scheduler.candidates import Candidate, frame_json, ordered
from scheduler.draw import commit, open_draw, replay
from scheduler.ledger import GENESIS, link
from scheduler.terms import METHOD, STRATA, Party, PublicNumber, nonce_commitment
from scheduler.tickets import Tickets

if TYPE_CHECKING:
    from types import ModuleType

MANUAL = Path(__file__).parents[2] / "docs" / "draw.md"
WHOLE = Fraction(2**256)


@pytest.fixture(scope="module")
def manual() -> str:
    """Return the manual."""
    return MANUAL.read_text("utf-8")


@pytest.fixture(scope="module")
def inputs(manual: str) -> dict[str, Any]:
    """Return the inputs of the worked example."""
    (block,) = re.findall(r"```json\n(.*?)```", manual, re.DOTALL)
    found: dict[str, Any] = json.loads(block)
    return found


@pytest.fixture(scope="module")
def frame(inputs: dict[str, Any]) -> list[Candidate]:
    """Return its objects."""
    return [
        Candidate(id=one["id"], stratum=one["stratum"], weight=Fraction(one["weight"]),
                  why=one["why"])
        for one in inputs["frame"]["eligible"]
    ] + [
        Candidate(id=one["id"], reason_excluded=one["reason"], detail=one["detail"])
        for one in inputs["frame"]["excluded"]
    ]  # fmt: skip


@pytest.fixture(scope="module")
def committed(inputs: dict[str, Any], frame: list[Candidate]) -> dict[str, Any]:
    """Return the record of the commitment."""
    parties = [
        Party(name=name, commitment=nonce_commitment(
            nonce, party=name, round_id=inputs["round"], digest=inputs["digest"]))
        for name, nonce in inputs["parties"].items()
    ]  # fmt: skip
    rest = {name: inputs[name] for name in ("quota", "carried", "created", "digest")}
    return commit(
        frame, round_id=inputs["round"], parties=parties, public=PublicNumber(**inputs["public"]),
        **rest,
    ).commit_record()  # fmt: skip


@pytest.fixture(scope="module")
def record(
    inputs: dict[str, Any], frame: list[Candidate], committed: dict[str, Any]
) -> dict[str, Any]:
    """Return what the product draws from them."""
    return open_draw(
        committed, frame_json(ordered(frame)), nonces=list(inputs["parties"].values()),
        public_number=inputs["public_number"],
    ).to_json()  # fmt: skip


def sha256(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def twelve(value: Fraction) -> str:
    """Return a fraction with twelve decimals, rounded half up."""
    units = (value * 10**12 + Fraction(1, 2)).__floor__()
    return f"{units // 10**12}.{units % 10**12:012d}"


def rank_lines(record: dict[str, Any]) -> list[str]:
    """Return one line for every entry of every stratum, the Pareto rank worked out anew."""
    odds = {"hn-007a": Fraction(4, 9), "企业乙": Fraction(1, 12), "企业丙": Fraction(8, 5)}
    lines = []
    for name in STRATA:
        for entry in record["strata"][name]["entries"]:
            u = Fraction(int(entry["ticket"], 16)) / WHOLE
            rank = u / (1 - u) / odds[entry["id"]] if name == "weighted" else u
            lines.append(
                f"{name} {entry['rank']} {entry['id']} w={entry['weight']} π={entry['pi']} "
                f"u={twelve(u)} rank={twelve(rank)}\n  ticket={entry['ticket']}"
            )
    return lines


def test_the_commitment(
    manual: str, inputs: dict[str, Any], committed: dict[str, Any], record: dict[str, Any]
) -> None:
    """Frame, nonce and terms stand in the manual as they are hashed, each with its hash."""
    (name, nonce), _ = inputs["parties"].items()
    terms = {key: committed[key] for key in committed if key not in ("kind", "commitment")}
    said = canonical_json(["xunge-nonce/2", inputs["round"], name, nonce])
    for text, title, wanted in (
        (canonical_json(record["frame"]), "frame_hash ", record["frame_hash"]),
        (said, "", committed["parties"][0]["commitment"]),
        (canonical_json(terms), "commitment ", committed["commitment"]),
    ):
        assert f"{text}\n→ {title}{wanted}\n" in manual
        assert sha256(text) == wanted
    assert link(GENESIS, record=committed)["hash"] in manual
    if "sm3" in hashlib.algorithms_available:
        assert hashlib.new("sm3", said.encode()).hexdigest() in manual


def test_the_seed(manual: str, inputs: dict[str, Any], record: dict[str, Any]) -> None:
    """The nonces and the public number make the seed."""
    nonces = inputs["parties"].values()
    text = canonical_json(["xunge-seed/2", inputs["round"], *nonces, inputs["public_number"]])
    assert f"{text}\n→ seed {sha256(text)}\n" in manual
    assert record["seed"] == sha256(text)


def test_the_bytes_of_a_ticket(manual: str, inputs: dict[str, Any], record: dict[str, Any]) -> None:
    """The manual shows the bytes that are hashed, and their hash is the ticket."""
    turn = f"{record['seed']}\n{inputs['round']}\nweighted\n"
    assert f"{turn}HN-007A".encode().hex(" ") in manual.replace("\n", " ")
    ticket = sha256(f"{turn}HN-007A")
    entries = record["strata"]["weighted"]["entries"]
    assert ticket == next(one["ticket"] for one in entries if one["id"] == "hn-007a")
    assert ticket in manual
    fixed = int(sha256("全县\nweighted\nHN-007A"), 16) - int(sha256(turn), 16)
    tickets = Tickets.of_stratum(
        seed=record["seed"], round_id=inputs["round"], stratum="weighted", permanent="全县"
    )
    assert tickets.of("hn-007a") == fixed % 2**256
    assert f"{fixed % 2**256:064x}" in manual


def test_the_ranks(manual: str, record: dict[str, Any]) -> None:
    """Every line of every stratum stands in the manual, in the order of the ranks."""
    assert "\n".join(rank_lines(record)) in manual


def test_the_results(manual: str, committed: dict[str, Any], record: dict[str, Any]) -> None:
    """Selection, carried objects, chances, substitutes and hashes of the example are right."""
    assert replay(record) == []
    for name in ("dropped", "selected", "substitutes", "probability"):
        assert f"{name} = {canonical_json(record[name])}\n" in manual, name
    assert f"record_hash = {record['record_hash']}\n" in manual
    previous = link(GENESIS, record=committed)["hash"]
    assert f"hash = {link(previous, record=record)['hash']}\n" in manual


def test_the_chance_by_hand(record: dict[str, Any]) -> None:
    """The chance over all strata is 1 - (1-π)(1-π_uniform)."""
    assert record["probability"]["企业丙"] == twelve(1 - Fraction(5, 13) * Fraction(1, 2))


def test_the_manual_names_the_method(manual: str) -> None:
    """Whoever changes the method has to write another manual."""
    assert METHOD in manual


def test_the_manual_names_every_field(
    manual: str, record: dict[str, Any], chain: list[dict[str, Any]]
) -> None:
    """Every field of every kind of record stands in the manual."""
    for one in (record, *(one["record"] for one in chain)):
        if one["kind"] != "plan":
            assert [name for name in one if f"`{name}`" not in manual] == []


def test_the_manual_names_every_problem(manual: str, checker: ModuleType) -> None:
    """Every code that a checker knows stands in the manual."""
    assert [code for code in checker.TEXTS if f"`{code}`" not in manual] == []
