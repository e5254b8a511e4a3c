#!/usr/bin/env python3
"""核对双随机抽取记录 · Check the record of a random draw; needs Python 3.8 or newer, nothing else.

用法 Usage::

    python verify_draw.py draw.json [更多 more.json …] [--head HASH] [--chain] [--all]
    python verify_draw.py --nonce ROUND PARTY [--digest sm3] [--secret NONCE]

    --head HASH   公布或打印的最后一环哈希 / the hash of the last link as published or printed
    --chain       所有文件是一条完整的记录链 / the files together are one whole chain
    --all         列出每一处不同 / list every difference, not only the first ones
    --nonce       为参与方生成保密随机数和承诺 / make a party's secret nonce and its commitment
    --digest      哈希函数 the hash function: sha256, sm3
    --secret      由已有的随机数重算承诺 / compute the commitment of a nonce that exists

退出码 0 一致，1 有问题 · Exit status 0: all is right, 1: something is wrong.

方法 The method, all of it; every section below does one step
-----------------------------------------------------------
1. 读取 Reading. UTF-8 JSON 一环 {previous, record, hash}，或由环组成的数组（完整的链）。
   One link, or an array of links: a whole chain.
2. 哈希 Hashes. H 是记录中 digest 所写的 SHA-256 或 SM3 / H is what the field digest names.
   规范 JSON：键按码位排序，无空格，不转义汉字。
   Canonical JSON: keys sorted by code point, no spaces, characters unescaped.
   hash = H(previous + record)；record_hash = H(record 除去本项 without this field)；
   frame_hash = H(frame)；commitment = H(种子产生前已定的各项 all that was fixed before the seed).
3. 种子 Seed. 各方先公布承诺 every party publishes H(["xunge-nonce/2", round, name, nonce]) first;
   开启后 after the opening: seed = H(["xunge-seed/2", round, nonce…, 公开号码 public number]).
   没有参与方时种子如所写 / without parties the seed is the text that is written.
4. 名录 Frame. eligible 可抽，excluded 不抽并写明理由；编号取 NFC，按码位排序；
   大写后不得重复 / ids in NFC, sorted by code point, none twice in upper case.
5. 结转 Carried. 以前抽中未查的先列入，不用号码；每个占用一个名额：
   先占本层，再依次占 weighted、uniform、certainty。
   Drawn earlier and not yet visited: they come first, without a ticket. Each uses up one draw of
   its own stratum, else of weighted, uniform, certainty.
6. 号码 Tickets. H(NFC(seed ⏎ round ⏎ stratum ⏎ 大写编号 id in upper case))，256 位整数 an integer
   of 256 bits; u = ticket / 2^256. 有 permanent 时 with permanent:
   (H(permanent ⏎ stratum ⏎ id) - H(seed ⏎ round ⏎ stratum ⏎)) mod 2^256.
7. 三层依次抽取 Strata in turn: certainty, weighted, uniform。未抽满的名额转给下一层；uniform
   对所有尚未抽中的可抽对象 / what one cannot fill passes on; uniform is open to all not yet chosen.
   certainty, uniform: 号码小者先 / smallest ticket first, π = n / 人数 members.
   weighted (Pareto πps): π = n·w / Σw；π ≥ 1 者必中，其余重算 / those with π ≥ 1 are certain and
   the rest is computed anew. 按 by floor(2^256 · [u/(1-u)] / [π/(1-π)])，小者先 smallest first;
   相同时看号码、编号 ties by ticket, then by id. n = 0 时用 w 代替 π/(1-π)（w 通分为整数）/ with
   nothing to draw w takes the place of π/(1-π), scaled so that all weights are integers.
8. 概率 Chance of everyone: 1 - (1-π)(1-π_uniform)，12 位小数四舍五入 12 decimals, rounded half up.
   替补 Substitutes: 各层其后未抽中的前 50 个 / the next 50 of every stratum that were not selected.
9. 整条链 A whole chain. 每周只抽一次，重抽写明理由；先承诺后开启，不开启写明理由；
   替补按名单次序。One draw a week unless a reason is given; what is opened was committed; what is
   committed is opened or abandoned with a reason; substitutes come in the order of their lists.
"""

# ruff: noqa: B905 - the parameter strict of zip is younger than Python 3.8

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
import struct
import sys
import unicodedata
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Json = dict[str, Any]

METHOD = (
    "xunge-draw/2 tickets by SHA-256 or SM3; "
    "certainty and uniform by ticket; weighted by Pareto pi-ps"
)
DIGESTS = ("sha256", "sm3")
STRATA = ("certainty", "weighted", "uniform")
GENESIS = "0" * 64
SUBSTITUTES = 50
SHOWN = 20
LONGEST_NUMBER = 1000
DEEPEST = 50

