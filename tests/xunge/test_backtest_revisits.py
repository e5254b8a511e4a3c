"""The backtest of revisits sees the past only, and says when there is too little of it."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from maps.messages import sentence
from scheduler.due_rules import load_rules
from scheduler.revisit_rules import load_revisit_rules
from xunge import cli
from xunge.backtest import Estimate
from xunge.backtest_revisits import backtest_of, known_on
from xunge.relapses import Spell

if TYPE_CHECKING:
    from tests.xunge.conftest import Office

BEGIN = dt.date(2023, 1, 1)
RULES, DUE = load_revisit_rules(), load_rules()


def spells(places: int, *, seed: int, risky: float = 0.25) -> list[Spell]:
    """Return three years of places, a part of which start again months after every closing."""
    random = np.random.default_rng(seed)
    found, last = [], BEGIN + dt.timedelta(days=1095)
    for place in range(places):
        often = random.random() < risky
        closed = BEGIN + dt.timedelta(days=int(random.integers(0, 1000)))
        while closed < last:
            gap = int(random.exponential(120 if often else 6000)) + 1
            until = min(closed + dt.timedelta(days=gap), last)
            found.append(
                Spell(site=f"S{place}", place=f"S{place}", industry="fuel", closed=closed,
                      until=until, told=until, relapsed=until < last, open_days=3, near=0.0,
                      reports=0, lately=0.0, clean_days=400)
            )  # fmt: skip
            closed = until + dt.timedelta(days=5) if until < last else last
    return sorted(found, key=lambda one: (one.place, one.closed))


def test_places_that_relapse_are_found_sooner() -> None:
    """Where the past tells the future, the hazard beats even intervals, and that is said."""
    found = backtest_of(spells(150, seed=1), rules=RULES, due=DUE)
    rows = {row["method"]: row for row in found.rows}
    assert list(rows) == ["uniform", "steps", "root_hazard"]
    ours, even = rows["root_hazard"], rows["uniform"]
    assert isinstance(ours["undetected"], Estimate)
    assert isinstance(even["undetected"], Estimate)
    assert ours["undetected"].value < even["undetected"].value
    assert isinstance(ours["c"], Estimate)
    assert ours["c"].value > 0.65
    assert "backtest_ahead" in [code for code, _ in found.notes]
    assert found.to_json() == backtest_of(spells(150, seed=1), rules=RULES, due=DUE).to_json()


def test_too_little_history_is_said_with_what_it_takes() -> None:
    """A handful of closings gives no row, and no claim."""
    found = backtest_of(spells(12, seed=2, risky=0.0), rules=RULES, due=DUE)
    assert found.rows == ()
    ((code, data),) = found.notes
    assert code == "backtest_revisits_too_few"
    for lang in ("zh", "en"):
        assert str(data["least_relapses"]) in sentence(code, lang=lang, **data)
    assert backtest_of([], rules=RULES, due=DUE).rows == ()


def test_what_is_known_on_a_day_has_no_later_end() -> None:
    """A relapse counts from the day on which it was told of, not from the day it is dated to."""
    (one,) = spells(1, seed=3, risky=0.0)[:1]
    relapse = Spell(site="A", place="A", industry="fuel", closed=BEGIN, near=0.0, reports=0,
                    lately=0.0, clean_days=400,
                    until=BEGIN + dt.timedelta(days=30), told=BEGIN + dt.timedelta(days=60),
                    relapsed=True, open_days=1)  # fmt: skip
    early = known_on([one, relapse], BEGIN + dt.timedelta(days=45))
    assert [(s.relapsed, s.until) for s in early if s.site == "A"] == [
        (False, BEGIN + dt.timedelta(days=45))
    ]
    late = known_on([relapse], BEGIN + dt.timedelta(days=61))
    assert late == [relapse]
    assert known_on([relapse], BEGIN) == []


def test_the_command_reads_the_folder(
    planned: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The county's record is read; JSON says what was judged or what is missing."""
    words = ["xunge", "backtest", "revisits", str(planned.path), "--date", "2026-11-22", "--json"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit):
        cli.main()
    found = json.loads(capsys.readouterr().out)
    assert found["kind"] == "revisits"
    assert found["notes"][0]["spells"] > 30
    assert bool(found["rows"]) == (found["notes"][0]["code"] == "backtest_revisits_judged")
