"""A week whose plan is drawn out of near-optimal ones: on record, on the page, repeatable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maps.messages import sentence

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office


def _daring(office: Office) -> Path:
    """Let the plan of *office* cost up to 5 % more than the best one."""
    settings = office.path / "xunge.toml"
    settings.write_text(settings.read_text("utf-8").replace("loss = 0.0", "loss = 0.05"), "utf-8")
    return settings


def test_how_well_days_can_be_guessed_is_on_record_and_on_the_page(county: Office) -> None:
    """The drawn plan stays within the loss; record, page and terminal say what it hides."""
    _daring(county)
    result = county.week()
    chance = result.record["unguessable"]
    assert chance["loss"] == 0.05
    assert chance["plans"] > 1
    assert chance["mean_loss"] <= chance["worst_loss"] <= chance["loss"]
    assert 0 < chance["entropy"] <= chance["most"]
    page = (county.out / "index.html").read_text("utf-8")
    assert sentence("summary_unguessable", lang="zh") in page


def test_the_best_plan_hides_nothing(planned: Office, county: Office) -> None:
    """Without a loss nothing is drawn, and nothing is said about it."""
    result = county.week()
    assert result.record["unguessable"] is None
    assert sentence("summary_unguessable", lang="zh") not in (planned.out / "index.html").read_text(
        "utf-8"
    )
