"""Rules of the planner's map that can be checked without a browser."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from maps import style
from maps.week_map import week_map
from maps.week_view import STATES, BadView, HotCell, MapStop, WeekView

if TYPE_CHECKING:
    from collections.abc import Callable

_NASTY = "</script><img src=x onerror=alert(1)>`${alert(2)}`"


def _data(page: str) -> dict[str, Any]:
    block = re.findall(r'(?s)id="xunge-data">(.*?)</script>', page)[0]
    found: dict[str, Any] = json.loads(block)
    return found


def _panel(page: str) -> str:
    return str(re.findall(r"(?s)<aside.*</aside>", page)[0])


def test_same_week_same_bytes(fake_week: Callable[..., WeekView]) -> None:
    """Running the same week twice gives the same file."""
    assert week_map(fake_week(enterprises=20, sites=10)) == week_map(
        fake_week(enterprises=20, sites=10)
    )


def test_county_stays_below_two_megabytes(fake_week: Callable[..., WeekView]) -> None:
    """A county of 4,027 enterprises and 120 sites is well below two megabytes."""
    page = week_map(fake_week(enterprises=4027, sites=120, teams=5))
    assert len(page.encode()) < 1_200_000


def test_headline_counts_what_is_overdue(fake_week: Callable[..., WeekView]) -> None:
    """First sight: how many are overdue and by how many days at most."""
    view = fake_week(enterprises=5, sites=40)
    overdue = view.places[view.places["state"] == "overdue"]
    panel = _panel(week_map(view))
    assert f"<b>{len(overdue)}</b> 处已逾期，最长 {overdue['overdue_days'].max()} 天" in panel
    assert "2026-W48 · 数据截至 2026-11-23" in panel


def test_nothing_overdue_says_so(fake_week: Callable[..., WeekView]) -> None:
    """A week without overdue items says it in words instead of a zero."""
    assert "没有逾期事项" in _panel(week_map(fake_week(enterprises=5, sites=0, routes=())))


def test_legend_counts_every_place(fake_week: Callable[..., WeekView]) -> None:
    """The legend counts all places, those without a position too, and lists the latter."""
    view = fake_week(enterprises=5, sites=40)
    places = view.places.copy()
    lost = places.index[places["state"] == "overdue"][0]
    places.loc[[lost, 0], ["lon", "lat"]] = None
    page = week_map(replace(view, places=places, routes=(), unserved=()))
    counts = re.findall(r'data-layer="(\w+)".*?<b>(\d+)</b>', _panel(page))
    expected = {state: int((places["state"] == state).sum()) for state in STATES}
    assert {name: int(n) for name, n in counts if name in STATES} == expected
    assert "未上图 2 处" in _panel(page)
    assert places.loc[lost, "name"] in _panel(page)
    assert len(_data(page)["places"]["id"]) == len(places) - 2


def test_opens_on_the_day_of_the_data(fake_week: Callable[..., WeekView]) -> None:
    """The day picker starts on the day of the data, on the first day with routes otherwise."""
    view = fake_week(enterprises=5, sites=40)
    wednesday = dt.date(2026, 11, 25)
    assert _data(week_map(replace(view, as_of=wednesday)))["firstDay"] == "2026-11-25"
    sunday = dt.date(2026, 11, 22)
    assert _data(week_map(replace(view, as_of=sunday)))["firstDay"] == "2026-11-23"
    assert _data(week_map(replace(view, routes=())))["firstDay"] is None


def test_routes_show_team_stops_and_times(fake_week: Callable[..., WeekView]) -> None:
    """The list of routes holds each stop with its times, readable without a map."""
    view = fake_week(enterprises=5, sites=40)
    panel = _panel(week_map(view))
    assert panel.count('class="route"') == len(view.routes)
    first = view.routes[0]
    assert "3 家 · 47 km · 7.5 小时" in panel
    assert f"<time>{first.stops[0].arrive}–{first.stops[0].leave}</time>" in panel


def test_left_out_are_listed_with_their_reason(fake_week: Callable[..., WeekView]) -> None:
    """What did not fit is on the map's panel, each with its reason."""
    view = fake_week(enterprises=10, sites=40)
    panel = _panel(week_map(view))
    assert "未排入 6 处" in panel
    assert panel.count("本周各组工时已排满") == 6


def test_english_page_has_no_chinese_labels(fake_week: Callable[..., WeekView]) -> None:
    """With English asked for, every label of ours is English."""
    fields = {"area": "Yongxing", "routes": (), "unserved": (), "stats": {}, "lang": "en"}
    page = week_map(fake_week(enterprises=3, sites=0, **fields))
    assert '<html lang="en">' in page
    assert not re.search(r"[\u4e00-\u9fff]", _panel(page))
    assert not any(re.search(r"[\u4e00-\u9fff]", word) for word in _data(page)["words"].values())


