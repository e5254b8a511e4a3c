"""The planner's map in a real Chromium, opened from disk with the network blocked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from maps.week_map import week_map

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from maps.week_view import WeekView

pytestmark = pytest.mark.browser
_NASTY = "</script><img src=x onerror=alert(1)>`${alert(2)}`{name}"

_AT = """id => {
  const m = Xunge.map, i = Xunge.places.indexOf(id);
  const p = m.latLngToContainerPoint([Xunge.places.lat[i], Xunge.places.lon[i]]);
  return [p.x, p.y];
}"""


@pytest.fixture(scope="module")
def week(
    fake_week: Callable[..., WeekView], tmp_path_factory: pytest.TempPathFactory
) -> tuple[WeekView, Path]:
    """Write one week of a middling county."""
    view = fake_week(enterprises=800, sites=90, teams=4)
    path = tmp_path_factory.mktemp("week") / "index.html"
    path.write_text(week_map(view), encoding="utf-8", newline="\n")
    return view, path


def _click_place(page: Any, place: str) -> None:  # noqa: ANN401 (a Playwright page)
    """Zoom to a place and click on its symbol."""
    page.evaluate(
        """id => { const i = Xunge.places.indexOf(id);
          Xunge.map.setView([Xunge.places.lat[i], Xunge.places.lon[i]], 17, {animate: false}); }""",
        place,
    )
    x, y = page.evaluate(_AT, place)
    page.mouse.click(x, y)


def _layer(page: Any, name: str) -> int:  # noqa: ANN401
    """Return how many pixels of a canvas pane are not empty."""
    count: int = page.evaluate(
        """name => { const c = document.querySelector('.leaflet-' + name + '-pane canvas');
          const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; }""",
        name,
    )
    return count


def _switch(page: Any, name: str) -> None:  # noqa: ANN401
    page.locator(f"[data-layer={name}]").click()


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["desk", "phone"])
def test_opens_from_disk_without_any_request(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any], size: tuple[int, int]
) -> None:
    """From disk, with no network: one request (the file), no error, everything on screen."""
    opened = offline_page(week[1], width=size[0], height=size[1])
    page = opened.page
    assert opened.requests[0].startswith("file:")
    assert opened.beyond_the_file == []
    assert opened.errors == []
    assert page.title() == "永兴县 2026-W48 执法计划图"
    assert page.locator(".headline b").inner_text().isdigit()
    assert min(_layer(page, name) for name in ("roads", "cells", "dots", "routes", "sites")) > 50
    assert not page.get_by_text("Leaflet").count()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]


def test_click_on_a_site_tells_when_it_is_due_and_why(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any]
) -> None:
    """The popup of an overdue site has its name, due date, reasons and how exact its point is."""
    view, path = week
    row = view.places[view.places["state"] == "overdue"].iloc[0]
    opened = offline_page(path)
    _click_place(opened.page, row["id"])
    text = opened.page.locator(".leaflet-popup .pop").inner_text()
    assert row["name"] in text
    assert str(row["due"]) in text
    assert f"已逾期 {row['overdue_days']} 天" in text
    for reason in row["reasons"]:
        assert reason in text
    assert row["town"] in text
    assert "误差约" in text
    opened.page.keyboard.press("Escape")
    opened.page.locator(".leaflet-popup .pop").wait_for(state="detached")
    assert opened.errors == []


def test_click_on_a_cell_tells_the_evidence(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any]
) -> None:
    """The popup of a hot cell holds observed, expected, relative risk with interval, q, and who."""
    view, path = week
    page = offline_page(path).page
    for name in ("overdue", "soon", "open", "later", "revisit", "plain", "routes", "stations"):
        _switch(page, name)
    x, y = page.evaluate(
        """() => { const b = L.latLngBounds(Xunge.cells[0].ring).getCenter();
          Xunge.map.setView(b, 15, {animate: false});
          const p = Xunge.map.latLngToContainerPoint(b); return [p.x, p.y]; }"""
    )
    page.mouse.click(x, y)
    text = page.locator(".leaflet-popup .pop").inner_text()
    cell = view.cells[0]
    why = ("（本格 2 起）", "91%", cell.trend, cell.forecast)
    for part in (cell.id, "0.84", "倍（1.6–6.1）", "q 值", *why, *cell.contributors):
        assert part in text


def test_click_on_a_stop_and_on_a_route_tells_the_times(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any]
) -> None:
    """A stop's popup has its arrival; a route opens with the timetable of all its stops."""
    view, path = week
    page = offline_page(path).page
    route = view.routes[0]
    stop = page.locator(f".stop[aria-label*='{route.team} 周一 11-23 第 1 站']").first
    stop.focus()
    page.keyboard.press("Enter")
    text = page.locator(".leaflet-popup .pop").inner_text()
    assert route.stops[0].arrive in text
    assert route.stops[0].why in text
    page.locator("[data-route='0']").click()
    listed = page.locator("[data-route='0'] + ol").inner_text()
    for one in route.stops:
        assert f"{one.arrive}–{one.leave}" in listed
    assert page.locator("[data-route='0']").get_attribute("aria-expanded") == "true"


