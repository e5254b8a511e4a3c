"""Closed sites of a folder: relapses in its record, the radar, and dates that move up."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from layers.codes import TABLES
from layers.events import Event, EventKind
from layers.rows import records
from scheduler.due_rules import load_rules
from scheduler.relapse import fit
from scheduler.revisit_rules import load_revisit_rules
from xunge import radar, relapses
from xunge.folder_key import keep_key, key_of
from xunge.knowledge import Knowledge, know
from xunge.week import open_folder
from xunge.words import due_sentences, radar_sentences, radar_words, why_sentences

if TYPE_CHECKING:
    from scheduler.suggestions import Suggestion
    from tests.xunge.conftest import Office

EVE, MONDAY = dt.date(2026, 11, 22), dt.date(2026, 11, 23)
DUE = load_rules()
RADAR = load_revisit_rules().radar


def known(office: Office, day: dt.date = EVE) -> Knowledge:
    """Return what the folder knows on an evening."""
    open_folder(office.path)
    return know(day, tables=TABLES)


def happened(knowledge: Knowledge, *events: Event) -> Knowledge:
    """Return the knowledge with nothing but some events of sites, its states made anew."""
    from layers import cases

    frame = cases.event_frame(events)
    return dataclasses.replace(
        knowledge, events=frame, visits=cases.visits_as_of(frame, knowledge.day),
        sites=cases.site_states(frame, knowledge.day),
        reports=cases.report_states(frame, knowledge.day),
        discoveries=knowledge.discoveries.iloc[:0],
    )  # fmt: skip


def event(what: EventKind, site: str, on: str, **data: Any) -> Event:
    """Return an event of 2026."""
    day = dt.date.fromisoformat(f"2026-{on}")
    return Event(kind=what, subject=site, on=day, key=on, data=data)


D, C, V = EventKind.DISCOVERED, EventKind.CLOSED, EventKind.VISITED


def test_closings_become_spells_that_end_with_the_next_discovery(planned: Office) -> None:
    """Closed, found again after 40 days, closed again, and clean until the last day known."""
    base = known(planned)
    site = str(base.registers["sites"]["id"].iloc[0])
    told = happened(
        base, event(D, site, "01-01"), event(C, site, "01-11"), event(D, site, "02-20"),
        event(C, site, "03-01"),
    )  # fmt: skip
    one, other = relapses.spells_of(told, rules=DUE)
    assert ((one.until - one.closed).days, one.relapsed, one.open_days) == (40, True, 10)
    assert (other.until, other.relapsed, other.open_days) == (EVE, False, 9)


def test_a_clean_visit_puts_the_relapse_halfway_to_its_discovery(planned: Office) -> None:
    """Seen clean on day 30 and found on day 40: taken to be day 35. It begins no new spell."""
    base = known(planned)
    site = str(base.registers["sites"]["id"].iloc[0])
    told = happened(
        base, event(D, site, "01-01"), event(C, site, "01-11"),
        event(V, site, "02-10", kind="revisit", result="pass"), event(D, site, "02-20"),
    )  # fmt: skip
    (one,) = relapses.spells_of(told, rules=DUE)
    assert ((one.until - one.closed).days, one.relapsed) == (35, True)


def test_two_sites_that_are_one_place_share_their_past(planned: Office) -> None:
    """A new den linked to a closed one ends its spell, and carries its relapse along."""
    base = known(planned)
    a, b = (str(id_) for id_ in base.registers["sites"]["id"].iloc[:2])
    told = happened(
        base, event(D, a, "01-01"), event(C, a, "01-11"), event(D, b, "02-20"),
        event(C, b, "03-01"),
    )  # fmt: skip
    apart = relapses.spells_of(told, rules=DUE)
    assert [one.relapsed for one in apart] == [False, False]
    one, other = relapses.spells_of(told, rules=DUE, links={b: a})
    assert (one.site, one.place, one.relapsed) == (a, a, True)
    assert (other.site, other.place, other.relapsed) == (b, a, False)
    assert len(np.unique(relapses.as_arrays([one, other]).site)) == 1


def test_a_place_is_clean_from_the_start_of_the_record_to_its_first_discovery(
    planned: Office,
) -> None:
    """Counted from the first site on record, once for a place under several ids, never anew."""
    base = known(planned)
    a, b, c = (str(id_) for id_ in base.registers["sites"]["id"].iloc[:3])
    story = [
        event(D, a, "01-01"), event(C, a, "01-11"), event(D, b, "02-20"), event(C, b, "03-01"),
        event(D, c, "03-05"), event(C, c, "03-15"), event(D, a, "03-20"), event(C, a, "03-25"),
    ]  # fmt: skip
    told = relapses.spells_of(happened(base, *story), rules=DUE)
    assert [(one.site, one.clean_days) for one in told] == sorted(
        [(a, 0), (a, 0), (b, 50), (c, 63)], key=lambda one: one[0]
    )
    linked = relapses.spells_of(happened(base, *story), rules=DUE, links={b: a})
    assert {(one.site, one.clean_days) for one in linked} == {(a, 0), (b, 0), (c, 63)}
    again = next(one for one in told if one.site == a and one.closed == dt.date(2026, 3, 25))
    # Found on 1 January; the discovery that this closing ends does not count.
    assert again.lately == pytest.approx(np.exp(-83 / 30))


def test_a_closing_without_a_discovery_counts_from_itself(planned: Office) -> None:
    """An old ledger may know the closing alone: that is when the place entered the record."""
    base = known(planned)
    a, b = (str(id_) for id_ in base.registers["sites"]["id"].iloc[:2])
    told = relapses.spells_of(
        happened(base, event(D, a, "01-01"), event(C, a, "01-11"), event(C, b, "02-10")), rules=DUE
    )
    assert {one.site: (one.clean_days, one.open_days) for one in told} == {a: (0, 10), b: (40, 0)}


def test_what_follows_a_closing_does_not_change_its_features(planned: Office) -> None:
    """The features of every closing are the same on its own evening and half a year later."""
    whole = {(one.site, one.closed): one for one in relapses.spells_of(known(planned), rules=DUE)}
    checked = 0
    for day in sorted({closed for _, closed in whole})[::12]:
        for one in relapses.spells_of(known(planned, day), rules=DUE):
            later = whole[one.site, one.closed]
            assert (one.clean_days, one.open_days) == (later.clean_days, later.open_days)
            checked += one.clean_days > 0
    assert checked > 50


def test_nothing_of_the_future_is_in_the_spells(planned: Office) -> None:
    """What is fitted on a day is the same whether or not later events are in the database."""
    day = dt.date(2026, 3, 31)
    now = known(planned, day)
    later = now.events["on"] > day
    assert later.any()
    without = dataclasses.replace(now, events=now.events[~later])
    spells = relapses.spells_of(now, rules=DUE)
    assert spells == relapses.spells_of(without, rules=DUE)
    assert max(one.until for one in spells) == day


def test_the_county_finds_its_planted_relapses(planned: Office) -> None:
    """Dens that the ledger calls relapses of a closed one are linked to that one."""
    now = known(planned)
    found = radar.echoes(now, rules=RADAR)
    links = radar.links(found)
    closed = set(now.events[now.events["kind"] == C.value]["subject"])
    told = {
        row["id"]: row["description"].rpartition("系")[2].removesuffix("原址死灰复燃")
        for row in records(now.registers["sites"])
        if "原址死灰复燃" in (row["description"] or "")
    }
    named = {id_: origin for id_, origin in told.items() if origin in closed}
    assert len(named) > 8
    assert {id_: links.get(id_) for id_ in named} == named
    spells = relapses.spells_of(now, rules=DUE, links=links)
    assert sum(one.relapsed for one in spells) >= len(named) - 2  # a chain ends one spell
    model = fit(relapses.as_arrays(spells))
    assert model.prior_share["level"] < 0.2
    assert model.relapses == sum(one.relapsed for one in spells)


def _suggested(office: Office, knowledge: Knowledge | None = None) -> list[Suggestion]:
    folder = open_folder(office.path)
    return relapses.suggestions(
        knowledge or know(EVE, tables=TABLES), today=MONDAY, settings=folder.settings,
        due_rules=DUE,
    )  # fmt: skip


def test_suggestions_are_for_closed_sites_and_never_in_the_past(planned: Office) -> None:
    """Only what is closed now is revisited; the reason says hazard, past, prior and budget."""
    now = known(planned)
    closed = set(now.sites[now.sites["status"] == "closed"]["id"])
    found = _suggested(planned)
    assert {one.site for one in found} <= closed
    assert min(one.day for one in found) >= MONDAY
    risky = [one for one in found if one.code == "risk_based"]
    assert len(risky) > 30
    keys = {"chance", "relapses", "factor", "class_factor", "prior_share", "a_year", "scalar"}
    assert all(keys <= set(one.detail) for one in risky)
    total = sum(one.detail["site_a_year"] for one in risky)
    assert total == pytest.approx(risky[0].detail["a_year"], rel=0.05)
    again = {one.detail["factor"] > 1 for one in risky if one.detail["relapses"]}
    assert again == {True}


def test_the_reason_names_the_features_that_move_it(planned: Office) -> None:
    """Found as soon as the record began, long after, or heard of lately: said if it matters."""
    (one, *_) = [one for one in _suggested(planned) if one.code == "risk_based"]
    plain = {**one.detail, "clean_days_factor": 1.0, "lately_factor": 0.7}

    def said(lang: str, **other: Any) -> str:
        detail = {**plain, **other}
        reason = {"code": one.code, "source": one.source, "status": "product", "from": "2026-01-01",
                  "to": "2026-02-01", "days": 31, "detail": detail}  # fmt: skip
        item = {"base_code": "closed", "base": "2026-01-01", "reasons": [reason],
                "due": "2026-02-01", "kind": "revisit", "overdue_days": 0}  # fmt: skip
        return due_sentences(item, lang)[1]

    for lang, old, new, heard in (
        ("zh", "多半早就在（平均的 2.1 倍）", "410 天后才首次发现", "关闭前不久"),
        ("en", "probably there before (2.1 times", "first 410 days", "shortly before its closing"),
    ):
        words = (old, new, heard)
        asked = (
            ({}, ""), ({"clean_days": 3, "clean_days_factor": 2.13}, old),
            ({"clean_days": 410, "clean_days_factor": 0.78}, new), ({"lately_factor": 1.5}, heard),
        )  # fmt: skip
        for other, named in asked:
            told = said(lang, **other)
            assert [one in told for one in words] == [one == named for one in words]
        older = {
            key: value for key, value in plain.items() if not key.startswith(("clean", "late"))
        }
        assert "{" not in said(lang)
        assert radar_words({"detail": older}, lang)["more"] == ""


def test_dates_are_moved_by_the_secret_of_the_folder(planned: Office) -> None:
    """Another key, other dates; the key is made once and is in no file."""
    now = known(planned)
    key = key_of(now.events)
    assert len(key) == 32
    keep_key(MONDAY, seed="another")
    assert key_of(known(planned).events) == key
    files = planned.files()
    assert len(files) > 20
    assert [name for name, content in files.items() if key.encode() in content] == []
    data = [
        {"key": "x" * 32} if kind == EventKind.KEYED.value else data
        for kind, data in zip(now.events["kind"], now.events["data"], strict=True)
    ]
    other = now.events.assign(data=pd.Series(data, index=now.events.index, dtype=object))
    mine = {one.site: one.day for one in _suggested(planned)}
    theirs = {
        one.site: one.day for one in _suggested(planned, dataclasses.replace(now, events=other))
    }
    assert mine.keys() == theirs.keys()
    assert sum(mine[site] != theirs[site] for site in mine) > len(mine) / 4


def test_without_a_seed_the_key_cannot_be_known(empty: Office) -> None:
    """A random key differs from folder to folder; a seed given by hand makes it repeatable."""
    open_folder(empty.path)
    keep_key(MONDAY, seed=None)
    first = key_of(empty.events(EventKind.KEYED))
    from xunge.web.ledger import models

    assert models.Event.objects.count() == 1
    assert len(first) == 32


def test_off_means_the_steps_alone(planned: Office) -> None:
    """Switched off, the radar still speaks, the hazard does not."""
    folder = open_folder(planned.path)
    settings = dataclasses.replace(folder.settings, revisits={"dates": {"use": "off"}})
    found = relapses.suggestions(
        know(EVE, tables=TABLES), today=MONDAY, settings=settings, due_rules=DUE
    )
    assert {one.code for one in found} <= {"radar_match"}


def test_the_week_tells_what_moved_and_why(planned: Office) -> None:
    """The record keeps the rule's date as the limit; map and sheets have the words, both ways."""
    record = planned.events(EventKind.PLANNED)["data"].iloc[-1]["record"]
    early = [i for i in record["due"] if i["reasons"][0]["code"] in ("risk_based", "radar_match")]
    assert early
    for item in early:
        assert item["limit"] is None or item["due"] < item["limit"]
        assert item["limit"] is None or item["limit_reasons"][0]["code"] == "term_revisit"
        days = sum(reason["days"] for reason in item["reasons"])
        base = dt.date.fromisoformat(item["base"])
        assert (base + dt.timedelta(days=days)).isoformat() == item["due"]
        for lang in ("zh", "en"):
            assert "{" not in "".join(due_sentences(item, lang))
    visit = {"why": [{"code": "revisit", "item": early[0]["id"], "due": early[0]["due"],
                      "overdue_days": 0, "subject": "x"}]}  # fmt: skip
    told = why_sentences(visit, {early[0]["id"]: early[0]}, "zh")
    assert told[0].startswith(("按复发风险提前回头看", "复燃雷达提前回头看"))
    assert radar_sentences(record, {}, "en").keys() <= {
        *(hit["new"] for hit in record["radar"]),
        *(hit["site"] for hit in record["radar"]),
    }


