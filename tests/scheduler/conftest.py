"""Rounds that the product drew, whole and tampered with, for everything that checks draws."""

from __future__ import annotations

import copy
import functools
import importlib.util
import json
import random
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import canonical_json
from scheduler.candidates import check_frame, frame_json, ordered
from scheduler.digests import hex_of_json
from scheduler.draw import STRATA, Candidate, commit, draw, open_draw, replay
from scheduler.ledger import GENESIS, audit, link
from scheduler.terms import Party, PublicNumber, nonce_commitment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
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


def committed(
    frame: Iterable[Candidate], *, nonces: Sequence[str], round_id: str, **options: Any
) -> dict[str, Any]:
    """Return the record of a commitment: a party for each nonce, and a lottery."""
    digest = options.get("digest", "sha256")
    names = ("应急管理局", "监察委员会", "企业代表 e\u0301")
    parties = [
        Party(name=name, commitment=nonce_commitment(
            nonce, party=name, round_id=round_id, digest=digest))
        for name, nonce in zip(names, nonces, strict=False)
    ]  # fmt: skip
    public = PublicNumber(name="福彩双色球第2026136期", day="2026-11-24")
    return commit(
        frame, round_id=round_id, parties=parties, public=public, **options
    ).commit_record()  # fmt: skip


def _one_round(rng: random.Random, number: int) -> dict[str, Any]:
    """Return the record of one small round of any composition."""
    found: dict[str, Candidate] = {}
    for _ in range(rng.randint(0, 14)):
        id_ = "".join(rng.choices(_LETTERS, k=rng.randint(1, 8)))
        try:
            frame = [*found.values(), _candidate(rng, id_)]
            check_frame(ordered(frame), {}, round_id="")
        except ValueError:
            continue  # its id is known already, in other letters
        found[id_] = frame[-1]
    ids = [*found, "不在册", *(id_.upper() for id_ in found)]
    terms: dict[str, Any] = {
        "round_id": f"2026-W{number:02d}" if number % 5 else f"第{number}轮 e\u0301",
        "quota": {name: rng.choice((0, 0, 1, 2, 3, 6)) for name in STRATA},
        "carried": rng.choices(ids, k=rng.choice((0, 0, 0, 1, 2, 4))),
        "created": "2026-11-23", "department": rng.choice(("", "县应急管理局")),
        "rules_version": rng.choice(("", "规则/3")),
        "redraw_reason": rng.choice(("", "", "名录有误")),
        "permanent": rng.choice(("", "", "全县 2026\n永久 e\u0301")),
        "digest": "sm3" if number % 10 == 0 else "sha256",
    }  # fmt: skip
    text = "".join(rng.choices(_LETTERS + "\n ", k=rng.randint(0, 12)))
    if number % 2:
        return draw(found.values(), seed=text, **terms).to_json()
    nonces = [f"{rng.getrandbits(128):032x}", f"随机 e\u0301 {rng.random()}", "三" * 16]
    nonces = nonces[: rng.choice((2, 2, 3))]
    said = committed(found.values(), nonces=nonces, **terms)
    frame = frame_json(ordered(found.values()))
    return open_draw(said, frame, nonces=nonces[::-1], public_number=f"03 07 {text}").to_json()


def _candidate(rng: random.Random, id_: str) -> Candidate:
    weight = rng.choice((1, 1, 2, 4, 8, 50, 10**20, Fraction(1, 2), Fraction(7, 3)))
    reason = rng.choice(("", "", "", "", "cooldown", "停产"))
    detail = rng.choice(_DETAILS) if reason else {}
    stratum = rng.choice((*STRATA, "weighted"))
    return Candidate(
        id=id_, stratum=stratum, weight=weight, reason_excluded=reason, detail=detail,
        why=rng.choice(("", "grade_a", "黑名单")) if not reason else "",
    )  # fmt: skip