def test_day_picker_filters_routes_and_stops(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any]
) -> None:
    """A day shows that day's routes and stops only; 全部 shows the whole week."""
    view, path = week
    page = offline_page(path).page
    monday = [route for route in view.routes if route.day == view.as_of]
    assert page.locator(".route:visible").count() == len(monday)
    assert page.locator(".stop").count() == sum(len(route.stops) for route in monday)
    page.locator("#days label", has_text="周五").click()
    assert page.locator(".day:visible h2").all_inner_texts() == ["周五 11-27"]
    page.locator("#days label", has_text="全部").click()
    assert page.locator(".route:visible").count() == len(view.routes)
    assert page.locator(".stop").count() == sum(len(route.stops) for route in view.routes)
    page.keyboard.press("ArrowRight")
    assert page.locator(".day:visible h2").all_inner_texts() == ["周一 11-23"]


@pytest.mark.parametrize(
    ("switches", "pane"),
    [
        (("plain",), "dots"),
        (("cells",), "cells"),
        (("routes",), "routes"),
        (("overdue", "soon", "open", "later", "revisit"), "sites"),
    ],
)
def test_layers_can_be_switched_off(
    week: tuple[WeekView, Path],
    offline_page: Callable[..., Any],
    switches: tuple[str, ...],
    pane: str,
) -> None:
    """Each row of the legend switches its layer off and on again."""
    page = offline_page(week[1]).page
    before = _layer(page, pane)
    for name in switches:
        _switch(page, name)
    assert _layer(page, pane) == 0
    for name in switches:
        _switch(page, name)
    assert _layer(page, pane) == before


def test_search_by_name_and_id_with_the_keyboard_alone(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any]
) -> None:
    """A place is found by part of its name or by its id, opened by Enter, and focus comes back."""
    view, path = week
    opened = offline_page(path)
    page, box = opened.page, opened.page.locator("#search-box")
    row = view.places.iloc[123]
    box.focus()
    page.keyboard.type(row["id"].lower())
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert row["name"] in page.locator(".leaflet-popup .pop").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "search-box"
    box.fill(row["name"][3:])
    assert row["name"] in page.locator("#search-list li").first.inner_text()
    box.fill("没有这样的名字")
    assert page.locator("#search-list").inner_text() == "没有找到"
    assert opened.errors == []


def test_places_under_one_point_can_each_be_opened(
    fake_week: Callable[..., WeekView], offline_page: Callable[..., Any], tmp_path: Path
) -> None:
    """Several places at one village point open a list to choose from."""
    view = fake_week(enterprises=5, sites=0, routes=(), cells=())
    places = view.places.assign(lon=113.1, lat=26.15)
    path = tmp_path / "index.html"
    path.write_text(week_map(replace(view, places=places, stations=())), encoding="utf-8")
    page = offline_page(path).page
    _click_place(page, places["id"].iloc[0])
    assert "此处 5 项" in page.locator(".leaflet-popup .pop").inner_text()
    page.locator(".choice button").nth(3).click()
    assert page.locator(".leaflet-popup h3").last.inner_text() in set(places["name"])


