"""The checker verify_draw.py: it agrees with the product, without knowing it."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import random
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scheduler.draw_record import METHOD
from scheduler.ledger import GENESIS, link
from scheduler.terms import nonce_commitment

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

pytestmark = pytest.mark.xdist_group("checkers")
_OLDEST = (3, 8)


def test_it_is_one_file_of_the_standard_library(checker: ModuleType) -> None:
    """The checker parses as Python 3.8 and imports nothing that is not part of it."""
    source = checker.__loader__.get_source(checker.__name__)
    tree = ast.parse(source, feature_version=_OLDEST)
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.split(".")[0] for name in imported} <= set(sys.stdlib_module_names)
    assert checker.METHOD == METHOD


def test_the_rounds_cover_what_can_happen(rounds: tuple[str, ...]) -> None:
    """Among the generated rounds are carried, dropped, certain, weighted and empty ones."""
    records = [json.loads(text)["record"] for text in rounds]
    kinds = {one["stratum"] for record in records for one in record["selected"]}
    assert kinds == {"carried", "certainty", "weighted", "uniform"}
    reasons = {one["reason"] for record in records for one in record["dropped"]}
    assert reasons == {"not_in_frame", "cooldown", "停产"}
    entries = [entry for record in records for entry in record["strata"]["weighted"]["entries"]]
    assert {"1.000000000000", "0.000000000000"} < {entry["pi"] for entry in entries}
    assert any("/" in entry["weight"] for entry in entries)
    assert any(not record["frame"]["eligible"] for record in records)


def test_the_rounds_are_of_every_kind(rounds: tuple[str, ...]) -> None:
    """Direct and opened, SHA-256 and SM3, with new and with permanent numbers: all together."""
    records = [json.loads(text)["record"] for text in rounds]
    kinds = Counter(
        (one["opening"] is not None, one["digest"], bool(one["permanent"])) for one in records
    )
    assert len(kinds) == 6  # SM3 is slow: only opened rounds have it
    assert min(kinds.values()) > 20


def test_the_checker_agrees_on_a_thousand_rounds(
    rounds: tuple[str, ...], checker: ModuleType, product: Callable[..., list[str]]
) -> None:
    """Product and checker draw every generated round again with the same result."""
    assert len(rounds) == 1000
    for text in rounds:
        assert checker.verify(text.encode()) == []
        assert product(text) == []


def test_sm3_is_computed_as_the_standard_says(checker: ModuleType) -> None:
    """The example of GB/T 32905-2016, and OpenSSL's SM3 for messages of any length at once."""
    (found,) = checker.sm3([b"abc"])
    assert found == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert checker.sm3([]) == []
    if "sm3" in hashlib.algorithms_available:
        rng = random.Random(1)
        many = [rng.randbytes(size) for size in (*range(140), 1000, 640, 55, 56, 64)]
        assert checker.sm3(many) == [hashlib.new("sm3", one).hexdigest() for one in many]


def test_every_changed_field_is_found(
    tampered: tuple[str, ...],
    finds: Callable[[str], list[list[str]]],
    product: Callable[..., list[str]],
) -> None:
    """Product and checker find 500 changed fields and 250 forgeries with fitting hashes."""
    assert len(tampered) == 750
    for text in tampered:
        assert product(text), text
        assert finds(text), text


def test_forgeries_are_named_at_the_same_place(
    tampered: tuple[str, ...],
    finds: Callable[[str], list[list[str]]],
    product: Callable[..., list[str]],
) -> None:
    """Where hashes fit, product and checker name the same places in the same order."""
    for text in tampered[500:]:
        named = [line.split(":")[0] for line in product(text) if not line.startswith("[0]")]
        assert named in (["unreadable"], [where[len("record.") :] for where, _ in finds(text)])