@pytest.fixture
def cluster() -> Iterator[str]:
    """Return the address of a Dask cluster with one worker, on this machine only.

    Its threads draw random numbers behind the back of whatever runs beside them, which Hypothesis
    refuses; so it does not outlive its test.
    """
    import distributed

    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, host="127.0.0.1", protocol="tcp",
        dashboard_address="127.0.0.1:0",  # any free port: two test runs may share a machine
    ) as found:  # fmt: skip
        yield found.scheduler_address


@functools.cache
def _rounds() -> tuple[str, ...]:
    rng = random.Random(20261123)
    return tuple(dumps(link(GENESIS, record=_one_round(rng, i))) for i in range(ROUNDS))


@pytest.fixture(scope="session")
def rounds() -> tuple[str, ...]:
    """Return 1,000 rounds as their draw.json would be."""
    return _rounds()


_POOL = [
    Candidate(
        id=f"企业{i:03d}", stratum=(*STRATA, "weighted")[i % 4], weight=(1, 2, 4, 8)[i % 3],
        reason_excluded="cooldown" if i % 6 == 5 else "",
        detail={"last": "2026-10-30"} if i % 6 == 5 else {},
    )
    for i in range(16)
]  # fmt: skip
_SMALL = [Candidate(id=f"E{i}") for i in range(5)]
_NONCES = ("6d1f0b6f2c0c4e1e8a55d3a1c9d2b704", "f3a9c1d27be84c0f9d6e5a4b3c2d1e0f")


def _story() -> list[dict[str, Any]]:
    """Return the records of two weeks in which everything happens that a chain can tell."""
    first = committed(
        _POOL, nonces=_NONCES, round_id="2026-W48", created="2026-11-20", permanent="全县",
        carried=["企业001", "企业005"], quota={"certainty": 1, "weighted": 3, "uniform": 2},
    )  # fmt: skip
    drawn = open_draw(
        first, frame_json(ordered(_POOL)), nonces=_NONCES, public_number="03 07 11"
    ).to_json()  # fmt: skip
    second = committed(
        _SMALL, nonces=_NONCES, round_id="2026-W49",
        quota={"certainty": 1, "weighted": 1, "uniform": 1},
    )  # fmt: skip
    (old, stratum) = next(
        (one["id"], one["stratum"]) for one in drawn["selected"] if one["stratum"] == "weighted"
    )
    new, newer = drawn["substitutes"][stratum][:2]
    replaced = {"kind": "substitute", "round": "2026-W48", "draw": 1, "stratum": stratum,
                "note": "大门已拆", "created": "2026-11-25"}  # fmt: skip
    again = {
        reason: draw(
            _SMALL, seed=f"种子{reason}", round_id=f"2026-W49{part}", redraw_reason=reason,
            quota={"weighted": 2},
        ).to_json()
        for part, reason in (("", ""), (".2", "名录有误"))
    }  # fmt: skip
    return [
        first, drawn,
        {"kind": "plan", "digest": "sha256", "round": "2026-W48", "draw": 1,
         "files": {"任务单.pdf": "0" * 64}, "km": 80.5},
        {**replaced, "digest": "sm3", "object": old, "substitute": new, "reason": "closed"},
        {**replaced, "digest": "sha256", "object": new, "substitute": newer, "reason": "moved"},
        second,
        {"kind": "abandon", "digest": "sm3", "round": "2026-W49",
         "commitment": second["commitment"], "reason": "公证人未到场", "created": "2026-11-28"},
        again[""], again["名录有误"],
        {"kind": "plan", "digest": "sha256", "round": "2026-W49", "draw": 8, "files": {}},
    ]  # fmt: skip


