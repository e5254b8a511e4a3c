"""What the rules suggest, and when they stop suggesting it."""

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from layers import cases
from layers.events import Event, EventKind
from layers.measure_facts import FACTS
from layers.measures import MeasureRuleError, alerts, load_measures, suggest

DAY = dt.date(2026, 11, 23)
RULES = load_measures()


def on(text: str) -> dt.date:
    """Return a day of 2026 written as month-day."""
    return dt.date.fromisoformat(f"2026-{text}")


def states(*told: Any, day: dt.date = DAY) -> dict[str, pd.DataFrame]:
    """Return all states of rows given as (register, row) and of events."""
    events: list[Event] = []
    for one in told:
        if isinstance(one, Event):
            events.append(one)
        else:
            events += cases.events_of(one[0], pd.DataFrame([one[1]], dtype=object))
    sifted = cases.known(cases.event_frame(events), day)
    return {name: state(sifted, day) for name, state in cases.STATES.items()}


def suggested(*told: Any, day: dt.date = DAY) -> dict[str, str]:
    """Return rule and measure of everything suggested."""
    return {one.rule.code: one.measure for one in suggest(states(*told, day=day), day, rules=RULES)}


def case(id_: str = "L1", **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a row of the ledger of cases."""
    return "cases", {"id": id_, "object": "E1", "filed": on("06-01"), **more}


def penalty(id_: str, day: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a row of the ledger of penalties."""
    return "penalties", {"id": id_, "object": "E1", "decided": on(day), "kind": "fine",
                         "amount": 1000.0, **more}  # fmt: skip


def order(id_: str, issued: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a row of the ledger of orders."""
    return "orders", {"id": id_, "object": "E1", "issued": on(issued), "kind": "rectify", **more}


SERIOUS = ("hazards", {"id": "H1", "object": "E1", "found": on("03-01"), "grade": "serious",
                       "rectified": on("03-05")})  # fmt: skip
SITE = ("sites", {"id": "FF1", "discovered": on("05-01"), "behaviour": "K1", "industry": "fuel"})


def test_what_is_unlawful_is_stopped_until_it_is_suspended() -> None:
    """First of the four “all” rules: an open case suggests a suspension, and no second one."""
    assert suggested(case())["karamay_stop"] == "suspend"
    assert "karamay_stop" not in suggested(case(), order("O1", "06-02", kind="suspend"))
    assert "karamay_stop" not in suggested(case(concluded=on("07-01"), outcome="penalised"))
    assert "karamay_stop" not in suggested(case(outcome="dropped", concluded=on("06-02")))


def test_what_is_illegal_is_closed() -> None:
    """Second: an open illegal site suggests closure until it is closed."""
    assert suggested(SITE)["karamay_close_illegal"] == "close"
    closed = ("sites", {**SITE[1], "closed": on("05-09")})
    assert "karamay_close_illegal" not in suggested(closed)


def test_what_is_not_fit_after_a_suspension_is_closed() -> None:
    """Second, and §113: a suspension found not met suggests closure and meets its conditions."""
    failed = order("O1", "06-02", kind="suspend", reviewed=on("07-01"), outcome="not_met")
    found = suggested(failed)
    assert found["karamay_close_failed"] == "close"
    assert found["closure_unfit"] == "propose_closure"
    met = order("O1", "06-02", kind="suspend", reviewed=on("07-01"), outcome="met")
    assert "closure_unfit" not in suggested(met)


def test_who_is_unlawful_again_is_penalised_at_the_upper_limit() -> None:
    """Third: a case after an order was met, until a fine is decided."""
    met = order("O1", "02-01", reviewed=on("02-20"), outcome="met")
    assert suggested(met, case())["karamay_maximum"] == "maximum"
    assert "karamay_maximum" not in suggested(case())
    assert "karamay_maximum" not in suggested(met, case(), penalty("C1", "06-20"))


def test_breaches_of_law_are_prosecuted() -> None:
    """Fourth: a detention suggests prosecution until the case is handed over."""
    held = penalty("C1", "06-20", kind="detention", amount=None)
    assert suggested(held)["karamay_prosecute"] == "prosecute"
    sent = ("handovers", {"id": "Y1", "object": "E1", "sent": on("07-01"), "receiver": "公安局",
                          "kind": "criminal"})  # fmt: skip
    assert "karamay_prosecute" not in suggested(held, sent)


def test_the_national_list_differs() -> None:
    """2010: illegal sites at the upper limit, accidents out of illegal acts under supervision."""
    illegal = ("cases", {"id": "L1", "object": "FF1", "filed": on("05-01")})
    assert suggested(SITE, illegal)["national_close_maximum"] == "maximum"
    accident = ("accidents", {"id": "A1", "object": "E1", "on": on("05-01"), "illegal": True})
    assert suggested(accident)["national_supervise"] == "supervise"
    listed = ("listings", {"id": "G1", "object": "E1", "kind": "supervision", "start": on("05-09")})
    assert "national_supervise" not in suggested(accident, listed)


def test_closure_conditions_count_penalties_in_180_days_and_in_a_year() -> None:
    """§113: a serious hazard with three penalties in 180 days, or four in a year."""
    three = [penalty("C1", "03-10"), penalty("C2", "05-10"), penalty("C3", "09-05")]
    assert suggested(SERIOUS, *three)["closure_180"] == "propose_closure"
    assert "closure_year" not in suggested(SERIOUS, *three)
    late = [*three[:2], penalty("C3", "09-06")]
    assert "closure_180" not in suggested(SERIOUS, *late)
    assert suggested(SERIOUS, *late, penalty("C4", "11-01"))["closure_year"] == "propose_closure"
    assert "closure_180" not in suggested(*three)  # no serious hazard


def test_two_penalties_of_one_decision_count_once() -> None:
    """A fine and a confiscation of one case on one day are one penalty."""
    same = [penalty(f"C{i}", "05-10", case="L1") for i in range(3)]
    assert "closure_180" not in suggested(SERIOUS, *same)
    (fact,) = suggest(states(SERIOUS, *[penalty(f"C{i}", f"05-1{i}") for i in range(3)]), DAY,
                      rules=RULES)[-1:]  # fmt: skip
    assert fact.since is not None


def test_refusing_meets_the_conditions_of_closure() -> None:
    """Producing in spite of a suspension is refusing to carry it out."""
    restart = ("restarts", {"id": "F1", "object": "E1", "restarted": on("07-01")})
    found = suggested(restart)
    assert found["closure_refusing"] == "propose_closure"
    assert found["unaccepted_restart"] == "refuse_restart"
    accepted = ("restarts", {"id": "F2", "object": "E1", "examined": on("08-01"),
                             "outcome": "accepted"})  # fmt: skip
    assert "unaccepted_restart" not in suggested(restart, accepted)


@pytest.mark.parametrize(("code", "rule"), [("K2", "relapse"), ("J2", "relapse"),
                                            ("K10", "resisting"), ("J8", "resisting")])  # fmt: skip
def test_behaviours_of_both_schemes_raise_the_same_rule(code: str, rule: str) -> None:
    """Karamay's and Jiangsu's codes for one behaviour mean the same measure."""
    assert rule in suggested(case(behaviours=(code,)))
    assert rule not in suggested(case(behaviours=("K4",)))


def test_a_site_open_again_is_revisited_first() -> None:
    """A discovery after the closure is a relapse whatever its code says."""
    closed = ("sites", {**SITE[1], "closed": on("05-09")})
    again = Event(kind=EventKind.DISCOVERED, subject="FF1", on=on("09-01"), key="2026-09-01")
    assert suggested(closed, again)["relapse"] == "revisit"


def test_a_concealed_accident_and_an_overdue_serious_hazard() -> None:
    """J5 leads to prosecution, J6 to listed supervision."""
    hidden = ("accidents", {"id": "A1", "object": "E1", "on": on("05-01"), "concealed": True})
    assert suggested(hidden)["concealed_accident"] == "prosecute"
    late = ("hazards", {"id": "H1", "object": "E1", "found": on("09-01"), "grade": "serious",
                        "deadline": on("10-01")})  # fmt: skip
    assert suggested(late)["hazard_not_put_right"] == "supervise"
    assert "hazard_not_put_right" not in suggested(late, day=on("10-01"))


def test_a_closure_with_gaps_is_to_be_finished() -> None:
    """A site that is closed but not in full says what is missing until nothing is."""
    closed = ("sites", {**SITE[1], "closed": on("05-09")})
    assert suggested(closed)["not_closed_in_full"] == "finish_closure"
    items = [("closures", {"site": "FF1", "item": item, "done": on("05-10")})
             for item in ("licences", "power", "water", "restored", "dispersed")]  # fmt: skip
    assert suggested(closed, *items) == {}


def test_every_suggestion_names_its_clause_and_its_facts() -> None:
    """Nobody is asked to believe: the records that raised a rule are named with their day."""
    found = suggest(states(case(), SERIOUS), DAY, rules=RULES)
    assert found
    for one in found:
        assert one.rule.source
        assert one.rule.status in ("law", "page", "unverified", "product")
        assert one.evidence
        assert RULES.measure(one.measure) != RULES.measure(one.measure, lang="en")
    assert found[0].evidence == (("cases", "L1", on("06-01")),)


# Areas --------------------------------------------------------------------------------------------


def _alerted(*told: Any, industry: str = "coal_mine") -> dict[str, str]:
    areas = {"town": {"M1": "甲镇", "M2": "乙镇", "E1": "甲镇"},
             "county": dict.fromkeys(("M1", "M2", "E1"), "县")}  # fmt: skip
    found = alerts(states(*told), DAY, rules=RULES, areas=areas,
                   industries=dict.fromkeys(("M1", "M2"), industry))  # fmt: skip
    return {one.rule.code: one.object for one in found}


def _mine(id_: str, day: str = "11-10") -> tuple[str, dict[str, Any]]:
    return "sites", {"id": id_, "discovered": on(day), "industry": "coal_mine"}


def test_an_illegal_mine_without_a_measure_alerts_the_township() -> None:
    """One mine in a township, two within a month in a county, and only without a measure."""
    assert _alerted(_mine("M1")) == {"mines_in_town": "甲镇"}
    assert set(_alerted(_mine("M1"), _mine("M2"))) == {"mines_in_town", "mines_in_county"}
    assert "mines_in_county" not in _alerted(_mine("M1"), _mine("M2", "10-10"))
    seized = ("seizures", {"id": "S1", "object": "M1", "on": on("11-11")})
    assert _alerted(_mine("M1"), seized) == {}
    assert _alerted(_mine("M1"), industry="fuel") == {}


def test_more_than_half_by_the_simple_procedure_is_an_alert() -> None:
    """Exactly half is none."""
    rows = [case(f"L{i}", procedure="simple" if i < 2 else "ordinary") for i in range(4)]
    assert _alerted(*rows) == {}
    assert _alerted(*rows[:3]) == {"mostly_simple": "县"}


# Rules of a bureau --------------------------------------------------------------------------------


def test_a_bureau_adds_and_takes_out_rules(tmp_path: Path) -> None:
    """A rule of the same code takes the place of ours; use = false takes it out."""
    (tmp_path / "措施规则.toml").write_text(
        '[[rules]]\ncode = "karamay_stop"\nmeasure = "suspend"\nuse = false\n'
        '[measures.interview]\ntitle = "约谈"\nen = "Interview"\n'
        '[[rules]]\ncode = "own"\nof = "enterprise"\nmeasure = "interview"\ntitle = "一年两案"\n'
        'source = "本局"\nstatus = "product"\nwhen = [{ fact = "offence", days = 30 }]\n',
        "utf-8",
    )
    rules = load_measures(tmp_path)
    codes = {rule.code for rule in rules.rules}
    assert "own" in codes
    assert "karamay_stop" not in codes
    assert rules.measure("interview", lang="en") == "Interview"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[rules", "measure_rules_unreadable"),
        ('[[rules]]\ncode = "x"\nof = "any"\n', "measure_rule_incomplete"),
        ('when = [{ fact = "weather" }]', "measure_rule_fact"),
        ('when = [{ fact = "offence", weeks = 3 }]', "measure_rule_value"),
        ('of = "ship"', "measure_rule_value"),
        ('measure = "sink"', "measure_rule_measure"),
    ],
)
def test_a_rule_that_cannot_be_used_says_where_it_stands(
    text: str, code: str, tmp_path: Path
) -> None:
    """File, rule and what is wrong are named."""
    rule = {"of": '"any"', "measure": '"close"', "title": '"t"', "source": '"s"',
            "status": '"product"', "when": '[{ fact = "crime" }]'}  # fmt: skip
    if not text.startswith("[["):
        name, _, value = text.partition(" = ")
        lines = {**rule, name: value}
        text = '[[rules]]\ncode = "x"\n' + "".join(f"{k} = {v}\n" for k, v in lines.items())
    (tmp_path / "措施规则.toml").write_text(text, "utf-8")
    with pytest.raises(MeasureRuleError) as caught:
        load_measures(tmp_path)
    assert (caught.value.code, caught.value.file) == (code, "措施规则.toml")


def test_every_fact_of_the_shipped_rules_is_used_or_documented() -> None:
    """docs/records.md names every fact that a rule may ask for."""
    page = (Path(__file__).parents[2] / "docs" / "records.md").read_text("utf-8")
    assert [name for name in FACTS if f"`{name}`" not in page] == []
    assert [rule.code for rule in RULES.rules if f"`{rule.code}`" not in page] == []