def test_every_problem_is_said_in_two_languages(checker: ModuleType) -> None:
    """Every code has a sentence in Chinese and in English, in both checkers."""
    page = Path(checker.__file__ or "").with_suffix(".html").read_text("utf-8")
    for code, texts in checker.TEXTS.items():
        assert all(text in str(checker.Problem("record", code)) for text in texts)
        assert f"{code}: [" in page


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b"[1] x", "not_json"),
        (b"\xef\xbb\xbf{}", "bom"),
        ("{}".encode("utf-16"), "not_utf8"),
        ('{"a": "巡格"}'.encode("gb18030"), "not_utf8"),
        (b'{"seed": "a", "seed": "b"}', "repeated_name"),
        (b'{"a": "\\ud800"}', "bad_text"),
        (b'{"a": 1e999}', "bad_number"),
        (b'{"a": %s}' % (b"9" * 5000), "bad_number"),
        (b"[" * 60 + b"]" * 60, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b"[]", "no_draw"),
        (b"null", "bad_link"),
        (b"3", "bad_link"),
        (b'{"record": {}}', "bad_link"),
        (b'{"hash": 1, "previous": null, "record": 4}', "bad_link"),
        (b'{"hash": 1, "previous": null, "record": {"kind": "plan"}}', "unknown_digest"),
    ],
)
def test_what_is_no_record_is_named(data: bytes, code: str, checker: ModuleType) -> None:
    """Whatever a file holds, the checker names what is wrong with it and never breaks."""
    assert code in {problem.code for problem in checker.verify(data)}


def test_a_record_of_another_kind_is_no_draw(chain: list[Any], checker: ModuleType) -> None:
    """Who renames the kind of a record and hashes it anew does not slip through."""
    renamed = link(GENESIS, record={**chain[1]["record"], "kind": "plan"})
    assert [one.code for one in checker.verify(json.dumps(renamed).encode())] == ["no_draw"]


def test_every_field_may_be_missing_or_of_another_type(
    chain: list[Any], checker: ModuleType
) -> None:
    """Every field of every kind, absent or of any other type, is named and never breaks it."""
    wrong = {"missing", "malformed", "unknown_method", "unknown_digest"}
    for place in (0, 1, 3, 6):
        record = chain[place]["record"]
        for name, old in record.items():
            rest = {key: record[key] for key in record if key != name}
            for new in (..., None, True, 5, 1.5, "x", [], {}, [[]], [{}], {"a": {}}, ["eligible"]):
                if new == old:
                    continue
                changed = rest if new is ... else {**rest, name: new}
                found = checker.check_link({**chain[place], "record": changed})
                assert found, (place, name, new)
                if new is ... and name != "record_hash":
                    assert {problem.code for problem in found} & wrong, (place, name)
                links = [*chain[:place], {**chain[place], "record": changed}, *chain[place + 1 :]]
                checker.check_chain(links, True, "")


def test_the_published_vectors(
    vectors: dict[str, Any],
    checker: ModuleType,
    apply: Callable[[Any, list[Any], Any], Any],
    product: Callable[..., list[str]],
) -> None:
    """Product and checker accept every right vector and name the place in every wrong one."""
    files = {one["name"]: one["file"] for one in vectors["right"]}
    assert len(files) == len(vectors["right"]) >= 20
    for name, file in files.items():
        assert checker.verify(json.dumps(file).encode()) == [], name
        assert product(json.dumps(file)) == [], name
    for one in vectors["wrong"]:
        text = json.dumps(apply(files[one["of"]], one["path"], one["value"]))
        assert one["where"] in [problem.where for problem in checker.verify(text.encode())]
        assert product(text), one["name"]


