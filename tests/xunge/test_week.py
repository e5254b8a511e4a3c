"""The whole chain on a small county: what a week writes, keeps, restores and refuses."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from layers.codes import TABLES
from layers.events import EventKind
from layers.ledgers import read_ledgers
from layers.rows import records
from scheduler.crews import Crew, Crews, check_crews
from scheduler.draw import replay
from scheduler.ledger import audit
from scheduler.plan import plan_from_json
from scheduler.verify import PlanRejected, verify
from xunge import record as recording
from xunge import rounds
from xunge.intake import ImportRefusedError, NoLedgersError
from xunge.knowledge import know
from xunge.publish import MANIFEST, STAGING, SUPERSEDED
from xunge.rounds import WeekError
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.xunge.conftest import Office

MONDAY = dt.date(2026, 11, 23)
NEXT = dt.date(2026, 11, 30)
NAMED = {
    "index.html", "draw.json", "plan.json", "plan.xlsx", "due.xlsx", "risk.xlsx", "quality.html",
    "quality.json", "结果回填.xlsx", "verify_draw.py", "verify_draw.html", MANIFEST,
}  # fmt: skip


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def _mtimes(folder: Path) -> dict[str, int]:
    """Return when each file was last written; SQLite's own files and the lock aside."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and "sqlite3-" not in path.name
    }


def _rewrite(path: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Change the rows of a CSV ledger, whatever its encoding."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    rows = list(csv.DictReader(text.splitlines()))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(change(row) for row in rows)


# What a week writes -------------------------------------------------------------------------------


def test_a_week_writes_every_named_file(planned: Office) -> None:
    """Map, draw, plan, workbooks, quality report, results template, and a sheet per team-day."""
    files = planned.files(f"out/{planned.out.name}")
    routes = _json(planned.out / "plan.json")["plan"]["routes"]
    sheets = {name for name in files if name.startswith("任务单/")}
    assert set(files) - sheets == NAMED
    assert len(sheets) == len(routes) > 0
    assert all(files[name].startswith(b"%PDF-") for name in sheets)
    manifest = json.loads(files[MANIFEST])
    assert manifest == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name != MANIFEST
    }


def test_the_draw_replays_from_its_file_and_the_chain_is_whole(planned: Office) -> None:
    """Anyone who has draw.json can repeat the draw; draw and plan are links of one chain."""
    link = _json(planned.out / "draw.json")
    assert replay(link["record"]) == []
    open_folder(planned.path)
    links = rounds.chain()
    assert links[0] == link
    assert [one["record"]["kind"] for one in links] == ["draw", "plan"]
    assert audit(links, head=links[-1]["hash"]) == []


