"""A week with even hours: asked for by a setting, on record, and told where it is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from maps.messages import sentence
from xunge.hours import hours_sentence, hours_words

if TYPE_CHECKING:
    from tests.xunge.conftest import Office


def _ask(office: Office, spread: float) -> None:
    settings = office.path / "xunge.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("[draw]", f"hours_spread = {spread}\n\n[draw]"), "utf-8")


def test_hours_are_evened_and_told(county: Office) -> None:
    """Record, page, workbook and terminal say what the teams work, as their routes have it."""
    _ask(county, 0.1)
    record = county.week().record
    days = {day["id"]: day["team"] for day in record["team_days"]}
    worked: dict[str, int] = {}
    for route in record["plan"]["routes"]:
        spent = route["seconds"] + sum(stop["leave"] - stop["start"] for stop in route["stops"])
        team = str(days[route["team_day"]])
        worked[team] = worked.get(team, 0) + spent
    hours = record["hours"]
    assert hours["seconds"] == worked
    assert len(worked) == 2
    apart = 1000 * 2 * (max(worked.values()) - min(worked.values())) / sum(worked.values())
    assert hours["spread"] - 1 < apart <= hours["spread"] <= hours["most"] == 100
    assert sentence("summary_even_hours", lang="zh") in (county.out / "index.html").read_text(
        "utf-8"
    )
    book = openpyxl.load_workbook(county.out / "plan.xlsx")
    cells = {
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    }
    assert hours_sentence(record, "zh") in cells


def test_nothing_is_said_where_nobody_asked(planned: Office) -> None:
    """Without the setting hours lie apart as they come."""
    page = (planned.out / "index.html").read_text("utf-8")
    assert sentence("summary_even_hours", lang="zh") not in page
    assert hours_sentence({"hours": None}, "zh") == "" == hours_sentence({}, "en")


@pytest.mark.parametrize(("spread", "said"), [(49, "asked for"), (51, "more than the 5.0%")])
def test_a_spread_that_is_missed_is_told(spread: int, said: str) -> None:
    """The sentence tells a spread that was reached from one that was not."""
    hours = {"seconds": {"1": 36_000, "2": 37_800}, "spread": spread, "most": 50}
    assert said in hours_sentence({"hours": hours}, "en")
    assert "10.0" in hours_sentence({"hours": hours}, "zh")
    assert hours_words(hours, "en") == f"10.0–10.5 h, {spread / 10:.1f}% apart (5.0% asked for)"
