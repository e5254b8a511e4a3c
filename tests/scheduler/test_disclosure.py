"""Until when results must be public, and when a record gives nothing away any more."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from layers.refusals import RuleSettingsError
from scheduler.candidates import Candidate
from scheduler.conditions import load_conditions
from scheduler.disclosure import (
    PROMOTED,
    days_late,
    load_terms,
    monday_of_round,
    public_codes,
    round_of,
    speakable,
    term_of,
)
from scheduler.openness import PUBLIC_FIELDS, Told, openness
from scheduler.workdays import Workdays

WORKDAYS = Workdays()
MONDAY = dt.date(2026, 11, 23)
NEXT = MONDAY + dt.timedelta(days=7)
SUNDAY = MONDAY + dt.timedelta(days=6)
LIMIT = dt.date(2026, 12, 25)  # of a visit on that Sunday: 20 working days

# Terms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (dt.date(2026, 11, 25), dt.date(2026, 12, 23)),  # no holiday: four weeks
        (dt.date(2026, 9, 7), dt.date(2026, 10, 10)),  # Mid-Autumn and National Day, make-up days
        (dt.date(2026, 11, 28), dt.date(2026, 12, 25)),  # a Saturday does not count
    ],
)
def test_a_result_is_due_after_twenty_working_days(day: dt.date, due: dt.date) -> None:
    """Holidays and weekends push the day back, make-up Saturdays count."""
    term = term_of(load_terms(), industry="", kind="reinspection")
    assert term.due(day, workdays=WORKDAYS) == due
    assert WORKDAYS.is_workday(due)


@pytest.mark.parametrize(
    ("industry", "kind", "name", "status"),
    [
        ("food", "reinspection", "food", "law"),
        ("food", "random", "food", "law"),
        ("timber", "random", "random", "unverified"),
        ("timber", "key", "random", "unverified"),
        ("timber", "report", "general", "law"),
        ("", "", "general", "law"),
    ],
)
def test_every_term_names_its_source_and_status(
    industry: str, kind: str, name: str, status: str
) -> None:
    """Food has its own clause; the number for random draws was seen second-hand and says so."""
    term = term_of(load_terms(), industry=industry, kind=kind)
    assert (term.name, term.status) == (name, status)
    assert term.source


def test_a_bureau_changes_and_adds_terms() -> None:
    """A setting counts as one; a new term with conditions wins over the general one."""
    own = {
        "general": {"days": 10},
        "mines": {"days": 7, "unit": "days", "industries": ["coal_mine"]},
    }
    terms = load_terms(own)
    assert {term.name: term.status for term in terms}["general"] == "setting"
    own_term = term_of(terms, industry="coal_mine", kind="report")
    assert (own_term.name, own_term.status) == ("mines", "setting")
    assert own_term.due(dt.date(2026, 11, 22), workdays=WORKDAYS) == dt.date(
        2026, 11, 30
    )  # a Sunday


@pytest.mark.parametrize(
    ("own", "row"),
    [
        ({"general": {"days": 0}}, ("publication.general.days", "bad_setting")),
        ({"general": {"unit": "weeks"}}, ("publication.general.unit", "bad_setting")),
        ({"general": {"kinds": ["random"]}}, ("publication.general", "missing_setting")),
        ({"mines": {"industries": ["coal_mine"]}}, ("publication.mines.days", "missing_setting")),
        ({"general": {"dais": 3}}, ("publication.general.dais", "unknown_setting")),
        ({"days": 3}, ("publication.days", "unknown_setting")),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(own: dict[str, Any], row: tuple[str, str]) -> None:
    """Wrong settings are refused with their dotted name."""
    with pytest.raises(RuleSettingsError, match="bad_due_rules") as caught:
        load_terms(own)
    assert row in [one[:2] for one in caught.value.rows]


def test_late_is_counted_from_the_due_date() -> None:
    """On the last day a publication is in time."""
    assert days_late(SUNDAY, on=SUNDAY) == 0
    assert days_late(SUNDAY, on=SUNDAY + dt.timedelta(days=3)) == 3


def test_a_visit_tells_its_round() -> None:
    """Only ids of planned visits belong to a round; those of ledgers do not."""
    assert round_of("2026-W48-V012") == "2026-W48"
    assert round_of("2026-W48.2-V1012") == "2026-W48.2"
    assert round_of("JC-2026-001") == ""
    assert round_of("2026-W48") == ""
    assert monday_of_round("2026-W48.2") == MONDAY


# Openness -----------------------------------------------------------------------------------------


def draw(
    round_: str,
    *ids: str,
    carried: tuple[str, ...] = (),
    reason: str = "cap_reached",
    why: str = "",
) -> dict[str, Any]:
    """Return a link with as much of a draw as matters here."""
    entries = [{"id": one, "stratum": "carried" if one in carried else "uniform"} for one in ids]
    frame = {
        "eligible": [{"id": one, "why": why} for one in ids],
        "excluded": [{"id": "E99", "reason": reason, "detail": {}}],
    }
    return {"record": {"kind": "draw", "round": round_, "selected": entries, "frame": frame}}


def told(day: dt.date, *missed: tuple[str, str], **visited: dt.date) -> Told:
    """Return what is known on a day; an object per keyword."""
    return Told(day=day, visited={id_: [on] for id_, on in visited.items()}, missed=set(missed))


def limit(day: dt.date) -> dt.date:
    """Return the day by which a result of *day* must be public."""
    return WORKDAYS.add_workdays(day, 20)


def shown(chain: list[dict[str, Any]], known: Told) -> tuple[set[str], int]:
    """Return the open rounds and the number of links that may be shown."""
    found = openness(chain, told=known, limit=limit)
    return set(found.rounds), found.links


def test_a_week_that_is_over_and_visited_is_open() -> None:
    """The record is public from the Monday after, when everybody in it was visited."""
    chain = [draw("2026-W48", "A", "B"), {"record": {"kind": "plan", "round": "2026-W48"}}]
    known = {"A": MONDAY, "B": SUNDAY}
    assert shown(chain, told(SUNDAY, **known)) == (set(), 0)
    assert shown(chain, told(NEXT, **known)) == ({"2026-W48"}, 2)


def test_an_object_that_is_carried_over_keeps_its_round_closed() -> None:
    """Who was drawn and is still to be visited must not read it on a notice."""
    first = draw("2026-W48", "A", "B")
    chain = [first, draw("2026-W49", "B", "C", carried=("B",))]
    late = told(LIMIT + dt.timedelta(days=2), ("2026-W48", "B"), A=MONDAY, C=NEXT)
    assert shown([first], told(NEXT, ("2026-W48", "B"), A=MONDAY)) == (set(), 0)
    assert shown(chain, late) == (set(), 0)  # though all of its own week should be public by now
    done = told(NEXT + dt.timedelta(days=7), A=MONDAY, B=NEXT, C=NEXT)
    assert shown(chain, done) == ({"2026-W48", "2026-W49"}, 2)


def test_the_chain_ends_before_the_first_closed_round() -> None:
    """A later round that is open is shown alone; the chain waits for the earlier one."""
    chain = [draw("2026-W48", "A", "B"), draw("2026-W49", "C"), draw("2026-W50", "B")]
    known = told(dt.date(2026, 12, 16), A=MONDAY, C=NEXT)
    assert shown(chain, known) == ({"2026-W49"}, 0)


def test_whoever_nobody_was_heard_of_opens_at_the_limit() -> None:
    """A row that is never filled in does not keep a record from the public for ever."""
    chain = [draw("2026-W48", "A", "B"), draw("2026-W49", "C")]
    assert shown(chain, told(LIMIT, A=MONDAY, C=NEXT))[1] == 0
    assert shown(chain, told(LIMIT + dt.timedelta(days=1), A=MONDAY, C=NEXT))[1] == 2


def test_an_object_that_is_owed_no_visit_opens_its_round() -> None:
    """Not done, and dropped by the next week's draw: nothing is to come."""
    chain = [draw("2026-W48", "A", "B"), draw("2026-W49", "C")]
    known = told(NEXT, ("2026-W48", "B"), A=MONDAY)
    assert shown(chain, known) == ({"2026-W48"}, 1)


