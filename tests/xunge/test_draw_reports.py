"""Tests of ``xunge draw fairness`` and ``xunge draw unpredictability`` on a folder."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from typer.testing import CliRunner

from maps.messages import load
from scheduler.fairness_checks import Check
from scheduler.predictability import METHODS
from xunge import draw_reports
from xunge.cli import app
from xunge.coordination import coordination, show_coordination
from xunge.draw_history import crew_draws, dimensions, neighbours, read_past, world
from xunge.rounds import WeekError
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office


def run(*words: str) -> tuple[int, str]:
    """Run the command line and return exit code and output."""
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    return done.exit_code, done.output


def test_a_recorded_week_is_fair(planned: Office) -> None:
    """The report of an honest week passes and agrees with the record."""
    code, said = run("draw", "fairness", str(planned.path), "--seeds", "400", "--json")
    found = json.loads(said)
    assert code == 0
    assert found["fair"]
    record = json.loads((planned.out / "draw.json").read_text("utf-8"))["record"]
    assert found["history"]["draws"] == len(record["selected"])
    assert found["rerun"]["objects"] == len(record["frame"]["eligible"])
    assert {one["dimension"] for one in found["rerun"]["groups"]} == {
        "stratum", "class", "town", "size", "distance", "small_far",
    }  # fmt: skip


def test_an_unfair_draw_exits_with_one(planned: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed check is named and is the exit code."""
    bad = Check(code="far", about="", p=1e-9)
    monkeypatch.setattr(draw_reports.FairnessReport, "checks", (bad,))
    code, said = run("draw", "fairness", str(planned.path), "--seeds", "200")
    assert code == 1
    assert load()["fair_check_far"].zh in said


def test_both_reports_are_told_in_words(planned: Office) -> None:
    """Every line finds its sentence and its data in both languages."""
    settings = planned.path / "xunge.toml"
    text = settings.read_text("utf-8")
    for lang in ("zh", "en"):
        language = f'[bureau]\nlanguage = "{lang}"'
        settings.write_text(text.replace("[bureau]", language), "utf-8")
        for command in (("fairness", "--seeds", "200"), ("unpredictability", "--rounds", "12")):
            code, said = run("draw", command[0], str(planned.path), *command[1:])
            assert code == 0
            assert "fair_" not in said
            assert "guess_" not in said
            assert "{" not in said


def test_coordination_is_told_of_a_folder_and_of_made_up_firms(planned: Office) -> None:
    """The command takes the firms of the latest round, or made-up ones, and tells of both."""
    code, said = run("draw", "coordination", str(planned.path), "--rounds", "12", "--json")
    found = json.loads(said)
    assert code == 0
    assert found["base"] == "2026-W48"
    assert found["by_register"]
    assert all(one["exact"] for one in found["methods"])
    record = json.loads((planned.out / "draw.json").read_text("utf-8"))["record"]
    assert found["firms"] == len(record["frame"]["eligible"])
    report = coordination(departments=2, firms=300, years=12, rounds=10)
    for lang in ("zh", "en"):
        out = StringIO()
        show_coordination(report, console=Console(file=out, width=300), lang=lang)
        assert "coord_" not in out.getvalue()
        assert "{" not in out.getvalue()
    with pytest.raises(WeekError) as caught:
        coordination(departments=2, firms=6)
    assert caught.value.code == "too_few_to_coordinate"


def test_methods_stand_side_by_side(planned: Office) -> None:
    """The unpredictability report has every method, and skip numbers are the predictable one."""
    code, said = run("draw", "unpredictability", str(planned.path), "--rounds", "30", "--json")
    found = {one["method"]: one for one in json.loads(said)["methods"]}
    assert code == 0
    assert list(found) == list(METHODS)
    assert found["skip_number"]["auc_leak"] > 0.9 > found["product_free"]["auc_leak"]
    assert found["skip_number"]["possible"] < 2 < found["product"]["possible"]


def test_a_visit_does_not_make_safe_unless_the_folder_says_so(planned: Office) -> None:
    """By default the report names the chance right after a visit; with ``none`` it warns."""
    settings = planned.path / "xunge.toml"
    text = settings.read_text("utf-8")
    assert "[draw]" in text
    for after_visit, warned in (("uniform", "guess_not_safe"), ("none", "guess_safe")):
        settings.write_text(
            text.replace("[draw]", f'[draw]\nafter_visit = "{after_visit}"'), "utf-8"
        )
        report = draw_reports.unpredictability(open_folder(planned.path), rounds=12)
        own, barred = report.figures[:2]
        assert barred.again_chance == 0
        assert own.again_open is not None
        assert (own.again_open > 0) is (after_visit == "uniform")
        out = StringIO()
        console = Console(file=out, width=300)
        draw_reports.show_unpredictability(report, console=console, lang="en")
        assert load()[warned].en.split("{")[0] in out.getvalue()


def test_what_is_read_fits_the_record(planned: Office) -> None:
    """Crews, distances and neighbours refer to the people and firms of the record."""
    folder = open_folder(planned.path)
    past = read_past(folder)
    frame = past.rounds[0].frame
    crews = crew_draws(past)
    assert crews
    assert all(len(one.taken) == one.size and one.taken <= set(one.candidates) for one in crews)
    about = dimensions(past)
    assert 0 < about.limits[0] < about.limits[1]
    for pairs in neighbours(past, frame).values():
        assert (pairs[:, 0] < pairs[:, 1]).all()
        assert int(pairs.max()) < frame.size
    firms, ids = world(past, folder)
    assert set(frame.ids) <= set(ids)
    assert firms.size == len(ids)


def test_a_folder_without_rounds_is_told_so(empty: Office) -> None:
    """Nothing drawn yet is an error with a sentence and advice."""
    path: Path = empty.path
    with pytest.raises(WeekError) as caught:
        read_past(open_folder(path))
    assert caught.value.code == "no_rounds"
    assert load()["no_rounds"].fix_zh