def test_a_den_beside_a_closed_one_is_flagged_and_moves_its_revisit_up(planned: Office) -> None:
    """A new den 60 m from a closed one with the same person: flagged K2, without the name."""
    from xunge.web.ledger import models

    now = known(planned)
    closed = {row["id"]: row["closed"] for row in records(now.sites) if row["status"] == "closed"}
    places = now.objects.loc[list(closed)]
    seen = relapses.visit_days(now, rules=DUE)
    old = next(
        id_ for id_, radius in zip(places["id"], places["radius_m"], strict=True)
        if radius < 100 and MONDAY - closed[id_] > dt.timedelta(days=100)
        and max(seen.get(id_, [closed[id_]])) < dt.date(2026, 11, 1)
    )  # fmt: skip
    new = next(row["id"] for row in records(now.sites) if row["status"] == "open")
    models.Site.objects.filter(pk=old).update(person="Q777秘密人")
    lon, lat = (float(places.loc[old, name]) for name in ("lon", "lat"))
    where = {"placed_lon": lon, "placed_lat": lat + 60 / 111_320, "placed_radius_m": 40.0}
    models.Site.objects.filter(pk=new).update(person="Q777秘密人", description="", **where)
    found_on = dt.date(2026, 11, 18)
    events = now.events.copy()
    mine = (events["subject"] == new) & (events["kind"] == D.value)
    events.loc[mine, "on"] = found_on
    moved = dataclasses.replace(known(planned), events=events)
    hits = [one for one in radar.echoes(moved, rules=RADAR) if one.hit.new == new]
    (hit,) = [one for one in hits if one.hit.closed == old]
    assert {"place", "person"} <= set(hit.hit.matches)
    assert hit.hit.distance_m == pytest.approx(60, abs=2)
    told = json.dumps(radar.to_json(hit), ensure_ascii=False)
    assert "K2" in told
    assert "Q777" not in told
    made = [one for one in _suggested(planned, moved) if one.site == old]
    assert [one.day for one in made if one.code == "radar_match"] == [
        found_on + dt.timedelta(days=RADAR.within_days)
    ]
    visited = pd.concat(
        [moved.visits, pd.DataFrame([{"id": "V", "object": old, "date": dt.date(2026, 11, 19),
                                      "kind": "revisit", "result": "pass"}])]
    )  # fmt: skip
    after = _suggested(planned, dataclasses.replace(moved, visits=visited))
    assert not [one for one in after if one.site == old and one.code == "radar_match"]