def test_a_substitute_counts_instead_of_the_object_it_replaces() -> None:
    """The round waits for the substitute and for nobody else."""
    swap = {"kind": "substitute", "round": "2026-W48", "object": "B", "substitute": "S"}
    chain = [draw("2026-W48", "A", "B"), {"record": swap}]
    assert shown(chain, told(NEXT, A=MONDAY)) == (set(), 0)
    assert shown(chain, told(NEXT, A=MONDAY, S=SUNDAY)) == ({"2026-W48"}, 2)


def test_a_commitment_stays_closed_until_its_round_is_open() -> None:
    """The terms name who was carried over, so only their hash is public before."""
    commit = {"record": {"kind": "commit", "round": "2026-W49", "carried": ["B"]}}
    chain = [draw("2026-W48", "A"), commit]
    assert shown(chain, told(NEXT, A=MONDAY)) == ({"2026-W48"}, 1)
    given_up = {"record": {"kind": "abandon", "round": "2026-W49"}}
    chain += [given_up, draw("2026-W49.2", "B", carried=("B",))]
    after = NEXT + dt.timedelta(days=7)
    assert shown(chain, told(after, A=MONDAY))[0] == {"2026-W48"}
    assert shown(chain, told(after, A=MONDAY, B=NEXT))[1] == 4