def test_the_same_seed_gives_the_same_bytes_everywhere(county: Office, planned: Office) -> None:
    """Two folders with the same ledgers and seed hold the same files, byte for byte."""
    county.week()
    ours, theirs = county.files(), planned.files()
    assert set(ours) == set(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert str(county.path).encode() not in b"".join(ours.values())


def test_the_recorded_plan_and_crews_stand_the_recheck(
    county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on record passes the checks that know no solver, and a spoilt plan does not."""
    seen: dict[str, Any] = {}

    def keep_plan(plan: Any, problem: Any) -> None:  # noqa: ANN401
        seen["problem"] = problem

    def keep_crews(*_: Any, **given: Any) -> list[Any]:
        seen["people"] = given
        return []

    monkeypatch.setattr(recording, "require", keep_plan)
    monkeypatch.setattr(recording, "check_crews", keep_crews)
    county.week()
    told = _json(county.out / "plan.json")
    plan, problem = plan_from_json(told["plan"]), seen["problem"]
    assert verify(plan, problem) == []
    crews = Crews(
        crews=tuple(
            Crew(team_day=day, inspectors=tuple(one["inspectors"]), leader=one["leader"],
                 experts=tuple(one["experts"]))
            for day, one in told["crews"].items()
        ),
        record=told["crew_record"],
    )  # fmt: skip
    assert check_crews(crews, plan, problem, **seen["people"]) == []
    assert all(len(crew.inspectors) >= 2 for crew in crews.crews)
    told["plan"]["routes"][0]["stops"][0]["start"] -= 4 * 3600
    assert verify(plan_from_json(told["plan"]), problem) != []


def test_a_plan_that_fails_the_recheck_is_not_published(
    county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draw stays on record, nothing else is written, and the next run goes on with it."""

    def spoilt(problem: Any, **given: Any) -> Any:  # noqa: ANN401
        plan, solved = original(problem, **given)
        data = plan.to_json()
        data["routes"][0]["stops"][0]["start"] -= 4 * 3600
        return plan_from_json(data), solved

    original = recording.plan_of
    with monkeypatch.context() as patch:
        patch.setattr(recording, "plan_of", spoilt)
        with pytest.raises(PlanRejected):
            county.week()
    assert not county.out.exists()
    drawn = county.events(EventKind.DRAWN)["data"].tolist()
    assert len(drawn) == 1
    assert county.week(seed="another").status == "published"
    assert _json(county.out / "draw.json") == drawn[0]


def test_no_personal_data_in_what_goes_around(planned: Office) -> None:
    """No telephone number, contact, owner or reporter is in map, plan, draw or plan workbook."""
    ledgers = read_ledgers(planned.path).registers
    private: set[str] = set()
    for register, column in (
        ("enterprises", "phone"), ("enterprises", "contact"), ("inspectors", "phone"),
        ("experts", "phone"), ("departments", "phone"), ("areas", "owner"), ("sites", "person"),
    ):  # fmt: skip
        private |= set(ledgers[register][column].dropna())
    officers = set(ledgers["inspectors"]["name"]) | set(ledgers["experts"]["name"])
    firms = "\n".join(ledgers["enterprises"]["name"]) + "\n".join(ledgers["sites"]["name"])
    private = {word for word in private - officers if word not in firms}
    assert len(private) > 100
    book = openpyxl.load_workbook(planned.out / "plan.xlsx")
    cells = [str(c.value) for sheet in book for row in sheet.rows for c in row if c.value]
    texts = {
        "plan.xlsx": "\n".join(cells),
        **{
            name: (planned.out / name).read_text("utf-8")
            for name in ("index.html", "plan.json", "draw.json")
        },
    }
    found = {(name, word) for name, text in texts.items() for word in private if word in text}
    assert found == set()


# Running again ------------------------------------------------------------------------------------


def test_running_again_changes_nothing_and_says_so(planned: Office) -> None:
    """Another run, even with another seed, leaves bytes, times and events as they were."""
    before, events = _mtimes(planned.path), planned.count()
    result = planned.week(seed="another")
    assert result.status == "unchanged"
    assert result.record["seed"] == "种子 7"
    assert planned.count() == events
    assert _mtimes(planned.path) == before


def test_files_that_are_gone_are_made_again_from_the_record(planned: Office) -> None:
    """Deleted files come back with the bytes they had; one filled in by hand is kept."""
    before = planned.files("out")
    sheet = sorted((planned.out / "任务单").iterdir())[0]
    for path in (planned.out / "index.html", planned.out / "plan.xlsx", sheet):
        path.unlink()
    planned.template.write_bytes(b"filled in by hand")
    events = planned.count()
    assert planned.week().status == "restored"
    assert planned.template.read_bytes() == b"filled in by hand"
    planned.template.write_bytes(before[f"{planned.out.name}/{planned.template.name}"])
    assert planned.files("out") == before
    assert planned.count() == events
    assert planned.week().status == "unchanged"


def test_a_redraw_has_a_reason_and_keeps_what_was(planned: Office) -> None:
    """A redraw is a round of its own on the chain; the files of the first one move aside."""
    before = planned.files(f"out/{planned.out.name}")
    first = _json(planned.out / "draw.json")
    result = planned.week(redraw_reason="名单漏了马田镇")
    assert result.status == "published"
    second = _json(planned.out / "draw.json")
    assert second["record"]["round"] == "2026-W48.2" == result.record["round"]
    assert second["record"]["redraw_reason"] == "名单漏了马田镇"
    assert second["record"]["selected"] != first["record"]["selected"]
    kept = planned.files(f"out/{planned.out.name}/{SUPERSEDED}/before-2026-W48.2")
    moved = {name for name in before if name in kept}
    assert {"index.html", "draw.json", "plan.json", "结果回填.xlsx", MANIFEST} <= moved
    assert all(kept[name] == before[name] for name in moved)
    links = rounds.chain()
    assert [one["record"]["kind"] for one in links] == ["draw", "plan", "draw", "plan"]
    assert audit(links) == []
    assert planned.week().status == "unchanged"


def test_a_redraw_that_was_interrupted_goes_on_with_its_draw(
    planned: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the same command nor a plain run draws a third time."""

    class PowerCutError(Exception):
        pass

    def cut(stage: str) -> None:
        if stage == "drawn":
            raise PowerCutError

    with pytest.raises(PowerCutError):
        planned.week(redraw_reason="名单有误", progress=cut)
    result = planned.week(redraw_reason="名单有误", seed="another")
    assert (result.record["round"], result.record["redraw_reason"]) == ("2026-W48.2", "名单有误")
    assert len(planned.events(EventKind.DRAWN)) == 2
    assert audit(rounds.chain()) == []


# What is refused ----------------------------------------------------------------------------------


def test_what_cannot_be_drawn_again_is_refused(county: Office, reported: Office) -> None:
    """There is no redraw without a plan, and none after visits have been reported."""
    with pytest.raises(WeekError) as nothing:
        county.week(redraw_reason="为什么不")
    assert nothing.value.code == "nothing_to_redraw"
    before, events = reported.files(), reported.count()
    with pytest.raises(WeekError) as late:
        reported.week(redraw_reason="结果不好")
    assert late.value.code == "results_reported"
    assert (reported.files(), reported.count()) == (before, events)


def test_a_week_before_a_recorded_one_is_refused(planned: Office) -> None:
    """Weeks are made in their order, or nobody could say what was known when."""
    events = planned.count()
    with pytest.raises(WeekError) as caught:
        planned.week(dt.date(2026, 11, 16))
    assert caught.value.code == "later_week_recorded"
    assert planned.count() == events


def test_a_week_of_holidays_is_refused(county: Office) -> None:
    """The week of the Spring Festival of 2026 has no working day."""
    with pytest.raises(WeekError) as caught:
        county.week(dt.date(2026, 2, 18))
    assert caught.value.code == "no_workdays"
    assert county.events(EventKind.DRAWN).empty
    assert not (county.path / "out").exists()


def test_a_folder_without_ledgers_is_refused(empty: Office) -> None:
    """What is missing is named, and nothing is written beside the database."""
    with pytest.raises(NoLedgersError) as caught:
        empty.week()
    assert caught.value.missing == ("enterprises", "inspectors", "vehicles", "stations")
    assert empty.files() == {}


def test_strict_refuses_ledgers_with_errors_and_writes_nothing(county: Office) -> None:
    """With --strict one bad row is enough: no event, no file."""
    before = county.files()
    with pytest.raises(ImportRefusedError) as caught:
        county.week(strict=True)
    assert caught.value.ledgers.errors
    assert county.files() == before
    assert county.count() == 0


_NOWHERE = {"地址": "无此地", "经度": "", "纬度": "", "乡镇街道": ""}


@pytest.mark.parametrize(
    ("ledger", "columns", "code"),
    [
        ("驻地台账.csv", _NOWHERE, "no_placed_station"),
        ("车辆台账.csv", {"驻地编号": "S99"}, "no_team"),
    ],
)
def test_stations_and_cars_that_cannot_be_used_are_said(
    county: Office, ledger: str, columns: dict[str, str], code: str
) -> None:
    """Stations without a place, or cars of a station that nobody knows, end in a sentence."""
    settings = county.path / "xunge.toml"
    settings.write_text(settings.read_text("utf-8").replace("431023", ""), "utf-8")
    _rewrite(county.path / ledger, lambda row: {**row, **columns})
    with pytest.raises(WeekError) as caught:
        county.week()
    assert caught.value.code == code


# The next week ------------------------------------------------------------------------------------


def test_mended_and_changed_rows_come_in_with_the_next_week(planned: Office) -> None:
    """A row mended in 待修正 is taken; a changed row leaves a trace of what it was before."""
    mending = planned.path / "待修正_企业台账.xlsx"
    book = openpyxl.load_workbook(mending)
    sheet = book.worksheets[0]
    head = {cell.value: cell.column for cell in sheet[1]}
    mended = None
    for row in range(2, sheet.max_row + 1):
        if not sheet.cell(row, head["单位名称"]).value:
            sheet.cell(row, head["单位名称"]).value = "柏林补名加工厂"
            mended = sheet.cell(row, head["编号"]).value
    book.save(mending)
    _rewrite(
        planned.path / "车辆台账.csv",
        lambda row: {
            k: "9" if k == "座位数" and row["编号"] == "C01" else v for k, v in row.items()
        },
    )
    planned.week(NEXT)
    from xunge.web.ledger import frames

    firms = frames.register("enterprises").set_index("id")
    assert firms.loc[mended, "name"] == "柏林补名加工厂"
    assert firms.loc[mended, "placed_lon"] > 0
    told = records(planned.events(EventKind.REGISTERED))
    changed = [row["data"] for row in told if "before" in row["data"]]
    assert [(one["before"], one["after"]) for one in changed] == [({"seats": 5}, {"seats": 9})]
    new = [row["subject"] for row in told if row["on"] == NEXT - dt.timedelta(days=1)]
    assert mended in new


def test_nothing_that_happened_from_monday_on_is_seen(planned: Office) -> None:
    """States are those of the evening before; later events are counted and left out."""
    open_folder(planned.path)
    day = dt.date(2026, 6, 14)
    known = know(day, tables=TABLES)
    assert known.visits["date"].max() <= day
    assert known.orders["issued"].max() <= day
    assert known.sites["discovered"].max() <= day
    assert known.discoveries["on"].max() <= day
    later = known.events[known.events["on"] > day]["kind"]
    assert known.later == (later != EventKind.CARRIED).sum() > 0
    now = know(dt.date(2026, 11, 22), tables=TABLES)
    assert now.later == 0
    assert len(now.visits) > len(known.visits)


def test_who_was_drawn_and_could_not_be_visited_comes_first_next_week(
    county: Office, planned: Office
) -> None:
    """A drawn firm that every officer has to avoid is carried over in ticket order."""
    drawn = _json(planned.out / "draw.json")["record"]["selected"]
    victims = [entry["id"] for entry in drawn][1:4:2]
    path = county.path / "执法人员名录.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    column = next(
        c.column for row in sheet.iter_rows(max_row=3) for c in row if c.value == "回避对象"
    )
    for row in range(3, sheet.max_row + 1):
        if sheet.cell(row, 1).value:
            sheet.cell(row, column).value = "、".join(victims)
    book.save(path)
    result = county.week()
    assert _json(county.out / "draw.json")["record"]["selected"] == drawn
    left = {row["visit"]: row["reason"] for row in result.record["plan"]["unserved"]}
    names = {visit["object"]: visit["id"] for visit in result.record["visits"]}
    assert [left[names[victim]] for victim in victims] == ["no_crew", "no_crew"]
    assert [one for one in result.record["carried"] if one in victims] == victims
    county.week(NEXT)
    again = _json(county.path / "out" / "2026-W49" / "draw.json")["record"]
    assert again["carried"] == result.record["carried"]
    kept = [entry["id"] for entry in again["selected"] if entry["stratum"] == "carried"]
    assert kept == [entry["id"] for entry in again["selected"][: len(kept)]]
    assert set(victims) <= set(kept)
    assert replay(again) == []
    assert not (county.out / STAGING).exists()


def test_a_firm_on_last_weeks_list_is_not_drawn_again_before_results_are_in(
    planned: Office,
) -> None:
    """The next week is drafted before results come in: who is planned waits like who was seen."""
    first = planned.events(EventKind.PLANNED)["data"][0]["record"]
    served = {stop["visit"] for route in first["plan"]["routes"] for stop in route["stops"]}
    drawn = {v["object"] for v in first["visits"] if v["id"] in served} & set(first["drawn"])
    assert drawn
    second = planned.week(MONDAY + dt.timedelta(days=7)).record
    assert not drawn & set(second["drawn"])