def test_the_vectors_are_what_is_drawn_today() -> None:
    """The published file is what its generator writes, byte for byte."""
    path = Path(__file__).with_name("make_draw_vectors.py")
    spec = importlib.util.spec_from_file_location("make_draw_vectors", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text("utf-8") == module.text()


def test_the_command_line(
    chain: list[Any], tmp_path: Path, checker: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files one by one or as a chain: 0 and the hash if right, 1 and the place if not."""
    names = []
    for index, one in enumerate(chain):
        names.append(str(tmp_path / f"{index}.json"))
        (tmp_path / f"{index}.json").write_text(json.dumps(one), "utf-8")
    head = chain[-1]["hash"]
    assert checker.main([*names, "--chain", "--head", head.upper()]) == 0
    assert head in capsys.readouterr().out
    assert checker.main([names[1], names[8]]) == 0
    assert "VERIFIED" in capsys.readouterr().out
    assert checker.main([names[0], names[2], "--chain"]) == 1
    assert "[1].previous" in capsys.readouterr().out
    assert checker.main([names[0], "--head", head]) == 1
    assert checker.main([names[0], str(tmp_path / "none.json")]) == 1
    assert "文件打不开" in capsys.readouterr().out
    assert checker.main([names[2]]) == 1
    for wrong in ([], ["--what", names[0]], ["--head"], [names[0], "--nonce", "a", "b"],
                  ["--nonce", "a"], ["--nonce", "a", "b", "--digest", "md5"]):  # fmt: skip
        assert checker.main(wrong) == 1
        assert "draw.json" in capsys.readouterr().out


def test_single_files_come_in_any_order(
    chain: list[Any], tmp_path: Path, checker: ModuleType
) -> None:
    """A redraw with a reason may be named before the draw it replaces; a copy without may not."""
    for name, one in (("a", chain[8]), ("b", chain[7]), ("c", chain[7])):
        (tmp_path / f"{name}.json").write_text(json.dumps(one), "utf-8")
    a, b, c = (str(tmp_path / f"{name}.json") for name in "abc")
    assert checker.main([a, b]) == checker.main([b, a]) == 0
    assert checker.main([a, b, c]) == 1


def test_what_the_report_says(
    chain: list[Any], tmp_path: Path, checker: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parties, commitments, nonces, public number, what became of them, and who replaces whom."""

    def said(value: object) -> str:
        (tmp_path / "a.json").write_text(json.dumps(value), "utf-8")
        assert checker.main([str(tmp_path / "a.json")]) == 0
        return capsys.readouterr().out

    commit, drawn, _, substitute = (one["record"] for one in chain[:4])
    alone = said(chain[0])
    assert "there is no draw in it" in alone
    assert "尚未开启" in alone
    for party in commit["parties"]:
        assert party["name"] in alone
        assert party["commitment"] in alone
    opened = said(chain[1])
    for text in (*drawn["opening"]["nonces"], "03 07 11", "福彩双色球第2026136期", drawn["seed"]):
        assert text in opened
    assert "直接抽取" in said(chain[7])
    whole = said(chain)
    assert "已开启" in whole
    assert "公证人未到场" in whole
    assert f"{substitute['object']} → {substitute['substitute']}" in whole
    assert "closed（大门已拆）" in whole


def test_a_party_makes_its_commitment(
    checker: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nonce and commitment of a party, each time another; the same again from a given nonce."""

    def made(*arguments: str) -> list[str]:
        assert checker.main(["--nonce", "2026-W48", "监察委", *arguments]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [line.split(": ")[1].split()[0] for line in lines[-2:]]

    for digest in ("sha256", "sm3"):
        nonce, commitment = made("--digest", digest)
        assert len(nonce) == 32
        assert commitment == nonce_commitment(
            nonce, party="监察委", round_id="2026-W48", digest=digest
        )
        assert made("--digest", digest, "--secret", nonce) == [nonce, commitment]
        assert made("--digest", digest)[0] != nonce


def test_a_changed_seed_lists_the_first_places_only(
    chain: list[Any], tmp_path: Path, checker: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """A long list of differences is cut, and whole with --all."""
    chain[1]["record"]["opening"]["public_number"] = "另一个"
    (tmp_path / "draw.json").write_text(json.dumps(chain[1]), "utf-8")
    assert checker.main([str(tmp_path / "draw.json")]) == 1
    short = capsys.readouterr().out
    assert "(--all)" in short
    assert "与重新算出的不同" in short
    assert checker.main([str(tmp_path / "draw.json"), "--all"]) == 1
    assert len(capsys.readouterr().out) > len(short)


def test_it_runs_alone(vectors: dict[str, Any], tmp_path: Path, checker: ModuleType) -> None:
    """In a Python without any installed package, on a console without Chinese, it says 0 or 1."""
    right, wrong = tmp_path / "draw.json", tmp_path / "wrong.json"
    file = next(one["file"] for one in vectors["right"] if one["name"] == "normalisation")
    right.write_text(json.dumps(file), "utf-8")
    record = {**file["record"], "selected": file["record"]["selected"][::-1]}
    wrong.write_text(json.dumps({**file, "record": record}), "utf-8")
    for path, status, word in ((right, 0, "VERIFIED"), (wrong, 1, "record.selected[0].id")):
        done = subprocess.run(
            [sys.executable, "-S", str(checker.__file__), str(path)],
            capture_output=True, cwd=tmp_path, check=False,
                env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )  # fmt: skip
        assert done.returncode == status
        assert word in done.stdout.decode("ascii")
        assert done.stderr == b""


def test_the_package_ships_the_checkers(checker: ModuleType) -> None:
    """Both checkers lie within a room that the wheel packs as a whole."""
    from importlib.resources import files

    folder = files("scheduler") / "checkers"
    assert (folder / "verify_draw.py").read_bytes() == checker.__loader__.get_data(checker.__file__)
    assert (folder / "verify_draw.html").read_bytes().startswith(b"<!DOCTYPE html>")
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert "scheduler" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
