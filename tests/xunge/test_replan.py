"""``xunge replan``: a planned week is changed, on record, with as little upset as possible."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from typer.testing import CliRunner

from layers.events import EventKind
from scheduler.crew_record import replay_crews
from scheduler.ledger import audit
from scheduler.problem import Follows, Limit
from xunge import cli, rounds
from xunge.cli_replan import monday_of_week
from xunge.commitments import export_chain
from xunge.problem_record import problem_json, problem_of_json
from xunge.replan_reports import ReportsRefusedError
from xunge.replan_request import Request, away, locks_of
from xunge.replanning import ReplanResult, run_replan
from xunge.rounds import WeekError
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.xunge.conftest import Office, Once

MONDAY = dt.date(2026, 11, 23)
TUESDAY = dt.date(2026, 11, 24)
WEEK = "2026-W48"


def _again(office: Office, *, as_of: dt.date = TUESDAY, **what: Any) -> ReplanResult:
    return run_replan(open_folder(office.path), Request(**what), monday=MONDAY, as_of=as_of)


def _record(office: Office) -> dict[str, Any]:
    open_folder(office.path)
    current = rounds.latest(MONDAY)
    assert current is not None
    assert current.planned is not None
    return dict(current.planned["record"])


def _at(record: dict[str, Any]) -> dict[str, str]:
    return {s["visit"]: r["team_day"] for r in record["plan"]["routes"] for s in r["stops"]}


def _unplanned(office: Office) -> str:
    """Return a placed enterprise that the week does not visit."""
    record = _record(office)
    from xunge.web.ledger import frames

    firms = frames.register("enterprises")
    seen = {visit["object"] for visit in record["visits"]}
    return next(id_ for id_ in firms[firms["placed_lon"].notna()]["id"] if id_ not in seen)


@pytest.fixture(scope="module")
def _changed(_planned: Office, once: Once) -> Office:
    def build(path: Path) -> None:
        office = _planned.copy(path)
        _again(office, urgent=(_unplanned(office),))
        database.close()

    return replace(_planned, path=once("永兴县 changed", build))


@pytest.fixture
def changed(_changed: Office, tmp_path: Path) -> Office:
    """Give a fresh copy of a planned week into which one urgent object came."""
    return _changed.copy(tmp_path / "changed" / "永兴县")


def test_an_urgent_object_comes_in_and_the_chain_goes_on(planned: Office) -> None:
    """The new plan visits it, keeps Monday, names the plan before, and the audit finds no fault."""
    before, firm = _record(planned), _unplanned(planned)
    old = planned.files(f"out/{WEEK}")
    done = _again(planned, urgent=(firm,), reason="急报")
    after = json.loads(json.dumps(done.record))
    visit = next(one for one in after["visits"] if one["object"] == firm)
    assert visit["id"] in _at(after)
    assert visit["why"][0]["code"] == "urgent"
    monday = [r for r in before["plan"]["routes"] if r["team_day"].startswith("2026-11-23")]
    assert [r for r in after["plan"]["routes"] if r["team_day"].startswith("2026-11-23")] == monday
    links = rounds.chain()
    assert audit(links) == []
    last = links[-1]["record"]
    assert (last["kind"], last["revision"], last["reason"]) == ("plan", 2, "急报")
    assert last["replaces"] == links[-2]["hash"]
    files = planned.files(f"out/{WEEK}")
    assert firm not in old["plan.json"].decode()
    assert "变更单.html" in files
    kept = f"superseded/before-{WEEK}-r2/plan.json"
    assert files[kept] == old["plan.json"]
    assert "【新增】" in files["变更单.html"].decode()
    assert _record(planned) == after


def test_a_broken_car_is_replaced_or_its_round_does_not_run(planned: Office) -> None:
    """A spare car of the station takes the round; without any the round is lost."""
    record = _record(planned)
    day = next(d for d in record["team_days"] if d["day"] == "2026-11-24")
    done = _again(planned, cars=(f"{day['vehicle']}@2026-11-24",))
    spare = done.replan["spare_cars"]
    if spare:
        assert _at(dict(done.record)) == _at(record)
    every = tuple(f"{car}@2026-11-24" for car in record["vehicles"])
    done = _again(planned, cars=every)
    lost = {d["id"] for d in record["team_days"] if d["day"] == "2026-11-24"}
    assert set(done.replan["causes"]["lost"]) == lost
    assert lost.isdisjoint(r["team_day"] for r in done.record["plan"]["routes"])
    assert done.replan["revision"] == 3
    assert [one["revision"] for one in done.replan["earlier"]] == [2]


def test_who_is_ill_is_replaced_by_lot_and_other_crews_stay(planned: Office) -> None:
    """Nobody away is in a crew; crews that still fit stay; the draw can be repeated."""
    before = _record(planned)
    route = next(r for r in before["plan"]["routes"] if r["team_day"].startswith("2026-11-24"))
    ill = before["crews"][route["team_day"]]["inspectors"][0]
    done = _again(planned, absent=(f"{ill}@2026-11-24",))
    after = dict(done.record)
    drawn = set(done.replan["crews_drawn"])
    for id_, crew in after["crews"].items():
        if id_.startswith("2026-11-24"):
            assert ill not in crew["inspectors"]
        if id_ not in drawn:
            assert crew == before["crews"][id_]
    if route["team_day"] in after["crews"]:
        assert route["team_day"] in drawn
    assert not any(replay_crews(one) for one in after["crew_redraws"])


def test_a_cancelled_visit_is_said_to_be_and_a_locked_one_stays(planned: Office) -> None:
    """The record keeps the cancelled visit with that reason; next time it stays cancelled."""
    before = _record(planned)
    open_ = [v for v, at in _at(before).items() if not at.startswith("2026-11-23")]
    done = _again(planned, cancelled=(open_[0],), locked=(open_[1], "T2", "2026-11-25"))
    left = {one["visit"]: one["reason"] for one in done.record["plan"]["unserved"]}
    assert left[open_[0]] == "cancelled"
    assert _at(dict(done.record))[open_[1]] == _at(before)[open_[1]]
    again = _again(planned, urgent=(_unplanned(planned),))
    assert open_[0] not in _at(dict(again.record))
    left = {one["visit"]: one["reason"] for one in again.record["plan"]["unserved"]}
    assert left[open_[0]] == "cancelled"


def test_a_substitute_named_since_is_planned(planned: Office) -> None:
    """The drawn object that was replaced goes, and its substitute comes."""
    from xunge import commitments

    before = _record(planned)
    at = _at(before)
    objects = {
        v["object"]: v for v in before["visits"] if [w["code"] for w in v["why"]] == ["drawn"]
    }
    later = {v for v, where in at.items() if not where.startswith("2026-11-23")}
    gone = next(o for o in before["drawn"] if o in objects and objects[o]["id"] in later)
    commitments.substitute(
        open_folder(planned.path), day=MONDAY, today=TUESDAY, object_=gone, reason="moved", note=""
    )
    done = _again(planned)
    new = next(o for o in done.record["drawn"] if o not in before["drawn"])
    served = {v["object"] for v in done.record["visits"] if v["id"] in _at(dict(done.record))}
    assert gone not in served
    assert (new in served) != (new in done.record["carried"])
    assert gone not in done.record["drawn"]


def test_files_that_are_lost_are_made_again_as_they_were(changed: Office) -> None:
    """``xunge week`` restores the files of the changed plan, the page of changes too."""
    files = changed.files(f"out/{WEEK}")
    (changed.out / "变更单.html").unlink()
    (changed.out / "plan.json").unlink()
    assert changed.week().status == "restored"
    now = changed.files(f"out/{WEEK}")
    assert now["变更单.html"] == files["变更单.html"]
    assert now["plan.json"] == files["plan.json"]


def test_results_of_the_changed_week_are_taken_in(changed: Office) -> None:
    """The workbook of the changed plan is filled in and read like any other."""
    record = _record(changed)
    taken = changed.results(changed.played())
    parts = {visit["id"] for visit in record["visits"] if visit.get("part_of")}
    told = taken.counts["visited"] + taken.counts.get("not_visited", 0)
    assert told == len(_at(record).keys() - parts)
    with pytest.raises(WeekError) as caught:
        _again(changed, as_of=dt.date(2026, 11, 28), urgent=("nobody",))
    assert caught.value.code == "replan_week_over"


def test_what_is_not_known_is_refused_in_words(planned: Office) -> None:
    """Cars, people, visits, objects and days that are not there, and a week without a plan."""
    record = _record(planned)
    monday = next(v for v, at in _at(record).items() if at.startswith("2026-11-23"))
    seen = record["visits"][0]["object"]
    asked = {
        "replan_nothing": {}, "replan_unknown_car": {"cars": ("X@2026-11-24",)},
        "replan_bad_day": {"cars": ("C01@gestern",)},
        "replan_unknown_person": {"absent": ("X@2026-11-24",)},
        "replan_unknown_visit": {"cancelled": ("V9",)},
        "replan_visit_over": {"cancelled": (monday,)},
        "replan_unknown_object": {"urgent": ("X",)},
        "replan_unknown_lock": {"cancelled": (monday,), "locked": ("X",)},
    }  # fmt: skip
    for code, what in asked.items():
        with pytest.raises(WeekError) as caught:
            _again(planned, **what)
        assert caught.value.code == code
    if seen in {v["object"] for v in record["visits"] if v["id"] in _at(record)}:
        with pytest.raises(WeekError) as caught:
            _again(planned, urgent=(seen,))
        assert caught.value.code == "replan_is_planned"
    assert len(rounds.chain()) == 2


def test_a_file_of_reports_is_taken_in_or_refused_by_row(planned: Office, tmp_path: Path) -> None:
    """Errors name file and row; a good report is visited and its due date is known."""
    head = ["举报编号", "受理日期", "对象编号", "地址", "经度", "纬度", "举报内容"]
    place = _record(planned)["visits"][0]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(head)
    sheet.append(["J1", "没有日期", "", "", place["lon"], place["lat"], "夜间生产"])
    bad = tmp_path / "举报.xlsx"
    book.save(bad)
    with pytest.raises(ReportsRefusedError) as caught:
        _again(planned, urgent=(str(bad),))
    assert {(one.file, one.row) for one in caught.value.problems} == {("举报.xlsx", 2)}
    assert len(rounds.chain()) == 2
    sheet.cell(2, 2).value = "2026-11-24"
    book.save(bad)
    done = _again(planned, urgent=(str(bad),))
    visit = next(one for one in done.record["visits"] if one["object"] == "J1")
    assert visit["id"] in _at(dict(done.record))
    assert visit["settles"] == [{"kind": "report", "subject": "J1"}]
    assert visit["refs"][0] in {item["id"] for item in done.record["due"]}
    with pytest.raises(FileNotFoundError):
        _again(planned, urgent=(str(tmp_path / "nichts.xlsx"),))


def test_the_command_tells_what_changed_and_its_exit_codes(planned: Office) -> None:
    """0 with words or JSON, 1 for what is refused, 2 for usage."""
    runner, folder = CliRunner(), str(planned.path)
    base = ["replan", folder, "--week", WEEK, "--as-of", "2026-11-24"]
    done = runner.invoke(cli.app, [*base, "--urgent", _unplanned(planned), "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["counts"]["new"] == 1
    assert told["revision"] == 2
    refused = runner.invoke(cli.app, base)
    assert isinstance(refused.exception, WeekError)
    assert runner.invoke(cli.app, ["replan", folder, "--week", "48"]).exit_code == 2
    assert monday_of_week(WEEK) == MONDAY


def test_the_problem_comes_back_from_its_record(planned: Office) -> None:
    """Every field of visits, team-days and limits survives the record."""
    data = _record(planned)["problem"]
    problem = problem_of_json(data)
    first = problem.visits[0]
    changed = problem.replace(
        visits=(
            problem.visits[1],
            type(first)(
                id="X", object="O", place=1, kind="joint", service=1, days=(MONDAY,), due=TUESDAY,
                departments=frozenset("ab"), meets="m", follows=Follows(visit="Y", most=5),
                round="r", gate="g", load=3, equipment=frozenset("e"), assists=True,
            ),
        ),
        limits=(Limit(code="cap", visits=frozenset(["X"]), most=2, within="day"),),
        prices={("X", "T"): 7}, locked={"X": "T"}, spread=50,
    )  # fmt: skip
    stored = json.loads(json.dumps(problem_json(changed, points=[(1.0, 2.0)])))
    again = problem_of_json(stored)
    assert again.visits == changed.visits
    assert again.team_days == changed.team_days
    assert (again.limits, again.prices, again.locked, again.spread) == (
        changed.limits, changed.prices, changed.locked, 50
    )  # fmt: skip
    assert stored["points"] == [[1.0, 2.0]]


def test_words_of_the_request() -> None:
    """A car for a span of days, for one day or for the rest of the week; locks of three kinds."""
    import pandas as pd

    cars = pd.DataFrame([{"id": "C1", "plate": "湘L1"}, {"id": "C2", "plate": "湘L2"}])
    days = [MONDAY + dt.timedelta(days=at) for at in range(5)]
    found = away(
        ["湘L1@2026-11-24..2026-11-25", "C2@2026-11-27", "C2"], cars, names=("id", "plate"),
        days=days, code="car",
    )  # fmt: skip
    assert [(one.id, len(one.days)) for one in found] == [("C1", 2), ("C2", 1), ("C2", 5)]
    assert locks_of(["V1", "T2", "3组", "2026-11-24"], {"V1"}) == (("V1",), (TUESDAY,), (2, 3))


def test_experts_are_wanted_by_the_rules_of_the_first_draw(planned: Office) -> None:
    """Visits of crews and rounds that stay have the experts that they had."""
    before = _record(planned)
    route = next(r for r in before["plan"]["routes"] if r["team_day"].startswith("2026-11-24"))
    ill = before["crews"][route["team_day"]]["inspectors"][0]
    after = dict(_again(planned, absent=(f"{ill}@2026-11-24",)).record)
    same = {
        id_ for id_, at in _at(after).items()
        if _at(before).get(id_) == at and after["crews"][at] == before["crews"][at]
    }  # fmt: skip
    told = {row["id"]: row["experts"] for row in before["visits"] if row["id"] in same}
    assert any(told.values())
    assert {row["id"]: row["experts"] for row in after["visits"] if row["id"] in same} == told


def _exported(office: Office, folder: Path) -> bytes:
    """Return the chain of a week that was planned twice, as the checkers take it."""
    _again(office, urgent=(_unplanned(office),), absent=_somebody(office))
    assert export_chain(folder / "chain.json") == 3
    return (folder / "chain.json").read_bytes()


def _somebody(office: Office) -> tuple[str, ...]:
    record = _record(office)
    at = next(
        r["team_day"] for r in record["plan"]["routes"] if r["team_day"] > TUESDAY.isoformat()
    )
    return (f"{record['crews'][at]['inspectors'][0]}@{at[:10]}",)


def test_the_chain_of_a_changed_week_verifies_alone(planned: Office, tmp_path: Path) -> None:
    """verify_draw.py passes the link of the new plan, and no other than that one."""
    chain = _exported(planned, tmp_path)
    checker = [sys.executable, str(planned.out / "verify_draw.py"), "--chain"]
    links = json.loads(chain)
    assert links[-1]["record"]["revision"] == 2
    links[-1]["record"]["revision"] = 3
    (tmp_path / "forged.json").write_text(json.dumps(links), "utf-8")
    for name, code in (("chain.json", 0), ("forged.json", 1)):
        done = subprocess.run([*checker, str(tmp_path / name)], capture_output=True, check=False)
        assert done.returncode == code, done.stdout.decode()


@pytest.mark.browser
def test_the_chain_of_a_changed_week_verifies_in_a_browser(
    planned: Office, tmp_path: Path, offline_page: Callable[..., Any]
) -> None:
    """The page verify_draw.html beside the plan finds the same chain right, and a change wrong."""
    chain = _exported(planned, tmp_path)
    opened = offline_page(planned.out / "verify_draw.html", locale="zh-CN")
    for data, verdict in (
        (chain, "right"),
        (chain.replace(b'"revision": 2', b'"revision": 3'), "wrong"),
    ):
        opened.page.set_input_files(
            "#file", {"name": "chain.json", "mimeType": "application/json", "buffer": data}
        )
        opened.page.wait_for_selector(f".verdict.{verdict}")
    assert opened.errors == []
    assert opened.beyond_the_file == []


def test_every_kind_of_change_is_an_event_of_the_plan(planned: Office, changed: Office) -> None:
    """Planning again adds one event of the plan and none of another kind but what is carried."""
    count = planned.count()
    events = changed.events(EventKind.PLANNED, subject=WEEK)
    assert list(events["key"]) == ["1", "1:2"]
    fresh = changed.count() - count
    carried = len(events.iloc[0]["data"]["record"]["carried"])
    assert fresh == 1 + len(changed.events(EventKind.CARRIED)) - carried
