"""Rounds that the product drew, whole and tampered with, for everything that checks draws."""

from __future__ import annotations

import copy
import functools
import hashlib
import importlib.util
import json
import random
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import canonical_json
from scheduler.draw import STRATA, Candidate, draw
from scheduler.ledger import GENESIS, link

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

ROOT = Path(__file__).parents[2]
CHECKERS = ROOT / "scheduler" / "checkers"
ROUNDS = 1000
CHANGES = 500
_LETTERS = "ABCabc019-·éßａＡ一二三县企業𠮷豈😀e\u0301\u1100\u1161\u0345"
_DETAILS: tuple[dict[str, Any], ...] = (
    {}, {"last": "2026-10-30", "until": "2026-12-29"}, {"visits": 2, "cap": 2},
    {"why": "搬迁\n“停产”\t\\ \x7f\u2028", "share": 0.1, "big": 10**30},
    {"nested": [None, True, {"a": 1.0}]},
    {"tiny": 1e-07, "large": 1.5e300, "minus": -0.0, "edge": 1e16, "under": 9999999999999998.0},
)  # fmt: skip


def dumps(value: object) -> str:
    """Return JSON as the week writes it."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _one_round(rng: random.Random, number: int) -> dict[str, Any]:
    """Return the record of one small round of any composition."""
    found: dict[str, Candidate] = {}
    for _ in range(rng.randint(0, 14)):
        id_ = "".join(rng.choices(_LETTERS, k=rng.randint(1, 8)))
        try:
            frame = [*found.values(), _candidate(rng, id_)]
            draw(frame, seed="", round_id="", quota={})
        except ValueError:
            continue  # its id is known already, in other letters
        found[id_] = frame[-1]
    ids = [*found, "不在册", *(id_.upper() for id_ in found)]
    record = draw(
        found.values(),
        seed="".join(rng.choices(_LETTERS + "\n ", k=rng.randint(0, 12))),
        round_id=f"2026-W{number:02d}" if number % 5 else f"第{number}轮 e\u0301",
        quota={name: rng.choice((0, 0, 1, 2, 3, 6)) for name in STRATA},
        carried=rng.choices(ids, k=rng.choice((0, 0, 0, 1, 2, 4))),
        created="2026-11-23",
        rules_version=rng.choice(("", "规则/3")),
        redraw_reason=rng.choice(("", "", "名录有误")),
    )
    return record.to_json()


def _candidate(rng: random.Random, id_: str) -> Candidate:
    weight = rng.choice((1, 1, 2, 4, 8, 50, 10**20, Fraction(1, 2), Fraction(7, 3)))
    reason = rng.choice(("", "", "", "", "cooldown", "停产"))
    detail = rng.choice(_DETAILS) if reason else {}
    stratum = rng.choice((*STRATA, "weighted"))
    return Candidate(
        id=id_, stratum=stratum, weight=weight, reason_excluded=reason, detail=detail
    )  # fmt: skip


@functools.cache
def _rounds() -> tuple[str, ...]:
    rng = random.Random(20261123)
    return tuple(dumps(link(GENESIS, record=_one_round(rng, i))) for i in range(ROUNDS))


@pytest.fixture(scope="session")
def rounds() -> tuple[str, ...]:
    """Return 1,000 rounds as their draw.json would be."""
    return _rounds()


@functools.cache
def _example() -> dict[str, Any]:
    pool = [
        Candidate(
            id=f"企业{i:03d}", stratum=(*STRATA, "weighted")[i % 4], weight=(1, 2, 4, 8)[i % 3],
            reason_excluded="cooldown" if i % 6 == 5 else "",
            detail={"last": "2026-10-30"} if i % 6 == 5 else {},
        )
        for i in range(24)
    ]  # fmt: skip
    return draw(
        pool, seed="种子", round_id="2026-W48", created="2026-11-23",
        carried=["企业001", "企业005"], quota={"certainty": 2, "weighted": 4, "uniform": 3},
    ).to_json()  # fmt: skip


@functools.cache
def _chain() -> tuple[dict[str, Any], ...]:
    """Return three weeks: every draw is followed by its plan."""
    links: list[dict[str, Any]] = []
    for record in (
        _example(),
        {"kind": "plan", "round": "2026-W48", "files": {"任务单.pdf": "0" * 64}, "km": 80.5},
        draw([Candidate(id=f"E{i}") for i in range(9)], seed="二", round_id="2026-W49",
             quota={"weighted": 3}).to_json(),
        {"kind": "plan", "round": "2026-W49", "files": {}, "km": 0.0},
    ):  # fmt: skip
        links.append(link(links[-1]["hash"] if links else GENESIS, record=record))
    return tuple(links)


@pytest.fixture
def chain() -> list[dict[str, Any]]:
    """Return a whole chain of draws and plans."""
    return copy.deepcopy(list(_chain()))


def _holders(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return all non-empty objects and arrays within JSON."""
    inner = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list) or not value:
        return []
    return [value, *(holder for one in inner for holder in _holders(one))]