TEXTS = {
    "no_file": ("文件打不开", "the file cannot be opened"),
    "not_utf8": ("文件不是 UTF-8 编码", "the file is not UTF-8"),
    "bom": ("文件开头多了 BOM：被另存过", "byte order mark: saved by another program"),
    "not_json": ("不是完整的 JSON", "not JSON"),
    "repeated_name": ("同一项写了两次", "the same field is written twice"),
    "bad_number": ("数字超出范围", "a number out of range"),
    "bad_text": ("含有不成对的 Unicode 代理码", "an unpaired Unicode surrogate"),
    "too_deep": ("嵌套层数过多", "nested too deeply"),
    "no_draw": ("没有可核对的抽取记录", "there is no draw to check"),
    "bad_link": ("不是记录链的一环", "not a link of the chain"),
    "unknown_digest": ("未写明或不认识的哈希函数", "no hash function that this program knows"),
    "changed_record": ("记录与其哈希不符：被改过", "the record was changed: this is not its hash"),
    "broken_link": ("此前的一环缺失、移动或被改过", "the link before is missing, moved or changed"),
    "short_chain": ("末环哈希与公布的不符", "the last hash is not the published one"),
    "second_draw": (
        "同一周抽取或承诺了第二次，未写理由",
        "the week was drawn or committed twice, no reason is given",
    ),
    "no_commitment": (
        "此前没有这项承诺，或它已开启、已放弃",
        "nothing of the kind was committed before, or it was opened or abandoned already",
    ),
    "unopened_commit": (
        "承诺后既未开启，也未写明理由放弃",
        "committed, but neither opened nor abandoned with a reason",
    ),
    "not_drawn": (
        "不是该次抽取的对象，或已被替换",
        "not an object of that draw, or replaced already",
    ),
    "no_substitute": ("名单中已没有替补", "nobody is left on the lists of substitutes"),
    "unknown_method": ("不是本程序核对的抽取方法", "not the method that this program checks"),
    "missing": ("缺少此项", "missing"),
    "extra": ("不应有此项", "should not be there"),
    "malformed": ("形式不对", "not of the right form"),
    "repeated_id": ("编号重复", "the id appears twice"),
    "count": ("个数不同", "another number of entries"),
    "differs": ("与重新算出的不同", "differs from what is computed again"),
}

SEED = ("record.commitment", "record.opening", "record.parties", "record.public", "record.seed")
PARTS = (  # what belongs to which line of the report
    ("记录哈希、链接 hash of record and link", ("hash", "previous", "record.record_hash")),
    ("承诺与种子 commitments and seed", SEED),
    ("名录及其哈希 frame and its hash", ("record.frame",)),
    ("结转 carried objects", ("record.carried", "record.dropped")),
    ("号码、排序、π tickets, ranks, π", ("record.strata",)),
    ("入选概率 chances", ("record.probability",)),
    ("抽中对象 selected objects", ("record.selected",)),
    ("替补 substitutes", ("record.substitutes",)),
    ("其他各项 all other fields", ("",)),
)
KINDS = {
    "commit": "承诺", "draw": "抽取", "abandon": "放弃", "substitute": "替补", "plan": "计划",
}  # fmt: skip


class Problem(NamedTuple):
    """What is wrong and where; *recorded* is what the file says, *drawn* what it should say."""

    where: str
    code: str
    recorded: str = ""
    drawn: str = ""

    def __str__(self) -> str:
        chinese, english = TEXTS[self.code]
        line = f"{self.where or '-'}: {chinese} {english}"
        if self.recorded:
            line += f"；记录 recorded: {self.recorded}"
        return line + (f"；应为 should be: {self.drawn}" if self.drawn else "")


class Unreadable(Exception):  # noqa: N818 - what it says is not always an error of the program
    """A file from which no JSON value can be read without doubt."""

    def __init__(self, code: str, found: str = "") -> None:
        super().__init__(code)
        self.problem = Problem("", code, found)


# 1. Reading ---------------------------------------------------------------------------------------


