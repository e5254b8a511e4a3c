"""Tests of draws that nobody controls: commit, open, give up, replace, combine."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scheduler.candidates import Candidate
from scheduler.draw import draw, replay
from scheduler.ledger import GENESIS, audit, link
from scheduler.substitutes import SubstituteError
from scheduler.terms import Party, PublicNumber, TermsError, nonce_commitment
from xunge import commitments, rounds
from xunge.companions import FOLDER, CompanionError
from xunge.rounds import WeekError
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office, Once

MONDAY = dt.date(2026, 11, 23)
NEXT = dt.date(2026, 11, 30)
TODAY = dt.date(2026, 11, 20)
NONCES = {"县应急管理局": "0123456789abcdef", "县司法局": "fedcba9876543210"}
NUMBER = "03 07 18 21 25 30"
PUBLIC = PublicNumber(name="福彩双色球2026135期", day="2026-11-24")


def commit(office: Office, round_id: str = "2026-W48", **options: Any) -> commitments.Step:
    """Commit to a week with two parties."""
    options = {"day": MONDAY, "public": PUBLIC, **options}
    digest = open_folder(office.path).settings.draw.digest
    parties = [
        Party(name=name, commitment=nonce_commitment(
            nonce, party=name, round_id=round_id, digest=digest))
        for name, nonce in NONCES.items()
    ]  # fmt: skip
    return commitments.commit_week(
        open_folder(office.path), today=TODAY, parties=parties, **options
    )


def open_(office: Office, **options: Any) -> commitments.Step:
    """Open the commitment of the first week."""
    given = {"day": MONDAY, "nonces": list(NONCES.values()), "public_number": NUMBER, **options}
    return commitments.open_week(open_folder(office.path), **given)


def substitute(office: Office, object_: str, **options: Any) -> commitments.Step:
    """Replace a drawn object of the first week."""
    given = {"day": MONDAY, "today": MONDAY, "reason": "moved", **options}
    return commitments.substitute(open_folder(office.path), object_=object_, **given)


def drawn(office: Office) -> list[str]:
    """Return the objects that the draw of the first week selected."""
    record = json.loads((office.out / "draw.json").read_text("utf-8"))["record"]
    return [one["id"] for one in record["selected"]]


@pytest.fixture(scope="module")
def _committed(_county: Office, once: Once) -> Office:
    def build(path: Path) -> None:
        commit(_county.copy(path))
        database.close()

    return replace(_county, path=once("永兴县 committed", build))


@pytest.fixture
def committed(_committed: Office, tmp_path: Path) -> Office:
    """Give a fresh copy of the county with a commitment to the first week."""
    return _committed.copy(tmp_path / "committed" / "永兴县")


@pytest.mark.parametrize("digest", ["sha256", "sm3"])
def test_a_committed_week_from_hash_to_plan(county: Office, digest: str) -> None:
    """The week goes on with the opened draw, and the folder alone proves it."""
    settings = county.path / "xunge.toml"
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'digest = "{digest}"\n')
    step = commit(county)
    assert "frame" not in step.record
    assert json.loads((county.out / "commit.json").read_text("utf-8")) == step.link
    with pytest.raises(WeekError, match="not_opened"):
        county.week()
    opened = open_(county)
    assert opened.record["commitment"] == step.record["commitment"]
    assert opened.record["digest"] == digest
    assert replay(json.loads(json.dumps(opened.record))) == []
    result = county.week(seed="has no say")
    assert result.record["seed"] == opened.record["seed"]
    assert result.record["drawn"] == drawn(county)
    links = rounds.chain()
    assert [one["record"]["kind"] for one in links] == ["commit", "draw", "plan"]
    assert {one["record"]["digest"] for one in links} == {digest}
    assert audit(links) == []
    assert json.loads((county.out / "draw.json").read_text("utf-8")) == opened.link
    checker = [sys.executable, str(county.out / "verify_draw.py"), str(county.out / "draw.json")]
    assert subprocess.run(checker, capture_output=True, check=False).returncode == 0


def test_the_plan_on_the_chain_names_nobody(planned: Office) -> None:
    """The link of a plan holds hashes of files, not the people of the crews."""
    open_folder(planned.path)
    plan = rounds.chain()[-1]["record"]
    assert set(plan) == {"kind", "digest", "round", "draw", "files"}
    assert "plan.json" in plan["files"]


def test_a_wrong_opening_changes_nothing(committed: Office) -> None:
    """A nonce that nobody committed to is refused; the right ones open the round afterwards."""
    with pytest.raises(TermsError) as caught:
        open_(committed, nonces=["0123456789abcdef", "0123456789abcdee"])
    assert (caught.value.code, caught.value.detail["name"]) == ("wrong_nonce", "县司法局")
    assert open_(committed).record["opening"]["public_number"] == NUMBER
    with pytest.raises(WeekError, match="nothing_to_open"):
        open_(committed)


def test_the_public_number_must_come_later(county: Office) -> None:
    """A number that is known already could have been chosen."""
    with pytest.raises(TermsError) as caught:
        commit(county, public=PublicNumber(name="福彩", day="2026-11-19"))
    assert caught.value.code == "public_number_known"


def test_an_abandoned_round_stays_on_the_chain(committed: Office) -> None:
    """A commitment is neither made twice nor forgotten: it ends with a reason, then a new round."""
    first = (committed.out / "commit.json").read_bytes()
    with pytest.raises(WeekError, match="commitment_waits"):
        commit(committed)
    with pytest.raises(WeekError, match="abandon_needs_reason"):
        commitments.abandon_week(open_folder(committed.path), day=MONDAY, today=TODAY, reason=" ")
    commitments.abandon_week(
        open_folder(committed.path), day=MONDAY, today=TODAY, reason="县司法局随机数遗失"
    )
    again = commit(committed, "2026-W48.2")
    assert again.record["redraw_reason"] == "县司法局随机数遗失"
    assert (committed.out / "commit.1.json").read_bytes() == first
    open_(committed)
    assert committed.week().record["round"] == "2026-W48.2"
    assert audit(rounds.chain()) == []


def test_a_later_week_does_not_pass_over_a_commitment(committed: Office) -> None:
    """Neither a week nor a commitment of a later week begins while one waits."""
    with pytest.raises(WeekError, match="not_opened"):
        committed.week(NEXT)
    with pytest.raises(WeekError, match="not_opened"):
        commit(committed, "2026-W49", day=NEXT)
    commitments.abandon_week(open_folder(committed.path), day=MONDAY, today=TODAY, reason="停电")
    assert committed.week(NEXT).status == "published"


def test_giving_up_a_redraw_leaves_the_plan_in_force(planned: Office) -> None:
    """A redraw that is committed to and given up changes nothing; the next one has its own name."""
    commit(planned, "2026-W48.2", redraw_reason="名单漏了马田镇")
    commitments.abandon_week(open_folder(planned.path), day=MONDAY, today=TODAY, reason="停电")
    assert planned.week().status == "unchanged"
    assert planned.week(redraw_reason="名单漏了马田镇").record["round"] == "2026-W48.3"
    assert audit(rounds.chain()) == []


def test_a_substitute_before_the_plan_is_planned(committed: Office) -> None:
    """Whoever cannot be visited gives way to the next ticket in the same week."""
    record = open_(committed).record
    gone = record["selected"][0]["id"]
    step = substitute(committed, gone)
    heir = step.record["substitute"]
    assert heir == record["substitutes"][step.record["stratum"]][0]
    with pytest.raises(SubstituteError):
        substitute(committed, gone)
    chosen = committed.week().record["drawn"]
    assert chosen[0] == heir
    assert gone not in chosen
    assert audit(rounds.chain()) == []


def test_a_substitute_after_the_plan_comes_next_week(planned: Office) -> None:
    """Once routes are out, the next ticket is owed by the following week, the first one is not."""
    gone = drawn(planned)[0]
    step = substitute(planned, gone, reason="other", note="改建为仓库")
    from xunge.web.ledger import frames

    owed = rounds.carried(frames.events(), NEXT)
    assert step.record["substitute"] in owed
    assert gone not in owed
    assert audit(rounds.chain()) == []


def test_a_substitute_needs_a_reason_that_is_known(planned: Office) -> None:
    """Free choice is no reason; the vague one must be explained."""
    gone = drawn(planned)[0]
    with pytest.raises(WeekError, match="unknown_reason"):
        substitute(planned, gone, reason="too far")
    with pytest.raises(WeekError, match="note_needed"):
        substitute(planned, gone, reason="other")
    with pytest.raises(WeekError, match="nothing_drawn"):
        substitute(planned, gone, day=NEXT)


def test_the_whole_chain_can_be_taken_to_the_checkers(planned: Office, tmp_path: Path) -> None:
    """The exported chain verifies without Xunge."""
    open_folder(planned.path)
    file = tmp_path / "chain.json"
    assert commitments.export_chain(file) == 2
    checker = [sys.executable, str(planned.out / "verify_draw.py"), "--chain", str(file)]
    assert subprocess.run(checker, capture_output=True, check=False).returncode == 0


# Draws of other departments -----------------------------------------------------------------------


def other_draw(office: Office, *, department: str, week: str = "2026-W48") -> dict[str, Any]:
    """Return another department's draw of the firms that this one draws, and of two more."""
    pool = [Candidate(id=id_) for id_ in (*drawn(office)[:3], "别处1", "别处2")]
    record = draw(pool, seed="s", round_id=week, quota={"weighted": 5}, department=department)
    return link(GENESIS, record=record.to_json())


