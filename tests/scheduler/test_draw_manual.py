"""The manual of the draw: its worked example is recomputed step by step."""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from layers.events import canonical_json
from scheduler.draw import Candidate, draw, replay
from scheduler.draw_record import METHOD, STRATA
from scheduler.ledger import GENESIS, link

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
def record(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what the product draws from them."""
    frame = [
        Candidate(id=one["id"], stratum=one["stratum"], weight=Fraction(one["weight"]))
        for one in inputs["frame"]["eligible"]
    ] + [
        Candidate(id=one["id"], reason_excluded=one["reason"], detail=one["detail"])
        for one in inputs["frame"]["excluded"]
    ]
    rest = {name: inputs[name] for name in ("seed", "quota", "carried", "created")}
    return draw(frame, round_id=inputs["round"], **rest).to_json()


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


def test_the_bytes_of_a_ticket(manual: str, inputs: dict[str, Any], record: dict[str, Any]) -> None:
    """The manual shows the bytes that are hashed, and their hash is the ticket."""
    text = f"{inputs['seed']}\n{inputs['round']}\nweighted\nHN-007A"
    assert text.encode().hex(" ") in manual.replace("\n", " ")
    ticket = hashlib.sha256(text.encode()).hexdigest()
    entries = record["strata"]["weighted"]["entries"]
    assert ticket == next(one["ticket"] for one in entries if one["id"] == "hn-007a")
    assert ticket in manual


def test_the_ranks(manual: str, record: dict[str, Any]) -> None:
    """Every line of every stratum stands in the manual, in the order of the ranks."""
    assert "\n".join(rank_lines(record)) in manual


def test_the_results(manual: str, record: dict[str, Any]) -> None:
    """Selection, carried objects, chances, substitutes and hashes of the example are right."""
    assert replay(record) == []
    results = {
        name: record[name]
        for name in ("dropped", "selected", "substitutes", "probability", "frame_sha256")
    }
    for name, value in results.items():
        assert f"{name} = {canonical_json(value)}\n" in manual, name
    assert canonical_json(record["frame"]) in manual
    assert f"record_sha256 = {record['record_sha256']}\n" in manual
    assert f"hash = {link(GENESIS, record=record)['hash']}\n" in manual


def test_the_chance_by_hand(record: dict[str, Any]) -> None:
    """The chance over all strata is 1 - (1-π)(1-π_uniform)."""
    assert record["probability"]["企业丙"] == twelve(1 - Fraction(5, 13) * Fraction(1, 2))


def test_the_manual_names_the_method(manual: str) -> None:
    """Whoever changes the method has to write another manual."""
    assert METHOD in manual