def relink(links: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return links whose hashes fit their records, as a forger would make them."""
    new: list[dict[str, Any]] = []
    names: dict[Any, str] = {}
    for one in links:
        record = dict(one["record"])
        if isinstance(record.get("draw"), str | int):
            record["draw"] = names.get(record["draw"], record["draw"])
        if record.get("kind") == "draw":
            record.pop("record_hash", None)
            record["record_hash"] = hex_of_json(record, digest=record["digest"])
        new.append(link(new[-1]["hash"] if new else GENESIS, record=record))
        names[one["hash"]] = new[-1]["hash"]
    return new


@functools.cache
def _chain() -> tuple[dict[str, Any], ...]:
    return tuple(
        relink({"record": record, "hash": place} for place, record in enumerate(_story()))
    )  # fmt: skip


@pytest.fixture(scope="session", name="relink")
def relink_fixture() -> Callable[..., list[dict[str, Any]]]:
    """Give the function that makes hashes fit."""
    return relink


@pytest.fixture
def chain() -> list[dict[str, Any]]:
    """Return a whole chain: commit, draw, plan, two substitutes, commit, abandon, two draws."""
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


_RESULTS = ("strata", "selected", "substitutes", "probability", "dropped", "frame_hash")
_TERMS = (
    "method", "round", "department", "created", "rules_version", "quota", "carried", "permanent",
    "frame_hash", "parties", "public", "commitment",
)  # fmt: skip
_FORGED = {
    "commit": _TERMS,
    "draw": (*_TERMS, *_RESULTS, "opening", "seed", "frame", "redraw_reason"),
    "abandon": ("round", "commitment"),
    "substitute": ("round", "draw", "object", "stratum", "substitute"),
}


def _forge(record: dict[str, Any], name: str, rng: random.Random) -> None:
    """Change something within one field of a record."""
    box = {name: record.pop(name)}
    change_field(box, rng)
    record |= box


@functools.cache
def _tampered() -> tuple[str, ...]:
    """Return changed fields of a link, of a chain, and of a link that was hashed anew."""
    rng = random.Random(5)
    found = []
    for number in range(CHANGES):
        value: Any = copy.deepcopy(list(_chain()) if number % 2 else _chain()[1])
        change_field(value, rng)
        found.append(dumps(value))
    for number in range(CHANGES // 2):
        record = copy.deepcopy(_chain()[1]["record"])
        _forge(record, _RESULTS[number % len(_RESULTS)], rng)
        found.append(dumps(relink([{"record": record, "hash": ""}])[0]))
    return tuple(found)


@pytest.fixture(scope="session")
def forged() -> tuple[str, ...]:
    """Return 250 chains with one changed field and hashes that fit."""
    rng = random.Random(7)
    found: list[str] = []
    while len(found) < CHANGES // 2:
        links = copy.deepcopy(list(_chain()))
        record = rng.choice([one["record"] for one in links if one["record"]["kind"] in _FORGED])
        _forge(record, rng.choice(_FORGED[record["kind"]]), rng)
        found.append(dumps(relink(links)))
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
    right = canonical_json(list(_chain()))
    found: list[bytes] = []
    while len(found) < CHANGES:
        at = rng.randrange(len(whole))
        data = whole[:at] + bytes([rng.randrange(256)]) + whole[at + 1 :]
        try:
            same = canonical_json(json.loads(data)) == right
        except ValueError:
            same = False
        if not same:
            found.append(data)
    return found


def product(text: str | bytes) -> list[str]:
    """Return what the product finds wrong with a draw.json or a chain."""
    try:
        value = json.loads(text)
    except ValueError as error:
        return [str(error)]
    links = value if isinstance(value, list) else [value]
    alone = () if isinstance(value, list) else ("broken_link", "no_commitment", "no_draw")
    found = [
        f"[{problem.index}].{problem.field}: {problem.code}"
        for problem in audit(links)
        if problem.code not in alone
    ]
    records = [one["record"] for one in links
               if isinstance(one, dict) and isinstance(one.get("record"), dict)]  # fmt: skip
    for record in records:
        if record.get("kind") == "draw":
            found += replay(record)
    if not any(record.get("kind") in _FORGED for record in records):
        found.append("no draw")
    return found


@pytest.fixture(scope="session", name="product")
def product_fixture() -> Callable[[str | bytes], list[str]]:
    """Give the function that asks the product what is wrong."""
    return product


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


@pytest.fixture(scope="session")
def finds(checker: ModuleType) -> Callable[[str], list[list[str]]]:
    """Give a function that tells, once for every text, where verify_draw.py finds what."""

    @functools.cache
    def found(text: str) -> list[list[str]]:
        return [[one.where, one.code] for one in checker.verify(text.encode())]

    return found
