"""The map of a real run, opened as a planner opens it: from disk, with no network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser


def _most_overdue(due: list[dict[str, Any]]) -> dict[str, Any]:
    return max(due, key=lambda item: (item["overdue_days"], item["id"]))


def test_a_published_week_opens_offline_and_tells_when_a_site_is_due(
    planned: Any,  # noqa: ANN401 - the office of conftest.py
    offline_page: Callable[..., Any],
) -> None:
    """No request beyond the file, no console error; a searched site says its due date."""
    from layers.events import EventKind

    (data,) = planned.events(EventKind.PLANNED)["data"]
    item = _most_overdue(data["record"]["due"])
    opened = offline_page(planned.out / "index.html")
    assert opened.beyond_the_file == []
    assert opened.errors == []
    page = opened.page
    box = page.get_by_role("combobox")
    box.fill(item["object"])
    box.press("ArrowDown")
    box.press("Enter")
    text = page.locator(".leaflet-popup .pop").inner_text()
    assert item["due"] in text
    assert f"已逾期 {item['overdue_days']} 天" in text
    assert opened.errors == []


def test_the_quality_report_opens_offline_and_names_every_problem(
    planned: Any,  # noqa: ANN401 - the office of conftest.py
    offline_page: Callable[..., Any],
) -> None:
    """The report of a real import opens without a request and lists what its JSON lists."""
    opened = offline_page(planned.out / "quality.html")
    assert opened.beyond_the_file == []
    assert opened.errors == []
    facts = json.loads((planned.out / "quality.json").read_text("utf-8"))
    assert facts["problems"]
    text = opened.page.locator("body").text_content()
    assert all(problem["file"] in text for problem in facts["problems"])