def change_field(value: Any, rng: random.Random) -> None:  # noqa: ANN401 - JSON
    """Change one field anywhere within JSON: another value, one more, one less, two swapped."""
    holder = rng.choice(_holders(value))
    key: Any = rng.choice(sorted(holder) if isinstance(holder, dict) else range(len(holder)))
    old = holder[key]
    way = rng.randrange(8)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, dict):
        holder[rng.choice(("x", f"{key}x"))] = old
    elif way == 1:
        holder.insert(key, copy.deepcopy(old))
    elif way == 2 and isinstance(holder, list) and key and holder[0] != old:
        holder[0], holder[key] = old, holder[0]
    elif way == 3:
        holder[key] = rng.choice(
            [one for one in (None, True, 0, -1, 1.0, "", [], {}) if one != old]
        )
    elif isinstance(old, str) and old:
        at = rng.randrange(len(old))
        new = rng.choice([letter for letter in "0123456789abcdefx企" if letter != old[at]])
        holder[key] = old[:at] + new + old[at + 1 :]
    elif isinstance(old, int | float):
        holder[key] = old + rng.choice((1, -1, 1000))
    else:
        holder[key] = "?"


def rehash(one: dict[str, Any]) -> dict[str, Any]:
    """Return a link whose hashes fit its record, as a forger would make it."""
    record = {name: value for name, value in one["record"].items() if name != "record_sha256"}
    record["record_sha256"] = hashlib.sha256(canonical_json(record).encode()).hexdigest()
    return link(one["previous"], record=record)


@functools.cache
def _tampered() -> tuple[str, ...]:
    """Return changed fields of a link, of a chain, and of a link that was hashed anew."""
    rng = random.Random(5)
    found = []
    for number in range(CHANGES):
        value: Any = copy.deepcopy(list(_chain()) if number % 2 else _chain()[0])
        change_field(value, rng)
        found.append(dumps(value))
    results = ("strata", "selected", "substitutes", "probability", "dropped", "frame_sha256")
    for number in range(CHANGES // 2):
        one = copy.deepcopy(_chain()[0])
        part = results[number % len(results)]
        box = {part: one["record"][part]}
        change_field(box, rng)
        del one["record"][part]
        one["record"] |= box
        found.append(dumps(rehash(one)))
    return tuple(found)


@pytest.fixture(scope="session")
def tampered() -> tuple[str, ...]:
    """Return 500 links and chains with one changed field, and 250 forged links."""
    return _tampered()


@pytest.fixture(scope="session")
def changed_bytes() -> list[bytes]:
    """Return 500 files of which one byte was changed so that they say something else."""
    rng = random.Random(6)
    whole = dumps(list(_chain())).encode()
    found: list[bytes] = []
    while len(found) < CHANGES:
        at = rng.randrange(len(whole))
        data = whole[:at] + bytes([rng.randrange(256)]) + whole[at + 1 :]
        try:
            same = canonical_json(json.loads(data)) == canonical_json(list(_chain()))
        except ValueError:
            same = False
        if not same:
            found.append(data)
    return found


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """Return the published test vectors."""
    path = ROOT / "tests" / "data" / "draw_vectors.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@pytest.fixture(scope="session")
def apply() -> Callable[[Any, list[Any], Any], Any]:
    """Give a function that returns JSON with another value at a path; null removes it."""

    def changed(value: Any, path: list[Any], new: Any) -> Any:  # noqa: ANN401 - JSON
        whole = copy.deepcopy(value)
        holder = whole
        for key in path[:-1]:
            holder = holder[key]
        if new is None:
            del holder[path[-1]]
        else:
            holder[path[-1]] = new
        return whole

    return changed


@pytest.fixture(scope="session")
def checker() -> ModuleType:
    """Load verify_draw.py from its path, as a file that belongs to no package."""
    spec = importlib.util.spec_from_file_location("verify_draw", CHECKERS / "verify_draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify_draw"] = module
    spec.loader.exec_module(module)
    return module