def read(data: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON value of a file, or raise Unreadable."""
    try:
        text = data.decode("utf-8")
        if text.startswith("\ufeff"):
            raise Unreadable("bom")
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_real,
            parse_constant=_constant,
        )  # fmt: skip
        refuse_deep(value)
        canonical(value)  # refuses unpaired surrogates
    except UnicodeDecodeError as error:
        raise Unreadable("not_utf8", f"byte {error.start}") from None
    except UnicodeEncodeError:
        raise Unreadable("bad_text") from None
    except json.JSONDecodeError as error:
        raise Unreadable("not_json", f"line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Unreadable("too_deep") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> Json:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        raise Unreadable("repeated_name", show(max(names, key=names.count)))
    return value


def refuse_deep(value: Any) -> None:  # noqa: ANN401 - JSON
    """Refuse what is nested deeper than any record."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise Unreadable("too_deep")
        holders = [one for one in level if isinstance(one, (dict, list))]
        level = [inner for one in holders
                 for inner in (one.values() if isinstance(one, dict) else one)]  # fmt: skip


def _integer(token: str) -> int:
    if len(token) > LONGEST_NUMBER:
        raise Unreadable("bad_number", token[:20])
    return int(token)


def _real(token: str) -> float:
    if len(token) > LONGEST_NUMBER or math.isinf(float(token)):
        raise Unreadable("bad_number", token[:20])
    return float(token)


def _constant(token: str) -> float:
    raise Unreadable("not_json", token)


# 2. Hashes ----------------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return JSON as the bytes that are hashed."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


class Digest:
    """The hash function that a record names."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.known: dict[bytes, str] = {}

    def of(self, data: bytes) -> str:
        """Return the hash in lower-case hexadecimal."""
        return self.known.get(data) or self.of_all([data])[0]

    def of_json(self, value: Any) -> str:  # noqa: ANN401 - JSON
        """Return the hash of canonical JSON."""
        return self.of(canonical(value))

    def of_all(self, many: list[bytes]) -> list[str]:
        """Return many hashes."""
        if self.name == "sm3":
            return sm3(many)
        return [hashlib.sha256(data).hexdigest() for data in many]

    def learn(self, many: list[bytes]) -> None:
        """Remember the hashes of long texts that will be asked for: together SM3 is quicker."""
        self.known.update(zip(many, self.of_all(many)))


SM3_START = (
    0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
)  # fmt: skip
TWICE = 2**32 + 1
SM3_TURNS = [
    (t << j % 32 | t >> 32 - j % 32) & 0xFFFFFFFF
    for j, t in enumerate([0x79CC4519] * 16 + [0x7A879D8A] * 48)
]


def sm3(messages: list[bytes]) -> list[str]:
    """Return the SM3 (GB/T 32905-2016) of messages, all of them in one go.

    Integers of Python are of any length. Here they consist of lanes of 64 bits, one for every
    message, with a word of 32 bits in the lower half; so one operation serves all messages.
    """
    padded = [
        data + b"\x80" + bytes(-(len(data) + 9) % 64) + struct.pack(">Q", 8 * len(data))
        for data in messages
    ]
    order = sorted(range(len(padded)), key=lambda index: -len(padded[index]))
    found = [""] * len(padded)
    state: list[int] = []
    lanes = at = 0
    while order:
        if lanes != len(order):  # the shortest, which are the uppermost lanes, are done
            lanes = len(order)
            ones = int.from_bytes(b"\1\0\0\0\0\0\0\0" * lanes, "little")
            mask = 0xFFFFFFFF * ones
            turns = [word * ones for word in SM3_TURNS]
            state = [word & mask for word in state] or [word * ones for word in SM3_START]
        words = zip(*(struct.unpack_from(">16I", padded[index], at) for index in order))
        block = [int.from_bytes(struct.pack(f"<{lanes}Q", *word), "little") for word in words]
        state = sm3_block(state, block, turns, mask)
        at += 64
        for lane in range(lanes - 1, -1, -1):
            if len(padded[order[lane]]) > at:
                break
            index = order.pop()
            found[index] = "".join(f"{word >> 64 * lane & 0xFFFFFFFF:08x}" for word in state)
    return found


def sm3_block(state: list[int], w: list[int], turns: list[int], mask: int) -> list[int]:
    """Return the state after one more block *w* of sixteen words in every lane.

    A word times TWICE stands in its lane twice: shifted to the right it is rotated to the left.
    """
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ (w[j - 3] * TWICE >> 17 & mask)
        xx = x * TWICE
        w.append((x ^ xx >> 17 ^ xx >> 9 ^ w[j - 13] * TWICE >> 25 ^ w[j - 6]) & mask)
    a, b, c, d, e, f, g, h = state
    for j, t in enumerate(turns):
        r = a * TWICE >> 20 & mask
        s = (r + e + t & mask) * TWICE >> 25 & mask
        if j < 16:
            ff, gg = a ^ b ^ c, e ^ f ^ g
        else:
            ff, gg = a ^ ((a ^ b) & (a ^ c)), g ^ (e & (f ^ g))
        x = gg + h + s + w[j] & mask
        d, c, b, a = c, b * TWICE >> 23 & mask, a, ff + d + (s ^ r) + (w[j] ^ w[j + 4]) & mask
        xx = x * TWICE
        h, g, f, e = g, f * TWICE >> 13 & mask, e, (x ^ xx >> 23 ^ xx >> 15) & mask
    return [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]


def is_hash(value: object) -> bool:
    """Tell whether a value is a hash of 256 bits in lower-case hexadecimal."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def check_link(link: Any) -> list[Problem]:  # noqa: ANN401 - JSON
    """Check one link by itself: its hash, and what its record says."""
    if not (isinstance(link, dict) and set(link) == {"previous", "record", "hash"}):
        return [Problem("", "bad_link", show(link), "{hash, previous, record}")]
    problems = [Problem(name, "bad_link", show(link[name]), "64 × 0-9a-f")
                for name in ("previous", "hash") if not is_hash(link[name])]  # fmt: skip
    record = link["record"]
    if not isinstance(record, dict) or not isinstance(record.get("kind"), str):
        return [*problems, Problem("record", "malformed", show(record))]
    if record.get("digest") not in list(DIGESTS):
        found = show(record.get("digest"))
        return [*problems, Problem("record.digest", "unknown_digest", found, ", ".join(DIGESTS))]
    digest = Digest(record["digest"])
    if not problems:
        data = link["previous"].encode() + canonical(record)
        digest.learn([data, *long_texts(record)])
        if link["hash"] != digest.of(data):
            problems.append(Problem("hash", "changed_record", link["hash"], digest.of(data)))
    return problems + check_record(record, digest)


def long_texts(record: Json) -> list[bytes]:
    """Return what is hashed of a draw besides the whole record."""
    if record["kind"] != "draw":
        return []
    body = {name: record[name] for name in record if name != "record_hash"}
    return [canonical(body), canonical(record.get("frame"))]


def check_record(record: Json, digest: Digest) -> list[Problem]:
    """Compute again what a record says; records of unknown kinds are held by their hash only."""
    kind = record["kind"]
    if kind not in FORMS:
        return []
    if kind in ("draw", "commit") and record.get("method") != METHOD:
        return [Problem("record.method", "unknown_method", show(record.get("method")), METHOD)]
    problems = list(misshapen("record", record, FORMS[kind])) or list(impossible(record))
    if problems:
        return problems
    if kind == "draw":
        again = redraw(record, digest)
    elif kind == "commit":
        again = committed(terms_of(record), "commit", digest)
    else:
        again = {name: record[name] for name in ("kind", "digest", *FORMS[kind])}
        again["round"] = nfc(record["round"])
    return list(differences("record", record, again))


# 3. Commitments and the seed ----------------------------------------------------------------------

TERMS: Json = {
    "round": str, "department": str, "created": str, "rules_version": str, "redraw_reason": str,
    "quota": {"certainty": int, "weighted": int, "uniform": int},
    "carried": [str], "permanent": str, "frame_hash": str,
    "parties": [{"name": str, "commitment": str}],
    "public": ({"name": str, "day": str},),
}  # fmt: skip
FORMS: Json = {
    "commit": {**TERMS, "commitment": str},
    "draw": {
        **TERMS, "seed": str, "opening": ({"nonces": [str], "public_number": str},),
        "frame": {
            "eligible": [{"id": str, "stratum": str, "weight": str, "why": str}],
            "excluded": [{"id": str, "reason": str, "detail": dict}],
        },
    },
    "abandon": {"round": str, "commitment": str, "reason": str, "created": str},
    "substitute": {
        "round": str, "draw": str, "object": str, "stratum": str, "substitute": str,
        "reason": str, "note": str, "created": str,
    },
}  # fmt: skip


def terms_of(record: Json) -> Json:
    """Return what was fixed before the seed existed, texts in NFC."""
    public = record["public"]
    return {
        "method": METHOD, "digest": record["digest"], "round": nfc(record["round"]),
        "department": record["department"], "created": record["created"],
        "rules_version": record["rules_version"], "redraw_reason": record["redraw_reason"],
        "quota": {name: record["quota"][name] for name in STRATA},
        "carried": record["carried"], "permanent": nfc(record["permanent"]),
        "frame_hash": record["frame_hash"],
        "parties": [{"name": nfc(one["name"]), "commitment": one["commitment"]}
                    for one in record["parties"]],
        "public": public and {"name": nfc(public["name"]), "day": nfc(public["day"])},
    }  # fmt: skip


def committed(terms: Json, kind: str, digest: Digest) -> Json:
    """Return terms with their commitment."""
    return {"kind": kind, **terms, "commitment": digest.of_json(terms)}


def party_commitment(round_: str, name: str, nonce: str, digest: Digest) -> str:
    """Return what a party publishes before it shows its nonce."""
    return digest.of_json(["xunge-nonce/2", nfc(round_), nfc(name), nfc(nonce)])


def open_terms(record: Json, frame: Json, digest: Digest) -> Json:
    """Return terms, commitment, opening and seed of a draw as they should be."""
    terms = terms_of(record)
    terms["frame_hash"] = digest.of_json(frame)
    opening, seed = record["opening"], nfc(record["seed"])
    if opening is not None:
        opening = {
            "nonces": [nfc(nonce) for nonce in opening["nonces"]],
            "public_number": nfc(opening["public_number"]),
        }
        for party, nonce in zip(terms["parties"], opening["nonces"]):
            party["commitment"] = party_commitment(terms["round"], party["name"], nonce, digest)
        seed = digest.of_json(
            ["xunge-seed/2", terms["round"], *opening["nonces"], opening["public_number"]]
        )
    return {**committed(terms, "draw", digest), "opening": opening, "seed": seed}


# 4. The form of records, and the frame ------------------------------------------------------------


def misshapen(where: str, value: Any, form: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON
    """Name everything that is not of a form; what is there beyond it is found later.

    A form is a type, an object of forms, a list of one form, or a tuple of one that may be null.
    """
    if isinstance(form, tuple):
        if value is None:
            return
        form = form[0]
    fits = type(value) is (form if isinstance(form, type) else type(form))
    if not fits:
        yield Problem(where, "malformed", show(value))
    elif isinstance(form, dict):
        for name in form:
            if name in value:
                yield from misshapen(f"{where}.{name}", value[name], form[name])
            else:
                yield Problem(f"{where}.{name}", "missing")
    elif isinstance(form, list):
        for index, one in enumerate(value):
            yield from misshapen(f"{where}[{index}]", one, form[0])


def impossible(record: Json) -> Iterator[Problem]:
    """Name everything that is of the right form and yet cannot be."""
    right = {"round": "\n" not in record["round"]}
    kind = record["kind"]
    if kind in ("abandon", "substitute"):
        right["reason"] = re.fullmatch("[ \t\r\n\u3000]*", record["reason"]) is None
    if kind in ("abandon", "commit"):
        right["commitment"] = is_hash(record["commitment"])
    if kind == "substitute":
        right["draw"] = is_hash(record["draw"])
    if kind == "commit":
        right["frame_hash"] = is_hash(record["frame_hash"])
    for name in right:
        if not right[name]:
            yield Problem(f"record.{name}", "malformed", show(record[name]))
    if kind in ("draw", "commit"):
        yield from impossible_terms(record)
    if kind == "draw":
        yield from impossible_frame(record["frame"])


def impossible_terms(record: Json) -> Iterator[Problem]:
    """Name quotas below zero and parties that do not fit the kind of draw."""
    for name in STRATA:
        if record["quota"][name] < 0:
            yield Problem(f"record.quota.{name}", "malformed", show(record["quota"][name]))
    parties, public, opening = record["parties"], record["public"], record.get("opening")
    if record["kind"] == "draw" and opening is None:  # a direct draw
        if parties:
            yield Problem("record.parties", "malformed", show(parties), "[]")
        if public is not None:
            yield Problem("record.public", "malformed", show(public), "null")
        return
    if len(parties) < 2:
        yield Problem("record.parties", "malformed", show(parties), "≥ 2")
    if not (public and public["name"]):
        yield Problem("record.public", "malformed", show(public))
    names = [nfc(one["name"]) for one in parties]
    for index, one in enumerate(parties):
        where = f"record.parties[{index}]"
        if not one["name"] or names[index] in names[:index]:
            yield Problem(f"{where}.name", "malformed", show(one["name"]))
        if not is_hash(one["commitment"]):
            yield Problem(f"{where}.commitment", "malformed", show(one["commitment"]))
    if opening is not None and not opening["public_number"]:
        yield Problem("record.opening.public_number", "malformed")
    nonces = parties if opening is None else opening["nonces"]
    if len(nonces) != len(parties) or not all(nonces):
        yield Problem("record.opening.nonces", "malformed", show(nonces), str(len(parties)))


def impossible_frame(frame: Json) -> Iterator[Problem]:
    """Name every entry of a frame from which nothing can be drawn."""
    seen: set[str] = set()
    for part in ("eligible", "excluded"):
        for index, one in enumerate(frame[part]):
            if upper(one["id"]) in seen:
                yield Problem(f"record.frame.{part}[{index}].id", "repeated_id", show(one["id"]))
            seen.add(upper(one["id"]))
            right = {"id": one["id"] and "\n" not in one["id"]}
            if part == "eligible":
                right["stratum"] = one["stratum"] in STRATA
                right["weight"] = weight(one["weight"]) > 0
            else:
                right["reason"] = one["reason"]
            for name in right:
                if not right[name]:
                    yield Problem(
                        f"record.frame.{part}[{index}].{name}", "malformed", show(one[name])
                    )


def weight(text: str) -> Fraction:
    """Return a weight such as ``2`` or ``1/2``, zero for what is none."""
    found = re.fullmatch("([0-9]{1,1000})(?:/([0-9]{1,1000}))?", text)
    if not found or int(found[2] or 1) == 0:
        return Fraction(0)
    return Fraction(int(found[1]), int(found[2] or 1))


def nfc(text: str) -> str:
    """Return Unicode normal form C."""
    return unicodedata.normalize("NFC", text)


def upper(id_: str) -> str:
    """Return the form in which ids are compared and hashed."""
    return nfc(nfc(id_).upper())


# 5. Carried objects -------------------------------------------------------------------------------


def carry(frame: Json, carried: list[str]) -> tuple[list[Json], list[Json]]:
    """Return the objects that are carried over, and those that no longer can be and why."""
    eligible = {upper(one["id"]): one for one in frame["eligible"]}
    excluded = {upper(one["id"]): one["reason"] for one in frame["excluded"]}
    kept: list[Json] = []
    dropped = []
    for id_ in carried:
        one = eligible.get(upper(id_))
        if one is None:
            dropped.append({"id": id_, "reason": excluded.get(upper(id_), "not_in_frame")})
        elif one not in kept:
            kept.append(one)
    return kept, dropped


def after_carried(quota: dict[str, int], kept: list[Json]) -> dict[str, int]:
    """Return how many draws every stratum has left."""
    left = dict(quota)
    for one in kept:
        for name in (one["stratum"], "weighted", "uniform", "certainty"):
            if left[name]:
                left[name] -= 1
                break
    return left


# 6. and 7. Tickets and strata ---------------------------------------------------------------------


class Place(NamedTuple):
    """One object in the order of a stratum: its place, its ticket, its chance."""

    key: int
    ticket: int
    id: str
    weight: str
    pi: Fraction


def tickets_of(record: Json, stratum: str, members: list[Json], digest: Digest) -> dict[str, int]:
    """Return the ticket of every member of a stratum."""
    lines = [upper(one["id"]) for one in members]
    turn = "\n".join((record["seed"], record["round"], stratum, ""))
    fixed = "\n".join((record["permanent"], stratum, ""))
    begin = fixed if record["permanent"] else turn
    found = digest.of_all([nfc(begin + line).encode("utf-8") for line in lines])
    start = int(digest.of(nfc(turn).encode("utf-8")), 16) if record["permanent"] else 0
    return {one["id"]: (int(number, 16) - start) % 2**256 for one, number in zip(members, found)}


def by_ticket(members: list[Json], tickets: dict[str, int], taken: int) -> Iterator[Place]:
    """Give everyone the same chance."""
    for one in members:
        number = tickets[one["id"]]
        yield Place(number, number, one["id"], "1", Fraction(taken, len(members)))


def by_pareto(members: list[Json], tickets: dict[str, int], taken: int) -> Iterator[Place]:
    """Give everyone a chance in proportion to the weight."""
    weights = {one["id"]: weight(one["weight"]) for one in members}
    certain: set[str] = set()
    while True:
        n = taken - len(certain)
        total = sum(weights[id_] for id_ in weights if id_ not in certain)
        more = {id_ for id_ in weights if id_ not in certain and n * weights[id_] >= total}
        if not n or not more:
            break
        certain |= more
    scale = common_denominator(weights.values())
    for one in members:
        id_, number, own = one["id"], tickets[one["id"]], weights[one["id"]]
        if id_ in certain:
            yield Place(-1, number, id_, str(own), Fraction(1))
            continue
        pi = n * own / total
        u = Fraction(number, 2**256)
        rank = u / (1 - u) / (pi / (1 - pi) if n else own * scale)
        yield Place(math.floor(2**256 * rank), number, id_, str(own), pi)


def common_denominator(weights: Iterable[Fraction]) -> int:
    """Return the number that makes all weights integers."""
    scale = 1
    for denominator in {one.denominator for one in weights}:
        scale = scale * denominator // math.gcd(scale, denominator)
    return scale


def redraw(record: Json, digest: Digest) -> Json:
    """Return the record as it should be."""
    frame = normal(record["frame"])
    terms = open_terms(record, frame, digest)
    kept, dropped = carry(frame, record["carried"])
    left = after_carried(record["quota"], kept)
    selected = [(one["id"], "carried") for one in kept]
    chosen = {id_ for id_, _ in selected}
    pool = [one for one in frame["eligible"] if one["id"] not in chosen]
    order: dict[str, list[Place]] = {}
    taken = {}
    passed_on = 0
    for name in STRATA:
        members = [one for one in pool
                   if one["id"] not in chosen and name in (one["stratum"], "uniform")]  # fmt: skip
        wanted = left[name] + passed_on
        taken[name] = min(wanted, len(members))
        passed_on = wanted - taken[name]
        tickets = tickets_of(terms, name, members, digest)
        rank = by_pareto if name == "weighted" else by_ticket
        order[name] = sorted(rank(members, tickets, taken[name]))
        winners = [place.id for place in order[name][: taken[name]]]
        chosen.update(winners)
        selected += [(id_, name) for id_ in winners]
    again = {
        **terms, "frame": frame, "dropped": dropped, **results(pool, order, taken, selected)
    }  # fmt: skip
    return {**again, "record_hash": digest.of_json(again)}


def normal(frame: Json) -> Json:
    """Return the frame with ids in NFC and in order, weights in lowest terms."""
    eligible = [
        {"id": nfc(one["id"]), "stratum": one["stratum"], "weight": str(weight(one["weight"])),
         "why": one["why"]}
        for one in frame["eligible"]
    ]  # fmt: skip
    excluded = [
        {"id": nfc(one["id"]), "reason": one["reason"], "detail": one["detail"]}
        for one in frame["excluded"]
    ]
    return {
        "eligible": sorted(eligible, key=lambda one: one["id"]),
        "excluded": sorted(excluded, key=lambda one: one["id"]),
    }


# 8. Results ---------------------------------------------------------------------------------------


def results(
    pool: list[Json],
    order: dict[str, list[Place]],
    taken: dict[str, int],
    selected: list[tuple[str, str]],
) -> Json:
    """Return what follows from the order of every stratum."""
    chosen = {id_ for id_, _ in selected}
    first = {place.id: place.pi for name in STRATA[:2] for place in order[name]}
    last = Fraction(taken["uniform"], max(1, len(order["uniform"])))
    return {
        "strata": {
            name: {
                "quota": taken[name],
                "entries": [
                    {"id": place.id, "weight": place.weight, "pi": decimal(place.pi),
                     "ticket": f"{place.ticket:064x}", "rank": rank}
                    for rank, place in enumerate(order[name], start=1)
                ],
            }
            for name in STRATA
        },
        "probability": {
            one["id"]: decimal(1 - (1 - first.get(one["id"], Fraction(0))) * (1 - last))
            for one in pool
        },
        "selected": [
            {"id": id_, "stratum": name, "order": number}
            for number, (id_, name) in enumerate(selected, start=1)
        ],
        "substitutes": {
            name: [place.id for place in order[name] if place.id not in chosen][:SUBSTITUTES]
            for name in STRATA
        },
    }  # fmt: skip


def decimal(value: Fraction) -> str:
    """Return a fraction from 0 to 1 with twelve decimals, rounded half up."""
    digits = str(math.floor(value * 10**12 + Fraction(1, 2))).zfill(13)
    return f"{digits[:-12]}.{digits[-12:]}"


def differences(where: str, recorded: Any, drawn: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON
    """Walk through two JSON values side by side and name every difference."""
    if isinstance(recorded, dict) and isinstance(drawn, dict):
        for name in sorted({*recorded, *drawn}):
            if name not in recorded:
                yield Problem(f"{where}.{name}", "missing", "", show(drawn[name]))
            elif name not in drawn:
                yield Problem(f"{where}.{name}", "extra", show(recorded[name]))
            else:
                yield from differences(f"{where}.{name}", recorded[name], drawn[name])
    elif isinstance(recorded, list) and isinstance(drawn, list):
        if len(recorded) != len(drawn):
            yield Problem(where, "count", str(len(recorded)), str(len(drawn)))
        for index in range(min(len(recorded), len(drawn))):
            yield from differences(f"{where}[{index}]", recorded[index], drawn[index])
    elif type(recorded) is not type(drawn) or recorded != drawn:
        yield Problem(where, "differs", show(recorded), show(drawn))


def show(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return a value as short text."""
    text = value if isinstance(value, str) and value.isprintable() else json.dumps(value)
    return (text if len(text) <= 100 else text[:99] + "…") or '""'


# 9. The chain -------------------------------------------------------------------------------------


def check_chain(links: list[Any], whole: bool, head: str) -> list[Problem]:
    """Check how links hang together; *whole*: none may be missing from the very first on."""
    problems = []
    previous = GENESIS if whole else ""
    rules = Rules(whole)
    for index, link in enumerate(links):
        if not isinstance(link, dict) or not is_hash(link.get("hash")):
            previous = ""
            continue
        if whole and previous and link.get("previous") != previous:
            problems.append(
                Problem(f"[{index}].previous", "broken_link", show(link.get("previous")), previous)
            )
        previous = link["hash"]
        problems += [found._replace(where=f"[{index}].{found.where}")
                     for found in rules.follow(index, link.get("record"), previous)]  # fmt: skip
    problems += rules.unopened()
    if not rules.kinds & set(FORMS):
        problems.append(Problem("", "no_draw"))
    if head and previous != head:
        problems.append(Problem("head", "short_chain", previous, head))
    return problems


class Commit:
    """A commitment, and whether it was opened or abandoned."""

    def __init__(self, index: int, round_: str, hash_: str) -> None:
        self.index, self.round, self.hash, self.pending = index, round_, hash_, True


class Drawn:
    """The objects of a draw with the list they come from, and who was replaced."""

    def __init__(self, record: Json) -> None:
        self.lists = {name: record["substitutes"][name] for name in STRATA}
        self.came_from = {one["id"]: one["stratum"] for one in record["selected"]}
        self.replaced: set[str] = set()

    def next(self, id_: str) -> tuple[str, str] | None:
        """Return list and id of the substitute that comes next, None if nobody is left."""
        for name in (self.came_from[id_], "weighted", "uniform", "certainty"):
            for new in self.lists.get(name, []):
                if new not in self.came_from:
                    return name, new
        return None


class Rules:
    """The rules of a whole chain, and what the links so far mean for those that follow."""

    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self.kinds: set[str] = set()
        self.weeks: set[tuple[str, str]] = set()
        self.rounds: list[tuple[int, str]] = []
        self.commits: list[Commit] = []
        self.draws: dict[str, tuple[str, Drawn | None]] = {}

    def follow(self, index: int, record: Any, hash_: str) -> Iterator[Problem]:  # noqa: ANN401
        """Name what a record may not say here."""
        kind = record.get("kind") if isinstance(record, dict) else None
        if not isinstance(kind, str):
            return
        self.kinds.add(kind)
        form = CHAINED.get(kind)
        if form is None or any(misshapen("", record, form)):
            return
        if kind in ("draw", "commit"):
            yield from self.second(kind, record)
            self.rounds.append((index, record["round"]))
        if kind == "commit":
            self.commits.append(Commit(index, record["round"], record["commitment"]))
        elif self.whole and kind == "substitute":
            yield from self.substitute(record)
        elif self.whole and (kind == "abandon" or record["opening"] is not None):
            yield from self.settle(record)
        if kind == "draw":
            drawn = None if any(misshapen("", record, DRAWN)) else Drawn(record)
            self.draws[hash_] = (record["round"], drawn)

    def second(self, kind: str, record: Json) -> Iterator[Problem]:
        """Allow one draw and one commitment a week, and others with a reason."""
        week = (kind, record["round"].split(".")[0])
        if week in self.weeks and not record["redraw_reason"]:
            yield Problem("record.round", "second_draw", record["round"])
        if self.whole or not record["redraw_reason"]:  # single files come in any order
            self.weeks.add(week)

    def settle(self, record: Json) -> Iterator[Problem]:
        """Find the commitment that a record opens or abandons."""
        for one in self.commits:
            if one.pending and (one.round, one.hash) == (record["round"], record["commitment"]):
                one.pending = False
                return
        yield Problem("record.commitment", "no_commitment", record["commitment"])

    def unopened(self) -> Iterator[Problem]:
        """Name commitments that neither were opened nor abandoned before another round began."""
        for one in self.commits:
            later = any(index > one.index and round_ != one.round for index, round_ in self.rounds)
            if self.whole and one.pending and later:
                yield Problem(f"[{one.index}].record.commitment", "unopened_commit", one.hash)

    def substitute(self, record: Json) -> Iterator[Problem]:
        """Allow the next of the lists of the draw in the place of one of its objects."""
        round_, drawn = self.draws.get(record["draw"], (None, None))
        if round_ != record["round"]:
            yield Problem("record.draw", "no_draw", show(record["draw"]))
        if round_ != record["round"] or drawn is None:
            return
        old = record["object"]
        if old not in drawn.came_from or old in drawn.replaced:
            yield Problem("record.object", "not_drawn", show(old))
            return
        following = drawn.next(old)
        if following is None:
            yield Problem("record.substitute", "no_substitute", show(record["substitute"]))
            return
        for name, wanted in zip(("stratum", "substitute"), following):
            if record[name] != wanted:
                yield Problem(f"record.{name}", "differs", show(record[name]), show(wanted))
        stratum, new = following
        drawn.replaced.add(old)
        drawn.came_from[new] = stratum


CHAINED: Json = {
    "commit": {"round": str, "commitment": str, "redraw_reason": str},
    "draw": {"round": str, "commitment": str, "redraw_reason": str, "opening": (dict,)},
    "abandon": {"round": str, "commitment": str},
    "substitute": FORMS["substitute"],
}
DRAWN: Json = {
    "selected": [{"id": str, "stratum": str}],
    "substitutes": {"certainty": [str], "weighted": [str], "uniform": [str]},
}


# The report ---------------------------------------------------------------------------------------


def links_of(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return the links of a file, which holds one or an array of them."""
    return value if isinstance(value, list) else [value]


def verify(data: bytes, head: str = "") -> list[Problem]:
    """Return everything that is wrong with one file, nothing if it is right."""
    try:
        value = read(data)
    except Unreadable as error:
        return [error.problem]
    whole = isinstance(value, list)
    problems = []
    for index, link in enumerate(links_of(value)):
        for problem in check_link(link):
            where = f"[{index}].{problem.where}".rstrip(".") if whole else problem.where
            problems.append(problem._replace(where=where))
    return problems + check_chain(links_of(value), whole, head)


def record_of(link: Any) -> Json:  # noqa: ANN401 - JSON
    """Return the record of a link, an empty one if it has none."""
    record = link.get("record") if isinstance(link, dict) else None
    return record if isinstance(record, dict) else {}


def report(name: str, link: Any, limit: int, links: list[Any]) -> int:  # noqa: ANN401 - JSON
    """Print what is right and wrong with one link; return how much is wrong."""
    rest = problems = check_link(link)
    record = record_of(link)
    kind = record.get("kind")
    kind = f"{KINDS[kind]} {kind}" if kind in list(KINDS) else show(kind)
    print(f"\n{name}  类别 kind {kind}  轮次 round {show(record.get('round'))}")
    several = {"draw": PARTS, "commit": (*PARTS[:2], PARTS[-1])}
    for title, prefixes in several.get(str(record.get("kind")), (PARTS[0], PARTS[-1])):
        wrong = [problem for problem in rest if problem.where.startswith(prefixes)]
        rest = [problem for problem in rest if not problem.where.startswith(prefixes)]
        print(f"  [{'x' if wrong else 'ok'}] {title}" + (f": {len(wrong)}" if wrong else ""))
        list_problems(wrong, limit)
    if not problems:
        print(f"  本环哈希 this link        {link['hash']}")
        print(f"  前环哈希 the link before  {link['previous']}")
        for line in SAYS.get(record["kind"], says_nothing)(record, links):
            print(f"  {line}")
    return len(problems)


def says_nothing(_record: Json, _links: list[Any]) -> list[str]:
    """Return what a record of unknown kind says."""
    return ["只核对哈希 held by its hash only"]


def says_commit(record: Json, links: list[Any]) -> list[str]:
    """Return what was committed, by whom, and what became of it."""
    lines = [
        f"承诺 commitment     {record['commitment']}",
        f"名录哈希 frame hash {record['frame_hash']}",
        "名额 quota          " + ", ".join(f"{name} {record['quota'][name]}" for name in STRATA),
    ]
    for one in record["parties"]:
        lines.append(f"参与方 party {one['name']}：承诺 commitment {one['commitment']}")
    public = record["public"]
    lines.append(f"公开号码 public number  {public['name']}，{public['day']}")
    state = "尚未开启 not opened in these files"
    for other in map(record_of, links):
        if [other.get(name) for name in ("round", "commitment")] == [
            record["round"], record["commitment"],
        ]:  # fmt: skip
            if other.get("kind") == "draw":
                state = "已开启 opened"
            elif other.get("kind") == "abandon":
                state = f"已放弃 abandoned: {show(other.get('reason'))}"
    return [*lines, f"状态 state  {state}"]


def says_draw(record: Json, _links: list[Any]) -> list[str]:
    """Return where the seed comes from and who was selected."""
    lines = []
    opening = record["opening"]
    if opening is None:
        lines.append("直接抽取：种子没有事先承诺 direct draw: nobody committed to the seed")
    else:
        for one, nonce in zip(record["parties"], opening["nonces"]):
            lines.append(f"参与方 party {one['name']}")
            lines.append(f"    先公布的承诺 committed {one['commitment']}")
            lines.append(f"    后公开的随机数 nonce   {show(nonce)}")
        public = record["public"]
        lines.append(f"公开号码 public number  {public['name']}，{public['day']}："
                     f"{show(opening['public_number'])}")  # fmt: skip
        lines.append(f"承诺 commitment  {record['commitment']}")
        lines.append("    承诺是否在先：看整条链或公告 committed before? see chain or notice")
        lines.append("种子由以上各数算出 the seed follows from these numbers:")
    lines += [f"种子 seed  {show(record['seed'])}", "抽中对象 selected objects"]
    return lines + [
        f"{one['order']:>5}  {one['id']}  {one['stratum']}" for one in record["selected"]
    ]


def says_abandon(record: Json, _links: list[Any]) -> list[str]:
    """Return what will not be opened and why."""
    return [
        f"放弃的承诺 abandoned commitment {record['commitment']}",
        f"理由 reason  {show(record['reason'])}",
    ]


def says_substitute(record: Json, _links: list[Any]) -> list[str]:
    """Return who replaces whom and why."""
    note = f"（{show(record['note'])}）" if record["note"] else ""
    return [
        f"{record['object']} → {record['substitute']}  {record['stratum']}",
        f"理由 reason  {show(record['reason'])}{note}",
    ]


SAYS = {
    "commit": says_commit, "draw": says_draw, "abandon": says_abandon,
    "substitute": says_substitute,
}  # fmt: skip


def list_problems(problems: list[Problem], limit: int) -> None:
    """Print problems, no more than *limit*."""
    for problem in problems[:limit]:
        print(f"       {problem}")
    if len(problems) > limit:
        print(f"       … 另有 {len(problems) - limit} 处 more (--all)")


VALUES = {"--head": 1, "--chain": 0, "--all": 0, "--nonce": 2, "--digest": 1, "--secret": 1}


def options_of(arguments: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the files and the options of a command line; raise ValueError on what is unknown."""
    files: list[str] = []
    options: dict[str, list[str]] = {}
    rest = iter(arguments)
    for argument in rest:
        if argument.startswith("--"):
            if argument not in VALUES:
                raise ValueError(argument)
            options[argument] = [value for _, value in zip(range(VALUES[argument]), rest)]
            if len(options[argument]) < VALUES[argument]:
                raise ValueError(argument)
        else:
            files.append(argument)
    digest = options.get("--digest", ["sha256"])[0]
    if bool(files) == ("--nonce" in options) or digest not in DIGESTS:
        raise ValueError
    return files, options


def check_files(names: list[str], options: dict[str, list[str]]) -> bool:
    """Check files and report; tell whether all is right."""
    limit = 10**9 if "--all" in options else SHOWN
    head = options.get("--head", [""])[0].lower()
    count = 0
    named: list[tuple[str, Any]] = []
    whole = "--chain" in options
    for name in names:
        try:
            value = read(Path(name).read_bytes())
        except (OSError, Unreadable) as error:
            found = error.problem if isinstance(error, Unreadable) else Problem("", "no_file")
            print(f"\n{name}\n  [x] {found}")
            count += 1
            continue
        whole = whole or isinstance(value, list)
        named += [(f"{name}[{index}]" if isinstance(value, list) else name, link)
                  for index, link in enumerate(links_of(value))]  # fmt: skip
    links = [link for _, link in named]
    count += sum(report(name, link, limit, links) for name, link in named)
    chain = check_chain(links, whole, head) if links or not count else []
    if chain:
        print("\n记录链 chain")
        list_problems(chain, limit)
    count += len(chain)
    if count:
        print(f"\n不一致 WRONG: {count} 处问题 problem(s)")
    elif any(record_of(link).get("kind") == "draw" for link in links):
        print("\n一致 VERIFIED: 按记录重新抽取，结果相同 drawn again from the record, same result")
    else:
        print("\n一致 VERIFIED: 与其哈希相符，其中没有抽取 fits its hash; there is no draw in it")
    return not count


def make_nonce(round_: str, party: str, digest: str, secret: str) -> None:
    """Print a nonce and what a party publishes of it."""
    nonce = secret or secrets.token_hex(16)
    commitment = party_commitment(round_, party, nonce, Digest(digest))
    for title, value, what in (
        ("轮次 round", round_, ""),
        ("参与方 party", party, ""),
        ("哈希 digest", digest, ""),
        ("随机数 nonce", nonce, "开启前保密 keep it secret until the opening"),
        ("承诺 commitment", commitment, "现在公布 publish it now"),
    ):
        print(f"{title}: {nfc(value)}" + (f"   （{what}）" if what else ""))


def main(arguments: list[str]) -> int:
    """Check the files of a command line; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a character
    try:
        names, options = options_of(arguments)
    except ValueError:
        print(__doc__)
        return 1
    if "--nonce" in options:
        round_, party = options["--nonce"]
        digest, secret = (options.get(name, [none])[0]
                          for name, none in (("--digest", "sha256"), ("--secret", "")))  # fmt: skip
        make_nonce(round_, party, digest, secret)
        return 0
    return 0 if check_files(names, options) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
