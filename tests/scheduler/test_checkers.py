"""The checker verify_draw.py: it agrees with the product, without knowing it."""

from __future__ import annotations

import ast
import copy
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scheduler.draw import replay
from scheduler.draw_record import METHOD
from scheduler.ledger import GENESIS, audit, link

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_OLDEST = (3, 8)


def product(text: str | bytes) -> list[str]:
    """Return what the product finds wrong with a draw.json or a chain."""
    try:
        value = json.loads(text)
    except ValueError as error:
        return [str(error)]
    links = value if isinstance(value, list) else [value]
    found = [problem.code for problem in audit(links) if _counts(problem.code, value)]
    for one in links:
        record = one.get("record") if isinstance(one, dict) else None
        if isinstance(record, dict) and record.get("kind") == "draw":
            found += replay(record)
    if not any(isinstance(one, dict) and _is_draw(one.get("record")) for one in links):
        found.append("no draw")
    return found


def _is_draw(record: object) -> bool:
    return isinstance(record, dict) and record.get("kind") == "draw"


def _counts(code: str, value: object) -> bool:
    """Only a whole chain has to begin with the first link."""
    return isinstance(value, list) or code != "broken_link"


def places(problems: list[Any]) -> list[str]:
    """Return where a checker found something, within the record."""
    return [problem.where.removeprefix("record.") for problem in problems]


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


def test_the_checker_agrees_on_a_thousand_rounds(
    rounds: tuple[str, ...], checker: ModuleType
) -> None:
    """Product and checker draw every generated round again with the same result."""
    assert len(rounds) == 1000
    for text in rounds:
        assert checker.verify(text.encode()) == []
        assert product(text) == []


def test_every_changed_field_is_found(tampered: tuple[str, ...], checker: ModuleType) -> None:
    """Product and checker find 500 changed fields and 250 forgeries with fitting hashes."""
    assert len(tampered) == 750
    for text in tampered:
        assert product(text), text
        found = checker.verify(text.encode())
        assert found, text
        assert all(str(problem) for problem in found)


def test_forgeries_are_named_at_the_same_place(
    tampered: tuple[str, ...], checker: ModuleType
) -> None:
    """Where hashes fit, product and checker name the same places in the same order."""
    for text in tampered[500:]:
        found = [line.split(":")[0] for line in product(text)]
        assert places(checker.verify(text.encode())) == found


def test_every_changed_byte_is_found(changed_bytes: list[bytes], checker: ModuleType) -> None:
    """Product and checker find 500 changed bytes, also those that break UTF-8 or JSON."""
    for data in changed_bytes:
        assert product(data), data
        assert checker.verify(data), data


def test_a_whole_chain_is_right(chain: list[Any], checker: ModuleType) -> None:
    """A chain as it was made is clean; a missing, moved or cut-off link is named."""
    head = chain[-1]["hash"]

    def found(links: list[Any]) -> list[tuple[str, str]]:
        return [(one.where, one.code) for one in checker.verify(json.dumps(links).encode(), head)]

    assert found(chain) == []
    assert found(chain[:1] + chain[2:]) == [("[1].previous", "broken_link")]
    assert found(chain[1:]) == [("[0].previous", "broken_link")]
    assert found(chain[:-1]) == [("head", "short_chain")]
    assert ("[1].previous", "broken_link") in found([chain[0], chain[2], chain[1], chain[3]])
    again = link(head, record=chain[0]["record"])
    assert ("[4].record.round", "second_draw") in found([*chain, again])
    other = [link(GENESIS, record={**chain[0]["record"], "created": "2026-11-20"}), *chain[1:]]
    assert ("[1].previous", "broken_link") in found(other)


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
    ],
)
def test_what_is_no_record_is_named(data: bytes, code: str, checker: ModuleType) -> None:
    """Whatever a file holds, the checker names what is wrong with it and never breaks."""
    assert code in {problem.code for problem in checker.verify(data)}


def test_a_record_of_another_kind_is_no_draw(chain: list[Any], checker: ModuleType) -> None:
    """Who renames the kind of a record and hashes it anew does not slip through."""
    renamed = link(GENESIS, record={**chain[0]["record"], "kind": "plan"})
    assert [one.code for one in checker.verify(json.dumps(renamed).encode())] == ["no_draw"]


def test_every_field_may_be_missing_or_of_another_type(
    chain: list[Any], checker: ModuleType
) -> None:
    """Every field of the record, absent or of any other type, is named and never breaks it."""
    for name, old in chain[0]["record"].items():
        for new in (None, True, 5, 1.5, "x", [], {}, [[]], [{}], {"a": {}}, ["eligible"]):
            if new == old or name == "record_sha256":
                continue
            one = copy.deepcopy(chain[0])
            one["record"][name] = new
            assert checker.verify(json.dumps(one).encode())
        one = copy.deepcopy(chain[0])
        del one["record"][name]
        found = checker.verify(json.dumps(one).encode())
        wanted = ("missing", "malformed", "unknown_method")
        assert any(problem.code in wanted for problem in found), name


def test_the_published_vectors(
    vectors: dict[str, Any],
    checker: ModuleType,
    apply: Callable[[Any, list[Any], Any], Any],
) -> None:
    """Product and checker accept every right vector and name the place in every wrong one."""
    files = {one["name"]: one["file"] for one in vectors["right"]}
    assert len(files) == len(vectors["right"]) >= 15
    for name, file in files.items():
        assert checker.verify(json.dumps(file).encode()) == [], name
        assert product(json.dumps(file)) == [], name
    for one in vectors["wrong"]:
        text = json.dumps(apply(files[one["of"]], one["path"], one["value"]))
        assert one["where"] in [problem.where for problem in checker.verify(text.encode())]
        assert product(text), one["name"]


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
    assert checker.main([names[0], names[2]]) == 0
    assert "VERIFIED" in capsys.readouterr().out
    assert checker.main([names[0], names[2], "--chain"]) == 1
    assert "[1].previous" in capsys.readouterr().out
    assert checker.main([names[0], "--head", head]) == 1
    assert checker.main([names[0], str(tmp_path / "none.json")]) == 1
    assert "文件打不开" in capsys.readouterr().out
    assert checker.main([names[1]]) == 1
    for wrong in ([], ["--what", names[0]]):
        assert checker.main(wrong) == 1
        assert "draw.json" in capsys.readouterr().out


def test_a_changed_seed_lists_the_first_places_only(
    chain: list[Any], tmp_path: Path, checker: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """A long list of differences is cut, and whole with --all."""
    chain[0]["record"]["seed"] = "另一个"
    (tmp_path / "draw.json").write_text(json.dumps(chain[0]), "utf-8")
    assert checker.main([str(tmp_path / "draw.json")]) == 1
    short = capsys.readouterr().out
    assert "(--all)" in short
    assert "与重新抽取的不同" in short
    assert checker.main([str(tmp_path / "draw.json"), "--all"]) == 1
    assert len(capsys.readouterr().out) > len(short)


def test_it_runs_alone(vectors: dict[str, Any], tmp_path: Path, checker: ModuleType) -> None:
    """In a Python without any installed package, on a console without Chinese, it says 0 or 1."""
    right, wrong = tmp_path / "draw.json", tmp_path / "wrong.json"
    file = next(one["file"] for one in vectors["right"] if one["name"] == "normalisation")
    right.write_text(json.dumps(file), "utf-8")
    file["record"]["selected"].reverse()
    wrong.write_text(json.dumps(file), "utf-8")
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