def test_no_persons_name_of_the_radar_is_in_any_file_of_the_week(county: Office) -> None:
    """Who is the same is found by name, and the name stays in the database."""
    (ledger,) = county.path.glob("*非法*.xlsx")
    book = openpyxl.load_workbook(ledger)
    for sheet in book.worksheets:
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(merged.coord)
        header = next(row for row in sheet.iter_rows() if any(c.value == "当事人" for c in row))
        person = next(cell for cell in header if cell.value == "当事人")
        sheet.cell(person.row, len(header) + 1, "供货商")
        for row in range(person.row + 1, sheet.max_row + 1):
            sheet.cell(row, person.column, "Q901甲乙丙")
            sheet.cell(row, len(header) + 1, "Q902丁戊己货栈")
    book.save(ledger)
    made = county.week()
    assert {"person", "supplier"} <= {
        match for hit in made.record["radar"] for match in hit["matches"]
    }
    from xunge.web.ledger import models

    assert models.Site.objects.filter(supplier="Q902丁戊己货栈").count() > 50
    files = county.files(f"out/{made.week}")
    leaked = [
        name for name, content in files.items() for text in ("Q901", "Q902")
        if any(text.encode() in part for part in parts(content))
    ]  # fmt: skip
    assert leaked == []


def parts(content: bytes) -> list[bytes]:
    """Return a file, or the parts of a workbook."""
    if not content.startswith(b"PK"):
        return [content]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return [book.read(name) for name in book.namelist()]
