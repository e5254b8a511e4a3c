"""Write the published test vectors of the draw: ``python tests/scheduler/make_draw_vectors.py``.

Right files are drawn by the product; both checkers, which do not know it, have to accept them.
Wrong ones are a right file with one other value, and the place that a checker has to name.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from scheduler.candidates import Candidate, frame_json, ordered
from scheduler.draw import commit, draw, open_draw
from scheduler.ledger import GENESIS, link
from scheduler.terms import Party, PublicNumber, nonce_commitment

TARGET = Path(__file__).parents[1] / "data" / "draw_vectors.json"
ABOUT = {
    "zh": "抽取方法 xunge-draw/2 的测试向量，见 docs/draw.md。right：每个 file 都是正确的抽取、承诺"
    "或整条记录链；wrong：把 of 的 path 处改为 value（null 为删除），核对程序必须指出 where。",
    "en": "Test vectors of the method xunge-draw/2, see docs/draw.md. right: every file is a right "
    "draw.json, a commitment or a whole chain; wrong: with value at path of the file named by of "
    "(null: removed) a checker must name where.",
}
PARTIES = {
    "县应急管理局": "9f86d081884c7d659a2feaa0c55ad015",
    "县监察委员会": "2c26b46b68ffc68ff99b453c1d304134",
}
PUBLIC = PublicNumber(name="福彩双色球第2026136期", day="2026-11-24")
NUMBER = "03 07 11 19 22 30 + 08"
FEW = ("企业01=1", "企业02=2", "企业03=4", "企业04=8")
REDRAWN = ("企业01=1", "企业02=1", "企业03=2", "企业04=2")
KEYS = {"重点": "certainty", "商铺": "uniform"}


def pool(*texts: str, stratum: str = "") -> list[Candidate]:
    """Return eligible objects, each written ``id=weight``; some ids tell their stratum."""
    found = []
    for text in texts:
        id_, _, weight = text.partition("=")
        own = stratum or KEYS.get(id_[:2], "weighted")
        why = "key_class" if own == "certainty" else ""
        found.append(Candidate(id=id_, stratum=own, weight=Fraction(weight or 1), why=why))
    return found


def many(name: str, count: int) -> list[str]:
    """Return ids that are numbered from 01."""
    return [f"{name}{number:02d}" for number in range(1, count + 1)]


def left_out(id_: str, reason: str, **detail: Any) -> Candidate:
    """Return an excluded object."""
    return Candidate(id=id_, reason_excluded=reason, detail=detail)


def options(certainty: int, weighted: int, uniform: int, **more: Any) -> dict[str, Any]:
    """Return the quota and other terms of a round."""
    quota = {"certainty": certainty, "weighted": weighted, "uniform": uniform}
    return {"round_id": "2026-W48", "created": "2026-11-23", "quota": quota, **more}


def direct(frame: list[Candidate], terms: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a direct draw."""
    return draw(frame, **{"seed": "公开种子 2026-11-20", **terms}).to_json()