def put(office: Office, content: dict[str, Any] | str) -> None:
    """Lay a file into the folder of other departments' draws."""
    folder = office.path / FOLDER
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    (folder / "其他部门.json").write_text(text, "utf-8")


def test_one_visit_does_for_two_departments(county: Office, planned: Office) -> None:
    """What another department drew as well is visited once, by both."""
    other = "公安局"  # has officers and a car of its own in the example
    put(county, other_draw(planned, department=other))
    record = county.week().record
    both = [v for v in record["visits"] if any(r["code"] == "combined" for r in v["why"])]
    assert both
    assert all(other in visit["departments"] for visit in both)
    assert {visit["object"] for visit in both} <= set(drawn(planned)[:3])
    (companion,) = record["companions"]
    assert (companion["department"], companion["others"]) == (other, 2)
    crews = record["crews"]
    people = record["people"]
    together = {visit["id"] for visit in both}
    for route in record["plan"]["routes"]:
        if together & {stop["visit"] for stop in route["stops"]}:
            crew = crews[route["team_day"]]["inspectors"]
            assert other in {people[one]["department"] for one in crew}


def test_draws_that_cannot_be_trusted_stop_the_week(county: Office, planned: Office) -> None:
    """A changed, unreadable or unknown draw of a department is named, nothing is recorded."""
    good = other_draw(planned, department="不存在的部门")
    for content, code in (
        (good, "companion_department"),
        ({**good, "hash": "0" * 64}, "companion_wrong"),
        ("{", "companion_unreadable"),
    ):
        put(county, content)
        with pytest.raises(CompanionError) as caught:
            county.week()
        assert caught.value.code == code
    open_folder(county.path)
    assert rounds.chain() == []
    shutil.rmtree(county.path / FOLDER)


def test_draws_of_other_weeks_are_left_alone(county: Office, planned: Office) -> None:
    """A file of last week may stay where it is."""
    put(county, other_draw(planned, department="不存在的部门", week="2026-W47"))
    assert county.week().record["companions"] == []
