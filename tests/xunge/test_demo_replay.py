"""The example county replayed through its events gives the states that its ledgers ship."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from layers import cases
from layers.ledgers import read_ledgers
from layers.schema import REGISTERS
from xunge.demo import TODAY, write_county

if TYPE_CHECKING:
    from pathlib import Path

    from layers.events import Event
    from layers.ledgers import Ledgers

SMALL = 500
WITH_STATE = [name for name in cases.LIVES if "state" in REGISTERS[name]]

pytestmark = [pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    """Read a smaller county as the importer does."""
    folder: Path = write_county(tmp_path_factory.mktemp("replay"), enterprises=SMALL).folder
    return read_ledgers(folder)


@pytest.fixture(scope="module")
def events(county: Ledgers) -> list[Event]:
    """Return all that its ledgers tell."""
    return [e for name in cases.REGISTERS for e in cases.events_of(name, county.registers[name])]


@pytest.fixture(scope="module")
def by_day(events: list[Event]) -> dict[str, dict[dt.date, dict[str, str]]]:
    """Enter the events on the day on which they happen, and look at all states once a week."""
    seen: dict[str, dict[dt.date, dict[str, str]]] = {name: {} for name in WITH_STATE}
    frame = cases.event_frame(sorted(events, key=lambda event: event.on))
    for weeks in reversed(range(105)):
        day = TODAY - dt.timedelta(weeks=weeks)
        sifted = cases.known(frame[frame["on"] <= day], day)
        for name in WITH_STATE:
            rows = cases.STATES[name](sifted, day)
            seen[name][day] = dict(zip(rows["id"], rows["state"], strict=True))
    return seen


@pytest.mark.parametrize("name", WITH_STATE)
def test_the_last_evening_is_what_the_ledger_says(
    name: str, county: Ledgers, by_day: dict[str, dict[dt.date, dict[str, str]]]
) -> None:
    """After 24 months every record has exactly the state that its own row states."""
    rows = county.registers[name]
    own = dict(zip(rows["id"], rows["state"], strict=True))
    assert own
    assert by_day[name][TODAY] == own


@pytest.mark.parametrize("name", WITH_STATE)
def test_no_record_disappears_and_none_returns_to_its_beginning(
    name: str, by_day: dict[str, dict[dt.date, dict[str, str]]]
) -> None:
    """From week to week records are only added, and what has ended stays ended."""
    ends = {"cancelled", "concluded", "lifted", "done", "returned", "removed"}
    days = sorted(by_day[name])
    for before, after in pairwise(days):
        old, new = by_day[name][before], by_day[name][after]
        assert set(old) <= set(new)
        assert {key: new[key] for key, state in old.items() if state in ends} == {
            key: state for key, state in old.items() if state in ends
        }


def test_the_older_ledgers_agree_as_well(county: Ledgers, events: list[Event]) -> None:
    """Sites, orders and reports are as their ledgers say; nothing of any row is lost."""
    frame = cases.event_frame(events)

    def states(name: str, column: str) -> dict[str, Any]:
        rows = cases.STATES[name](frame, TODAY)
        return dict(zip(rows["id"], rows[column], strict=True))

    registers = county.registers
    assert states("sites", "status") == dict(registers["sites"][["id", "status"]].to_numpy())
    outcomes = dict(registers["orders"][["id", "outcome"]].to_numpy())
    assert states("orders", "outcome") == outcomes
    assert states("reports", "outcome") == dict(registers["reports"][["id", "outcome"]].to_numpy())
    rewarded = registers["rewards"].groupby("report")["amount"].sum()
    assert {k: v for k, v in states("reports", "rewarded").items() if v} == rewarded.to_dict()
    assert len(cases.accident_states(frame, TODAY)) == len(registers["accidents"])
    closed = registers["sites"].loc[registers["sites"]["status"] == "closed", "id"]
    assert set(cases.closure_states(frame, TODAY)["site"]) == set(closed)


def test_a_full_closure_has_no_gap_in_the_list(county: Ledgers, events: list[Event]) -> None:
    """A site is closed in full exactly where the list has a day for every required item."""
    rows = county.registers["closures"]
    done = rows.groupby("site")["done"].agg(lambda days: bool(days.notna().all()))
    found = cases.closure_states(cases.event_frame(events), TODAY)
    assert dict(zip(found["site"], found["full"], strict=True)) == done.to_dict()
    assert 0 < found["full"].sum() < len(found)
    assert isinstance(found, pd.DataFrame)
