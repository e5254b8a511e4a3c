"""``xunge due``: the list, the sum behind every date, what is settled, the own calendar."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from layers.ledgers import read_ledgers
from layers.rows import records
from scheduler.workdays import OverlayError
from xunge import config
from xunge.due import workdays_of
from xunge.week import open_folder

if TYPE_CHECKING:
    from tests.xunge.conftest import Office, Run

MONDAY = "2026-11-23"
LATER = "2026-12-14"


@pytest.fixture
def run(run: Run) -> Run:
    """Give a function that runs ``xunge due``."""
    return partial(run, "due")


def listed(run: Run, office: Office, *words: object) -> dict[str, Any]:
    """Return the list as JSON."""
    code, out, _ = run(office.path, *words, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_oldest_overdue_comes_first_and_every_item_is_a_sum(planned: Office, run: Run) -> None:
    """Base date plus all days is the due date, for every kind."""
    found = listed(run, planned, "--date", MONDAY, "--days", 2000)
    items = found["items"]
    delays = [item["overdue_days"] for item in items]
    assert delays == sorted(delays, reverse=True)
    assert delays[0] > 0
    assert {"reinspection", "revisit", "village_round", "town_round", "weekly_report",
            "monthly_report", "exposure_list"} <= {item["kind"] for item in items}  # fmt: skip
    for item in items:
        days = dt.timedelta(days=sum(reason["days"] for reason in item["reasons"]))
        assert dt.date.fromisoformat(item["base"]) + days == dt.date.fromisoformat(item["due"])
    counts = found["counts"]
    assert sum(row[name] for row in counts.values() for name in ("overdue", "soon", "later")) == (
        len(items)
    )


def test_kinds_and_areas_choose(planned: Office, run: Run) -> None:
    """By code or name; a kind that does not exist is named with those that do."""
    everything = listed(run, planned, "--date", MONDAY, "--days", 400)["items"]
    revisits = listed(run, planned, "--date", MONDAY, "--days", 400, "--kind", "revisit")["items"]
    assert revisits == [item for item in everything if item["kind"] == "revisit"]
    town = next(item["area"] for item in revisits if item["area"])
    here = listed(run, planned, "--date", MONDAY, "--days", 400, "--area", town)["items"]
    assert 0 < len(here) < len(everything)
    assert {item["area"] for item in here} == {town}
    code, _, said = run(planned.path, "--kind", "revisits")
    assert code == 2
    assert "revisit" in said


def test_the_terminal_says_the_same_in_both_languages(planned: Office, run: Run) -> None:
    """Ids are never cut, villages have a line for each town, the calendar warns."""
    _, out, _ = run(planned.path, "--date", MONDAY)
    first = listed(run, planned, "--date", MONDAY)["items"][0]
    assert out.startswith(f"到期事项（{MONDAY}）：逾期")
    assert first["id"] in out
    assert "村排查" in out
    assert "village_round:" not in out
    _, villages, _ = run(planned.path, "--date", MONDAY, "--kind", "village_round")
    assert "village_round:" in villages
    settings = planned.path / "xunge.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("[bureau]", '[bureau]\nlanguage = "en"'), "utf-8"
    )
    _, english, _ = run(planned.path, "--date", "2026-12-28")
    assert english.startswith("Due on 2026-12-28:")
    assert "the public holidays of 2027" in english


def test_explain_prints_base_rules_status_and_shifts(planned: Office, run: Run) -> None:
    """Every link has its days, where it leads, its clause and how far that was verified."""
    items = listed(run, planned, "--date", MONDAY, "--days", 60)["items"]
    item = next(
        one for one in items
        if one["kind"] == "reinspection" and one["reasons"][-1]["code"] == "nonworking_shift"
    )  # fmt: skip
    code, out, _ = run("explain", item["id"], planned.path, "--date", MONDAY)
    assert code == 0
    assert item["id"] in out
    for reason in item["reasons"]:
        assert f"{reason['days']:+d} 天 → {reason['to']}" in out
        assert reason["source"] in out
    assert "法规原文已核对" in out  # 民法典 moves the date to a working day
    assert f"= {item['due']}" in out
    swapped = run("explain", planned.path, item["id"], "--date", MONDAY)
    assert swapped[:2] == (0, out)
    _, by_object, _ = run("explain", item["object"], planned.path, "--date", MONDAY)
    assert item["id"] in by_object


def test_an_unknown_id_names_the_nearest(planned: Office, run: Run) -> None:
    """And the exit code says that nothing was found."""
    item = listed(run, planned, "--date", MONDAY)["items"][0]
    code, out, said = run("explain", item["id"] + "x", planned.path, "--date", MONDAY)
    assert (code, out) == (1, "")
    assert item["id"] in said


def test_what_is_settled_says_when_and_by_which_record(planned: Office, run: Run) -> None:
    """A review, a visit and a check of a report settle; a missed step becomes part of the next."""
    events = planned.events()
    review = records(events[events["kind"] == "reviewed"])[0]
    report = records(events[events["kind"] == "verified"])[0]
    sites = events[events["kind"] == "closed"]
    wanted = {
        f"reinspection:{review['data']['order']}:0": ("reviewed", review["on"]),
        f"report:{report['subject']}": ("verified", report["on"]),
    }
    for id_, (kind, on) in wanted.items():
        _, out, _ = run("explain", id_, planned.path, "--date", MONDAY, "--json")
        (found,) = json.loads(out)["items"]
        assert (found["id"], found["settled_on"]) == (id_, on.isoformat())
        assert kind in {event["kind"] for event in found["settled_by"]}
    ends = set()
    for site in records(sites)[40:44]:
        id_ = f"revisit:{site['subject']}:{site['on'].isoformat()}:7"
        code, out, _ = run("explain", id_, planned.path, "--date", MONDAY)
        assert code == 0
        ends.add("办结" if "办结" in out else "并入" if "并入" in out else "")
    assert "" not in ends
    assert "办结" in ends


def test_a_report_handed_in_is_settled_by_hand_and_nothing_else_is(
    planned: Office, run: Run
) -> None:
    """With who and note on record; twice is said, and so is what the records settle."""
    ids = {one["kind"]: one["id"] for one in listed(run, planned, "--date", LATER)["items"]}
    weekly, visit = ids["weekly_report"], ids["revisit"]
    day = ("--date", LATER)
    code, out, _ = run(
        "settle", planned.path, weekly, visit, "--by", "张三", "--note", "12 号", *day
    )
    assert code == 1
    assert f"{weekly} 已登记办结" in out
    assert f"{visit} 由台账记录办结" in out
    again, said, _ = run("settle", planned.path, weekly, "--by", "张三", *day)
    assert (again, "早已" in said) == (0, True)
    assert weekly not in {one["id"] for one in listed(run, planned, *day)["items"]}
    _, told, _ = run("explain", weekly, planned.path, *day)
    assert "张三 登记办结：12 号" in told


def test_a_round_that_is_settled_comes_again_next_week(planned: Office, run: Run) -> None:
    """A village that says it was checked is due by the end of the following week."""
    rounds = listed(run, planned, "--date", LATER, "--kind", "village_round")["items"]
    item = rounds[0]
    assert item["overdue_days"] > 0
    code, _, _ = run("settle", planned.path, item["id"], "--by", "村委", "--date", LATER)
    assert code == 0
    after = listed(run, planned, "--date", LATER, "--days", 30, "--kind", "village_round")["items"]
    (same,) = (one for one in after if one["object"] == item["object"])
    assert (same["base"], same["overdue_days"]) == (LATER, 0)
    assert same["due"] == "2026-12-25"
    _, told, _ = run("explain", item["id"], planned.path, "--date", LATER)
    assert "村委" in told


def test_the_folder_may_know_working_days_better(county: Office) -> None:
    """A rest day takes a day from the week; Excel's encoding is read; the file is no ledger."""
    (county.path / "工作日调整.csv").write_bytes(
        "日期,类型,说明\n2026/11/25,休息,县庆\n2027-10-01~2027-10-07,放假,国庆\n".encode("gb18030")
    )
    days = workdays_of(config.load(county.path))
    assert dt.date(2026, 11, 25) not in days.week(dt.date(2026, 11, 23))
    assert days.next_workday(dt.date(2027, 10, 1)) == dt.date(2027, 10, 8)
    assert days.unknown_years == ()
    assert "工作日调整.csv" not in str(read_ledgers(county.path).unread)


def test_rows_of_the_calendar_that_make_no_sense_are_named(county: Office, run: Run) -> None:
    """With file, row and value, and what to write."""
    (county.path / "工作日调整.csv").write_text("2026-11-25,也许\n2026-13-01,休息\n", "utf-8")
    with pytest.raises(OverlayError):
        open_folder(county.path)
    code, _, said = run(county.path, "--date", MONDAY)
    assert code == 1
    assert "工作日调整.csv 有 2 行" in said
    assert "第 1 行“也许”" in said
    assert "第 2 行“2026-13-01”" in said