def test_licence_number_replaces_the_warning(fake_week: Callable[..., WeekView]) -> None:
    """The base map says that it is not reviewed, unless the bureau has a review number."""
    view = fake_week(enterprises=3, sites=0, routes=(), unserved=())
    assert "底图：本单位矢量数据（未经审核，仅限内部使用） · 乡镇界为近似示意" in week_map(view)
    licensed = week_map(replace(view, map_licence="湘S(2026)001号", towns_approximate=False))
    assert "审图号：湘S(2026)001号" in licensed
    assert (
        '<footer id="attribution">底图：本单位矢量数据（审图号：湘S(2026)001号）</footer>'
        in licensed
    )


def test_texts_of_ledgers_are_never_markup(fake_week: Callable[..., WeekView]) -> None:
    """A name out of a ledger stands in the page as text or as escaped JSON only."""
    view = fake_week(enterprises=3, sites=40)
    places = view.places.copy()
    for column in ("name", "industry", "risk", "town"):
        places[column] = _NASTY
    stop = replace(view.routes[0].stops[0], name=_NASTY, why=_NASTY, kind=_NASTY)
    route = replace(view.routes[0], team=_NASTY, crew=_NASTY, hours=_NASTY, stops=(stop,))
    cell = replace(view.cells[0], contributors=(_NASTY,), town=_NASTY)
    left = replace(view.unserved[0], name=_NASTY, reason=_NASTY)
    page = week_map(
        replace(
            view,
            area=_NASTY,
            places=places,
            routes=(route,),
            cells=(cell,),
            unserved=(left,),
            stations=((_NASTY, 113.1, 26.1),),
            stats={_NASTY: _NASTY},
            map_licence=_NASTY,
        )
    )
    assert "<img" not in page
    assert page.count("</script>") == page.count("<script")
    assert _data(page)["places"]["name"][0] == _NASTY


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("places", lambda v: replace(v, places=v.places.drop(columns="due"))),
        ("id", lambda v: replace(v, places=v.places.assign(id="E1"))),
        ("state", lambda v: replace(v, places=v.places.assign(state="late"))),
        ("kind", lambda v: replace(v, places=v.places.assign(kind="shop"))),
        ("cells", lambda v: replace(v, cells=(replace(v.cells[0], kind="cold99"),))),
        (
            "stops",
            lambda v: replace(
                v,
                routes=(
                    replace(
                        v.routes[0],
                        stops=(
                            MapStop(
                                n=1, place="no", arrive="09:00", leave="10:00", kind="", why=""
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ],
)
def test_a_view_that_cannot_be_drawn_is_refused(
    fake_week: Callable[..., WeekView], column: str, change: Callable[[WeekView], WeekView]
) -> None:
    """A view that breaks its contract is refused, with the column and the rows concerned."""
    with pytest.raises(BadView) as caught:
        week_map(change(fake_week(enterprises=3, sites=40)))
    assert caught.value.column == column
    assert caught.value.rows


def test_empty_week_is_a_page(fake_week: Callable[..., WeekView]) -> None:
    """A bureau with no border, no place and no plan still gets a page that says so."""
    view = fake_week(enterprises=3, sites=0)
    page = week_map(
        WeekView(area="某县", week="2026-W48", as_of=view.as_of, places=view.places.iloc[:0])
    )
    assert "本周没有安排路线" in page
    assert "本期没有显著的热点网格" in page


def test_a_stop_needs_a_point(fake_week: Callable[..., WeekView]) -> None:
    """A stop at a place that could not be located is refused: a route cannot pass nowhere."""
    view = fake_week(enterprises=3, sites=40)
    places = view.places.copy()
    places.loc[places["id"] == view.routes[0].stops[0].place, ["lon", "lat"]] = None
    with pytest.raises(BadView):
        week_map(replace(view, places=places))


def test_only_hot_classes_have_a_colour() -> None:
    """Cells that are not significant, or cold, have no colour and cannot be drawn."""
    assert set(style.CELLS) == {"hot99", "hot95", "hot90"}


def test_teams_differ_in_colour_or_pattern() -> None:
    """Twenty-four teams each have a look of their own."""
    assert len({style.route_style(i) for i in range(24)}) == 24


def test_cell_numbers_reach_the_browser(fake_week: Callable[..., WeekView]) -> None:
    """A hot cell carries what is needed to judge it: counts, ratio, interval, q, contributors."""
    cell = HotCell(
        id="4547-500-E1N2",
        ring=((113.0, 26.0), (113.01, 26.0), (113.01, 26.01), (113.0, 26.01)),
        kind="hot95",
        observed=5,
        expected=1.234,
        rr=2.5,
        rr_low=1.1,
        rr_high=4.9,
        q=0.0312,
        contributors=("某矿 × 3",),
    )
    fact = _data(week_map(fake_week(enterprises=3, sites=0, cells=(cell,), routes=())))["cells"][0]
    assert (fact["observed"], fact["expected"], fact["q"]) == (5, 1.23, "0.031")
    assert fact["rr"] == [2.5, 1.1, 4.9]
    assert fact["who"] == ["某矿 × 3"]