def test_names_never_run(
    fake_week: Callable[..., WeekView], offline_page: Callable[..., Any], tmp_path: Path
) -> None:
    """Markup, back-ticks and ${…} in a ledger appear literally wherever they are shown."""
    view = fake_week(enterprises=5, sites=60)
    places = view.places.assign(name=_NASTY, industry=_NASTY, risk=_NASTY, town=_NASTY)
    places["reasons"] = [[_NASTY] for _ in places.index]
    stops = tuple(replace(s, why=_NASTY, kind=_NASTY) for s in view.routes[0].stops)
    route = replace(view.routes[0], team=_NASTY, stops=stops)
    cell = replace(
        view.cells[0], contributors=(_NASTY,), town=_NASTY, trend=_NASTY, forecast=_NASTY
    )
    town = {**view.towns["features"][0], "properties": {"name": _NASTY}} if view.towns else {}
    nasty = replace(
        view, area=_NASTY, places=places, routes=(route,), cells=(cell,),
        stations=((_NASTY, 113.1, 26.1),), towns={"type": "FeatureCollection", "features": [town]},
        unserved=(replace(view.unserved[0], name=_NASTY, reason=_NASTY),), stats={_NASTY: _NASTY},
    )  # fmt: skip
    path = tmp_path / "index.html"
    path.write_text(week_map(nasty), encoding="utf-8")
    opened = offline_page(path)
    page = opened.page
    dialogs: list[str] = []

    def note(dialog: Any) -> None:  # noqa: ANN401 (a Playwright dialog)
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.locator("#search-box").fill("onerror")
    assert _NASTY in page.locator("#search-list li").first.inner_text()
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup h3").inner_text() == _NASTY
    assert _NASTY in page.locator(".leaflet-popup .reasons").inner_text()
    page.locator("[data-route='0']").click()
    page.locator("[data-stop='0:0']").click()
    assert _NASTY in page.locator(".leaflet-popup .facts").last.inner_text()
    page.evaluate(
        "Xunge.map.fire('click', {latlng: L.latLngBounds(Xunge.cells[0].ring).getCenter()})"
    )
    assert page.locator(".town").first.inner_text() == _NASTY
    assert page.locator("h1").inner_text().startswith(_NASTY)
    assert page.locator("img").count() == 0
    assert dialogs == []
    assert opened.errors == []
    assert opened.beyond_the_file == []


def test_an_injected_script_is_stopped_by_the_policy(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any]
) -> None:
    """Even markup that got into the page cannot run or load anything: the policy refuses it."""
    page = offline_page(week[1]).page
    page.evaluate(
        """() => { const box = document.createElement('div');
          box.innerHTML = '<img src="data:," onerror="window.ran = 1">';
          document.body.appendChild(box);
          const script = document.createElement('script'); script.textContent = 'window.ran = 2';
          document.body.appendChild(script); }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None


def test_phone_opens_with_the_map_and_a_panel_to_unfold(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any]
) -> None:
    """On a phone the panel is folded to its headline; it opens and closes by its button."""
    page = offline_page(week[1], width=390, height=844).page
    assert page.locator(".headline").is_visible()
    assert not page.locator("#panel-body").is_visible()
    assert page.locator("#panel").bounding_box()["height"] < 844 / 4
    page.locator("#panel-toggle").click()
    assert page.locator("#search-box").is_visible()
    page.locator("#panel-toggle").click()
    assert not page.locator("#panel-body").is_visible()


def test_every_control_has_a_name_and_is_reached_by_keyboard(
    week: tuple[WeekView, Path], offline_page: Callable[..., Any]
) -> None:
    """Buttons, boxes and links carry a name, and Tab reaches the legend, days and routes."""
    page = offline_page(week[1]).page
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, summary')].filter(e => !(
          e.textContent.trim() || e.ariaLabel || e.title || (e.labels && e.labels.length)
        )).length"""
    )
    assert nameless == 0
    seen = set()
    page.locator("#panel-toggle").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate(
                """() => { const e = document.activeElement;
                  return e.id || e.dataset.layer || e.name || e.className || e.tagName; }"""
            )
        )
    assert {"search-box", "overdue", "cells", "day", "route"} <= seen