def committed(frame: list[Candidate], terms: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a commitment of all parties."""
    digest, round_id = terms.get("digest", "sha256"), terms["round_id"]
    parties = [
        Party(name=name, commitment=nonce_commitment(
            nonce, party=name, round_id=round_id, digest=digest))
        for name, nonce in PARTIES.items()
    ]  # fmt: skip
    return commit(frame, parties=parties, public=PUBLIC, **terms).commit_record()


def opened(frame: list[Candidate], terms: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the draw that opens the commitment of the same frame and terms."""
    return open_draw(
        committed(frame, terms), frame_json(ordered(frame)), nonces=list(PARTIES.values()),
        public_number=NUMBER,
    ).to_json()  # fmt: skip


def chained(*records: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a chain; the ``draw`` of a record may be the position of the link of that draw."""
    links: list[dict[str, Any]] = []
    for record in records:
        if isinstance(record.get("draw"), int):
            record = {**record, "draw": links[record["draw"]]["hash"]}
        links.append(link(links[-1]["hash"] if links else GENESIS, record=record))
    return links


def whole_chain() -> list[dict[str, Any]]:
    """Return commit, draw, plan, two substitutes; commit, abandon; direct draw and its redraw."""
    frame, terms = pool(*FEW, *many("商铺", 4)), options(0, 2, 1)
    drawn = opened(frame, terms)
    old = drawn["selected"][0]["id"]
    new, newer = drawn["substitutes"]["weighted"][:2]
    said = {"kind": "substitute", "digest": "sha256", "round": "2026-W48", "draw": 1,
            "stratum": "weighted", "created": "2026-11-26"}  # fmt: skip
    second = {**terms, "round_id": "2026-W49", "digest": "sm3", "created": "2026-11-30"}
    third = {**terms, "round_id": "2026-W49", "created": "2026-12-01"}
    redraw = {**third, "round_id": "2026-W49.2", "redraw_reason": "名录有误"}
    given_up = committed(frame, second)
    return chained(
        committed(frame, terms), drawn,
        {"kind": "plan", "digest": "sha256", "round": "2026-W48", "draw": 1,
         "files": {"任务单/1.pdf": "ab" * 32}},
        {**said, "object": old, "substitute": new, "reason": "closed", "note": "大门紧闭"},
        {**said, "object": new, "substitute": newer, "reason": "moved", "note": ""},
        given_up,
        {"kind": "abandon", "digest": "sm3", "round": "2026-W49", "reason": "开奖推迟",
         "commitment": given_up["commitment"], "created": "2026-12-01"},
        direct(frame, third), direct(frame, redraw),
    )  # fmt: skip


def right() -> list[tuple[str, str, str, Any]]:
    """Return name, Chinese and English description, and the record or chain of every right file."""
    weights = [f"{id_}={weight}" for id_, weight in zip(
        many("企业", 12), (1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8), strict=True)]  # fmt: skip
    certain = [f"{id_}={weight}" for id_, weight in zip(
        many("企业", 7), (100, 40, 1, 1, 2, 2, 8), strict=True)]  # fmt: skip
    strange = {
        "说明": '“停产”\t/\\"\u2028', "比例": 0.5, "整": 2.0, "天数": 30, "大": 1e16, "小": 1e-07,
        "长": 10**25, "空": None, "真": True, "列": [1, [], {}],
    }  # fmt: skip
    unicode_ids = [
        "91430100ma4l0abc1x", "ＡＢＣ１".lower(), "cafe\u0301", "straße", "企业", "\uf900",
        "\uac00", "\u1103\u1161", "ﬁ", "\uff5e", "😀", "𠮷野家",
    ]  # fmt: skip
    two = pool(*FEW, *many("重点", 2), *many("商铺", 3))
    return [
        ("certainty", "重点层：号码小者先", "Key class by ticket",
         direct(pool(*many("重点", 5)), options(2, 0, 0))),
        ("weighted", "加权层：权数 1、2、4、8，n = 4", "Weighted: weights 1, 2, 4, 8 and n = 4",
         direct(pool(*weights), options(0, 4, 0))),
        ("uniform", "等概率层", "Equal chances", direct(pool(*many("商铺", 7)), options(0, 0, 3))),
        ("strata_in_turn", "三层依次抽取，未抽满的名额转给下一层",
         "Three strata in turn; what one cannot fill passes on",
         direct(pool("企业01=1", "企业02=2", "企业03=3", *many("商铺", 4), *many("重点", 2)),
                options(3, 2, 2))),
        ("carried", "结转：大小写不同、重复、已除名、不在名录；占用名额",
         "Carried over: in other letters, twice, excluded, not in the frame; they use up draws",
         direct([*pool("hn-007a", stratum="certainty"), *pool("企业01=1", "企业02=2", "企业03=4"),
                 left_out("HN-008", "cooldown", last="2026-10-30")],
                options(1, 2, 0, carried=["HN-007A", "企业03", "hn-007a", "hn-008", "企业99"]))),
        ("carried_beyond_quota", "结转多于名额：全部保留",
         "More carried over than draws: all are kept",
         direct(pool(*many("企业", 5)), options(0, 1, 1, carried=["企业05", "企业02", "企业03"]))),
        ("excluded", "不抽的对象：理由和数据；数字、空值、转义",
         "Left out: reasons and data; numbers, null, escapes",
         direct([*pool("企业01=1", "企业02=2"), left_out("超次厂", "cap_reached", visits=2, cap=2),
                 left_out("停产厂", "suspended", **strange)], options(0, 1, 0))),
        ("certain_units", "π ≥ 1 者必中，其余重算", "π ≥ 1: certain, the rest anew",
         direct(pool(*certain), options(0, 4, 0))),
        ("everyone", "名额不少于人数：人人必中", "As many draws as objects: all are certain",
         direct(pool("企业01=1", "企业02=1", "企业03=1/2", "企业04=3/2", f"唯一={10**30}"),
                options(0, 5, 0))),
        ("nothing_to_draw", "加权层名额为零：替补按权数排",
         "No draw in the weighted stratum: substitutes by weight",
         direct(pool(*FEW, "企业05=16"), options(0, 0, 1))),
        ("ties", "权数相同：只看号码；必中者之间也只看号码",
         "Equal weights: tickets decide, also among the certain ones",
         direct(pool("企业01=9", "企业02=9", "企业03=9", "企业04", "企业05", "企业06"),
                options(0, 4, 0))),
        ("fractions", "权数为分数", "Weights that are fractions",
         direct(pool("企业01=1/2", "企业02=1/3", "企业03=7/5", "企业04=2", "企业05=22/7"),
                options(0, 2, 1))),
        ("normalisation",
         "编号：NFC、小写、全角、ß、兼容汉字、扩展区汉字（按码位排序，不按 UTF-16）",
         "Ids: NFC, lower case, full width, ß, compatibility and astral characters "
         "(code point order, not UTF-16)",
         direct([*pool(*unicode_ids), left_out("e\u0301xclu", "closed")],
                options(0, 3, 2, round_id="第48周 e\u0301", seed="种子 e\u0301\n第二行"))),
        ("empty", "名录中没有可抽的对象", "Nobody can be drawn",
         direct([left_out("停业厂", "closed")], options(1, 2, 3, carried=["停业厂"]))),
        ("redrawn", "写明理由的重抽", "Drawn again, with the reason",
         direct(pool(*REDRAWN), options(0, 2, 0, round_id="2026-W48.2", rules_version="2026-1",
                                        redraw_reason="名录有误", department="县应急管理局"))),
        ("direct_sm3", "直接抽取，SM3", "A direct draw by SM3",
         direct(pool(*REDRAWN), options(0, 2, 1, digest="sm3"))),
        ("permanent", "永久随机数：各部门号码相同，起点每轮不同",
         "Permanent numbers: the same in every department, from another start in every round",
         direct(two, options(1, 2, 1, permanent="全县永久种子 2026", department="县消防救援大队"))),
        ("commit", "承诺：两个参与方、一个公开号码", "A commitment: two parties, one public number",
         committed(two, options(1, 2, 1))),
        ("opened", "开启承诺后的抽取，SHA-256", "The draw that opens it, SHA-256",
         opened(two, options(1, 2, 1))),
        ("opened_sm3", "开启承诺后的抽取，SM3，永久随机数，结转",
         "Opened by SM3, with permanent numbers and objects carried over",
         opened(two, options(1, 2, 1, digest="sm3", permanent="全县永久种子 2026",
                             carried=["企业02", "不在册"]))),
        ("chain", "整条记录链：承诺、开启、计划、替补两次；承诺、放弃；直接抽取、写明理由的重抽",
         "A whole chain: commitment, opened draw, plan, two substitutes; a commitment, abandoned; "
         "a direct draw and its redraw with a reason", whole_chain()),
    ]  # fmt: skip


WRONG: tuple[tuple[str, str, list[Any], Any, str], ...] = (
    ("selection_changed", "weighted", ["record", "selected", 1, "id"], "企业99",
     "record.selected[1].id"),
    ("ticket_changed", "uniform", ["record", "strata", "uniform", "entries", 0, "ticket"],
     "0" * 64, "record.strata.uniform.entries[0].ticket"),
    ("chance_changed", "weighted", ["record", "probability", "企业12"], "0.5",
     "record.probability.企业12"),
    ("seed_changed", "certainty", ["record", "seed"], "另一个种子",
     "record.strata.certainty.entries[0].ticket"),
    ("object_removed", "weighted", ["record", "frame", "eligible", 3], None, "record.frame_hash"),
    ("weight_zero", "fractions", ["record", "frame", "eligible", 0, "weight"], "0",
     "record.frame.eligible[0].weight"),
    ("id_twice", "normalisation", ["record", "frame", "eligible", 0, "id"], "CAFÉ",
     "record.frame.eligible[1].id"),
    ("date_changed", "certainty", ["record", "created"], "2026-11-20", "record.commitment"),
    ("quota_missing", "uniform", ["record", "quota", "uniform"], None, "record.quota.uniform"),
    ("reason_changed", "excluded", ["record", "frame", "excluded", 0, "detail", "整"], 2,
     "record.frame_hash"),
    ("hash_changed", "weighted", ["hash"], "0" * 64, "hash"),
    ("digest_changed", "direct_sm3", ["record", "digest"], "md5", "record.digest"),
    ("permanent_changed", "permanent", ["record", "permanent"], "别的种子",
     "record.strata.uniform.entries[0].ticket"),
    ("why_removed", "opened", ["record", "frame", "eligible", 0, "why"], None,
     "record.frame.eligible[0].why"),
    ("terms_changed", "commit", ["record", "quota", "weighted"], 9, "record.commitment"),
    ("party_removed", "commit", ["record", "parties", 0], None, "record.parties"),
    ("nonce_changed", "opened", ["record", "opening", "nonces", 0], "0" * 32,
     "record.parties[0].commitment"),
    ("public_number_changed", "opened_sm3", ["record", "opening", "public_number"], "1",
     "record.seed"),
    ("opening_removed", "opened", ["record", "opening"], None, "record.opening"),
    ("link_removed", "chain", [2], None, "[2].previous"),
    ("commit_removed", "chain", [0], None, "[0].record.commitment"),
    ("abandon_removed", "chain", [6], None, "[5].record.commitment"),
    ("redraw_unexplained", "chain", [8, "record", "redraw_reason"], "", "[8].record.round"),
    ("other_substitute", "chain", [3, "record", "substitute"], "企业99",
     "[3].record.substitute"),
    ("replaced_nobody", "chain", [3, "record", "object"], "企业99", "[3].record.object"),
    ("substitute_of_no_draw", "chain", [4, "record", "draw"], "0" * 64, "[4].record.draw"),
)  # fmt: skip


def text() -> str:
    """Return the file of all test vectors."""
    files = [
        {"name": name, "zh": zh, "en": en,
         "file": made if isinstance(made, list) else link(GENESIS, record=made)}
        for name, zh, en, made in right()
    ]  # fmt: skip
    names = ("name", "of", "path", "value", "where")
    wrong = [dict(zip(names, one, strict=True)) for one in WRONG]
    whole = {"about": ABOUT, "right": files, "wrong": wrong}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
