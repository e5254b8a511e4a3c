"""The page about the frame names every rule that ships."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from scheduler.conditions import load_conditions
from scheduler.floors import load_floors

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "frame.md").read_text("utf-8")
CAPS = tomllib.loads((ROOT / "scheduler" / "caps.toml").read_text("utf-8"))
REASONS = (
    "excluded_by_order", "closed", "suspended", "unplaced", "already_due", "cap_reached",
    "cooldown", "recent", "key_cycle", "covered", "grade",
)  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        *REASONS,
        *(rule.name for rule in load_floors().rules),
        *(one.name for one in load_conditions()),
        *CAPS["tables"],
    ],
)
def test_every_rule_and_reason_is_explained(name: str) -> None:
    """Whoever meets a reason, a floor, a condition or a table of caps finds it on the page."""
    assert f"`{name}`" in PAGE
