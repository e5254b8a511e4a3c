#!/usr/bin/env python3
"""核对双随机抽取记录 · Check the record of a random draw; needs Python 3.8 or newer, nothing else.

用法 Usage::

    python verify_draw.py draw.json [更多 more.json …] [--head HASH] [--chain] [--all]

    --head HASH   公布或打印的最后一环哈希 / the hash of the last link as published or printed
    --chain       所有文件是一条完整的记录链 / the files together are one whole chain
    --all         列出每一处不同 / list every difference, not only the first ones

退出码 0 一致，1 有问题 · Exit status 0: all is right, 1: something is wrong.

方法 The method, all of it; every section below does one step
-----------------------------------------------------------
1. 读取 Reading. UTF-8 JSON 一环 {previous, record, hash}，或由环组成的数组（完整的链）。
   One link, or an array of links: a whole chain.
2. 哈希 Hashes. 规范 JSON：键按码位排序，无空格，不转义汉字。
   Canonical JSON: keys sorted by code point, no spaces, characters unescaped.
   hash = SHA-256(previous + record)；record_sha256 = SHA-256(record 除去本项 without this field)；
   frame_sha256 = SHA-256(frame).
3. 名录 Frame. eligible 可抽，excluded 不抽并写明理由；编号取 NFC，按码位排序；
   大写后不得重复 / ids in NFC, sorted by code point, none twice in upper case.
4. 结转 Carried. 以前抽中未查的先列入，不用号码；每个占用一个名额：
   先占本层，再依次占 weighted、uniform、certainty。
   Drawn earlier and not yet visited: they come first, without a ticket. Each uses up one draw of
   its own stratum, else of weighted, uniform, certainty.
5. 号码 Tickets. SHA-256(NFC(seed ⏎ round ⏎ stratum ⏎ 大写编号 id in upper case))，256 位整数 an
   integer of 256 bits; u = ticket / 2^256.
6. 三层依次抽取 Strata in turn: certainty, weighted, uniform。未抽满的名额转给下一层；uniform
   对所有尚未抽中的可抽对象 / what one cannot fill passes on; uniform is open to all not yet chosen.
   certainty, uniform: 号码小者先 / smallest ticket first, π = n / 人数 members.
   weighted (Pareto πps): π = n·w / Σw；π ≥ 1 者必中，其余重算 / those with π ≥ 1 are certain and
   the rest is computed anew. 按 by floor(2^256 · [u/(1-u)] / [π/(1-π)])，小者先 smallest first;
   相同时看号码、编号 ties by ticket, then by id. n = 0 时用 w 代替 π/(1-π)（w 通分为整数）/ with
   nothing to draw w takes the place of π/(1-π), scaled so that all weights are integers.
7. 概率 Chance of everyone: 1 - (1-π)(1-π_uniform)，12 位小数四舍五入 12 decimals, rounded half up.
   替补 Substitutes: 各层其后未抽中的前 50 个 / the next 50 of every stratum that were not selected.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
import unicodedata
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Json = dict[str, Any]

METHOD = "xunge-draw/1 SHA-256 tickets; certainty and uniform by ticket; weighted by Pareto pi-ps"
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
    "no_draw": ("没有抽取记录可核对", "there is no draw to check"),
    "bad_link": ("不是记录链的一环", "not a link of the chain"),
    "changed_record": ("记录与其哈希不符：被改过", "the record was changed: this is not its hash"),
    "broken_link": ("此前的一环缺失、移动或被改过", "the link before is missing, moved or changed"),
    "short_chain": ("末环哈希与公布的不符", "the last hash is not the published one"),
    "second_draw": ("同一轮抽了第二次，未写理由", "the round was drawn twice, no reason is given"),
    "unknown_method": ("不是本程序核对的抽取方法", "not the method that this program checks"),
    "missing": ("缺少此项", "missing"),
    "extra": ("不应有此项", "should not be there"),
    "malformed": ("形式不对", "not of the right form"),
    "repeated_id": ("编号重复", "the id appears twice"),
    "count": ("个数不同", "another number of entries"),
    "differs": ("与重新抽取的不同", "differs from what is drawn again"),
}

PARTS = (  # what belongs to which line of the report
    ("记录哈希、链接 hash of record and link", ("hash", "previous", "record.record_sha256")),
    ("名录及其哈希 frame and its hash", ("record.frame",)),
    ("结转 carried objects", ("record.carried", "record.dropped")),
    ("号码、排序、π tickets, ranks, π", ("record.strata",)),
    ("入选概率 chances", ("record.probability",)),
    ("抽中对象 selected objects", ("record.selected",)),
    ("替补 substitutes", ("record.substitutes",)),
    ("其他各项 all other fields", ("",)),
)


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


# 2. Hashes and the chain --------------------------------------------------------------------------


def canonical(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return JSON as the bytes that are hashed."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def sha256(data: bytes) -> str:
    """Return the hash in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def is_hash(value: object) -> bool:
    """Tell whether a value is a SHA-256 in lower-case hexadecimal."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def check_link(link: Any) -> list[Problem]:  # noqa: ANN401 - JSON
    """Check one link by itself: its hash, and its draw if it holds one."""
    if not (isinstance(link, dict) and set(link) == {"previous", "record", "hash"}):
        return [Problem("", "bad_link", show(link), "{hash, previous, record}")]
    problems = [Problem(name, "bad_link", show(link[name]), "SHA-256")
                for name in ("previous", "hash") if not is_hash(link[name])]  # fmt: skip
    if not problems:
        expected = sha256(link["previous"].encode() + canonical(link["record"]))
        if link["hash"] != expected:
            problems.append(Problem("hash", "changed_record", link["hash"], expected))
    return problems + check_record(link["record"])


def check_record(record: Any) -> list[Problem]:  # noqa: ANN401 - JSON
    """Draw again what a record says; records of another kind are held by their hash only."""
    if not isinstance(record, dict) or not isinstance(record.get("kind"), str):
        return [Problem("record", "malformed", show(record))]
    if record["kind"] != "draw":
        return []
    if record.get("method") != METHOD:
        return [Problem("record.method", "unknown_method", show(record.get("method")), METHOD)]
    problems = list(misshapen("record", record, INPUTS)) or list(impossible(record))
    return problems or list(differences("record", record, redraw(record)))


def check_chain(links: list[Any], whole: bool, head: str) -> list[Problem]:
    """Check how links hang together; *whole*: none may be missing from the very first on."""
    problems = []
    drawn: set[str] = set()
    previous = GENESIS if whole else ""
    for index, link in enumerate(links):
        if not isinstance(link, dict) or not is_hash(link.get("hash")):
            previous = ""
            continue
        if whole and previous and link.get("previous") != previous:
            problems.append(
                Problem(f"[{index}].previous", "broken_link", show(link.get("previous")), previous)
            )
        previous = link["hash"]
        record = link.get("record")
        if isinstance(record, dict) and record.get("kind") == "draw":
            name = str(record.get("round"))
            if name in drawn and not record.get("redraw_reason"):
                problems.append(Problem(f"[{index}].record.round", "second_draw", name))
            drawn.add(name)
    if not drawn:
        problems.append(Problem("", "no_draw"))
    if head and previous != head:
        problems.append(Problem("head", "short_chain", previous, head))
    return problems


# 3. The frame, and everything else the draw depends on --------------------------------------------

INPUTS: Json = {
    "round": str, "seed": str, "created": str, "rules_version": str, "redraw_reason": str,
    "quota": {"certainty": int, "weighted": int, "uniform": int},
    "carried": [str],
    "frame": {
        "eligible": [{"id": str, "stratum": str, "weight": str}],
        "excluded": [{"id": str, "reason": str, "detail": dict}],
    },
}  # fmt: skip


def misshapen(where: str, value: Any, form: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON
    """Name everything that is not of the form of INPUTS; what is there beyond it is found later."""
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
    """Name every input from which nothing can be drawn."""
    if "\n" in record["round"]:
        yield Problem("record.round", "malformed", show(record["round"]))
    for name in STRATA:
        if record["quota"][name] < 0:
            yield Problem(f"record.quota.{name}", "malformed", show(record["quota"][name]))
    seen: set[str] = set()
    for part in ("eligible", "excluded"):
        for index, one in enumerate(record["frame"][part]):
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


# 4. Carried objects -------------------------------------------------------------------------------


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


# 5. and 6. Tickets and strata ---------------------------------------------------------------------


class Place(NamedTuple):
    """One object in the order of a stratum: its place, its ticket, its chance."""

    key: int
    ticket: int
    id: str
    weight: str
    pi: Fraction


def ticket(record: Json, stratum: str, id_: str) -> int:
    """Return the ticket of an object."""
    text = nfc("\n".join((record["seed"], record["round"], stratum, upper(id_))))
    return int(sha256(text.encode("utf-8")), 16)


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


def redraw(record: Json) -> Json:
    """Return the record as it should be."""
    frame = normal(record["frame"])
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
        tickets = {one["id"]: ticket(record, name, one["id"]) for one in members}
        rank = by_pareto if name == "weighted" else by_ticket
        order[name] = sorted(rank(members, tickets, taken[name]))
        winners = [place.id for place in order[name][: taken[name]]]
        chosen.update(winners)
        selected += [(id_, name) for id_ in winners]
    again = {
        "kind": "draw", "method": METHOD, "round": nfc(record["round"]),
        "seed": nfc(record["seed"]), "created": record["created"],
        "rules_version": record["rules_version"], "redraw_reason": record["redraw_reason"],
        "quota": {name: record["quota"][name] for name in STRATA},
        "carried": record["carried"], "dropped": dropped, "frame": frame,
        "frame_sha256": sha256(canonical(frame)),
        **results(pool, order, taken, selected),
    }  # fmt: skip
    return {**again, "record_sha256": sha256(canonical(again))}


def normal(frame: Json) -> Json:
    """Return the frame with ids in NFC and in order, weights in lowest terms."""
    eligible = [
        {"id": nfc(one["id"]), "stratum": one["stratum"], "weight": str(weight(one["weight"]))}
        for one in frame["eligible"]
    ]
    excluded = [
        {"id": nfc(one["id"]), "reason": one["reason"], "detail": one["detail"]}
        for one in frame["excluded"]
    ]
    return {
        "eligible": sorted(eligible, key=lambda one: one["id"]),
        "excluded": sorted(excluded, key=lambda one: one["id"]),
    }


# 7. Results ---------------------------------------------------------------------------------------


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


def report(name: str, link: Any, limit: int) -> int:  # noqa: ANN401 - JSON
    """Print what is right and wrong with one link; return how much is wrong."""
    rest = problems = check_link(link)
    record = link.get("record") if isinstance(link, dict) else None
    record = record if isinstance(record, dict) else {}
    is_draw = record.get("kind") == "draw"
    print(f"\n{name}  类别 kind {show(record.get('kind'))}  轮次 round {show(record.get('round'))}")
    for title, prefixes in PARTS if is_draw else (PARTS[0], PARTS[-1]):
        wrong = [problem for problem in rest if problem.where.startswith(prefixes)]
        rest = [problem for problem in rest if not problem.where.startswith(prefixes)]
        print(f"  [{'x' if wrong else 'ok'}] {title}" + (f": {len(wrong)}" if wrong else ""))
        list_problems(wrong, limit)
    if not problems:
        print(f"  本环哈希 this link        {link['hash']}")
        print(f"  前环哈希 the link before  {link['previous']}")
    if not problems and is_draw:
        print(f"  种子 seed  {show(record['seed'])}\n  抽中对象 selected objects")
        for one in record["selected"]:
            print(f"  {one['order']:>5}  {one['id']}  {one['stratum']}")
    return len(problems)


def list_problems(problems: list[Problem], limit: int) -> None:
    """Print problems, no more than *limit*."""
    for problem in problems[:limit]:
        print(f"       {problem}")
    if len(problems) > limit:
        print(f"       … 另有 {len(problems) - limit} 处 more (--all)")


def options_of(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the files and the options of a command line; raise ValueError on what is unknown."""
    files, options = [], {"--head": "", "--chain": "", "--all": ""}
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("--"):
            files.append(argument)
        elif argument not in options:
            raise ValueError(argument)
        else:
            options[argument] = next(rest, "-").lower() if argument == "--head" else "yes"
    if not files:
        raise ValueError
    return files, options


def check_files(names: list[str], options: dict[str, str]) -> int:
    """Check files and report; return how much is wrong."""
    limit = 10**9 if options["--all"] else SHOWN
    count = 0
    links: list[Any] = []
    whole = bool(options["--chain"])
    for name in names:
        try:
            value = read(Path(name).read_bytes())
        except (OSError, Unreadable) as error:
            found = error.problem if isinstance(error, Unreadable) else Problem("", "no_file")
            print(f"\n{name}\n  [x] {found}")
            count += 1
            continue
        whole = whole or isinstance(value, list)
        for index, link in enumerate(links_of(value)):
            count += report(f"{name}[{index}]" if isinstance(value, list) else name, link, limit)
        links += links_of(value)
    chain = check_chain(links, whole, options["--head"]) if links or not count else []
    if chain:
        print("\n记录链 chain")
        list_problems(chain, limit)
    return count + len(chain)


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
    count = check_files(names, options)
    if count:
        print(f"\n不一致 WRONG: {count} 处问题 problem(s)")
    else:
        print("\n一致 VERIFIED: 按记录重新抽取，结果相同 drawn again from the record, same result")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