def test_a_superseded_draw_opens_with_the_week() -> None:
    """Who was drawn in a replaced draw only is owed no visit."""
    chain = [draw("2026-W48", "A", "X"), draw("2026-W48.2", "A", "B")]
    assert shown(chain, told(NEXT, A=MONDAY)) == ({"2026-W48"}, 1)
    known = told(NEXT, A=MONDAY, B=MONDAY)
    assert shown(chain, known) == ({"2026-W48", "2026-W48.2"}, 2)


@pytest.mark.parametrize(
    "link",
    [
        draw("2026-W48", "A", reason="reported"),
        draw("2026-W48", "A", why="substantiated_report"),
        {"record": {"kind": "plan", "round": "2026-W48", "crews": {}}},
        {"record": {"kind": "roster", "round": "2026-W48"}},
    ],
)
def test_a_record_with_anything_unknown_stays_closed(link: dict[str, Any]) -> None:
    """A field, kind or reason that nobody has judged is not published with the rest."""
    found = openness([link], told=told(NEXT, A=MONDAY), limit=limit)
    assert dict(found.closed) == {"2026-W48": "secret_field"}
    assert found.links == 0


def test_no_code_of_a_frame_tells_of_a_report() -> None:
    """Conditions go by one name, and what is excluded for a report has no code at all."""
    names = [one.name for one in load_conditions()]
    assert {one.about for one in load_conditions()} >= {"reports"}
    assert not set(names) & public_codes()[1]
    made = speakable([Candidate(id=name, why=name) for name in names])
    assert {one.why for one in made} == {PROMOTED} <= public_codes()[1]
    plain = [Candidate(id="A", why="grade"), Candidate(id="B", why="floor:black_list")]
    assert speakable(plain) == plain
    assert not [code for code in public_codes()[0] if "report" in code]


def test_a_floor_is_public_under_any_name() -> None:
    """Floors bind listed and suspended firms, and those lists are public."""
    assert shown([draw("2026-W48", "A", why="floor:own_rule")], told(NEXT, A=MONDAY))[1] == 1


def test_no_link_has_room_for_people() -> None:
    """What may stand in a link names no crew, inspector or plan."""
    fields = set().union(*PUBLIC_FIELDS.values())
    assert not fields & {"crews", "inspectors", "experts", "people", "plan", "visits", "leader"}
