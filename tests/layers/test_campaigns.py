"""Campaigns: phases in order, extensions known from their day on, documents that are owed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from layers.campaigns.campaign import CampaignError, examples, load_campaigns, read_campaign
from layers.campaigns.progress import obligations, progress, progress_by
from layers.indicators.facts import gather
from layers.schemes import load_schemes

if TYPE_CHECKING:
    from pathlib import Path

D = dt.date
EXAMPLES = examples()
OWN = """
id = "county2026"
title = "本县打非治违百日行动"
units = ["安监站", "公安局"]
monthly_by = 25
[[phases]]
title = "排查"
since = 2026-09-01
until = 2026-09-30
[[phases]]
title = "整治"
since = 2026-10-01
until = 2026-11-30
[[extensions]]
decided = 2026-11-20
until = 2026-12-20
title = "补漏"
[[documents]]
code = "plan"
title = "方案"
due = 2026-09-05
[[received]]
document = "plan"
unit = "公安局"
on = 2026-09-08
"""
COUNTY = read_campaign("百日.toml", OWN)


def test_the_three_plans_have_the_phases_of_their_documents() -> None:
    """Karamay three, Jiangsu four, the national action one and its extension."""
    spans = {
        id_: [(p.since, p.until) for p in one.phases_on(D(2030, 1, 1))]
        for id_, one in EXAMPLES.items()
    }
    assert spans["karamay2013"] == [
        (D(2013, 5, 5), D(2013, 5, 31)), (D(2013, 6, 1), D(2013, 10, 31)),
        (D(2013, 11, 1), D(2013, 12, 31)),
    ]  # fmt: skip
    assert len(spans["jiangsu2009"]) == 4
    assert spans["national2010"][-1] == (D(2010, 10, 21), D(2010, 11, 30))
    known = load_schemes().schemes
    assert all(one.scheme in known for one in EXAMPLES.values())


def test_an_extension_is_not_known_before_it_was_decided() -> None:
    """What a day says of the end is what had been decided by then."""
    national = EXAMPLES["national2010"]
    assert national.until_on(D(2010, 10, 27)) == D(2010, 10, 20)
    assert national.until_on(D(2010, 10, 28)) == D(2010, 11, 30)
    assert national.phase_on(D(2010, 10, 25)) is None
    phase = national.phase_on(D(2010, 11, 5))
    assert phase is not None
    assert phase.decided == D(2010, 10, 28)


def test_plans_that_do_not_fit_are_doubted() -> None:
    """Karamay begins 8 days before its order; Jiangsu's summary is due before the last phase."""
    assert [(code, data["days"]) for code, data in EXAMPLES["karamay2013"].doubts] == [
        ("campaign_begins_early", 8)
    ]
    assert [code for code, _ in EXAMPLES["jiangsu2009"].doubts] == ["campaign_summary_early"]
    assert EXAMPLES["national2010"].doubts == ()


def test_documents_are_received_late_open_or_overdue() -> None:
    """Each unit owes each document once, with the days it is late."""
    frame = obligations(COUNTY, day=D(2026, 10, 1))
    rows = {row["id"]: row for row in frame.to_dict("records")}
    late = rows["county2026/plan/公安局"]
    assert (late["state"], late["days"]) == ("late", 3)
    missing = rows["county2026/plan/安监站"]
    assert (missing["state"], missing["days"]) == ("overdue", 26)
    assert rows["county2026/monthly-2026-10/安监站"]["state"] == "open"
    assert frame["id"].is_unique
    before = obligations(COUNTY, day=D(2026, 9, 7)).set_index("id")
    assert before.loc["county2026/plan/公安局", "state"] == "overdue"


def test_an_extension_brings_further_reports() -> None:
    """The monthly report of the added month is owed once the extension is decided."""
    later = [
        set(obligations(COUNTY, day=day)["document"]) for day in (D(2026, 11, 19), D(2026, 11, 20))
    ]
    assert later[1] - later[0] == set()  # 25 December lies after the new end
    longer = read_campaign("x.toml", OWN.replace("until = 2026-12-20", "until = 2026-12-31"))
    added = [
        set(obligations(longer, day=day)["document"]) for day in (D(2026, 11, 19), D(2026, 11, 20))
    ]
    assert added[1] - added[0] == {"monthly-2026-12"}


def test_a_weekly_report_is_due_after_each_week() -> None:
    """A campaign that begins on a Sunday reports on Mondays, the last time after its end."""
    due = obligations(EXAMPLES["national2010"], day=D(2010, 10, 1))
    mondays = sorted(set(due.loc[due["title"] == "周报", "due"]))
    assert (mondays[0], mondays[-1]) == (D(2010, 8, 2), D(2010, 10, 25))
    assert {day.weekday() for day in mondays} == {0}


def _facts(day: dt.date):  # noqa: ANN202
    visits = pd.DataFrame(
        [
            {"id": f"V{n}", "object": "E1", "date": date, "kind": "key", "result": "pass",
             "inspectors": (), "experts": (), "findings": 0, "serious_findings": 0}
            for n, date in enumerate([D(2026, 9, 2), D(2026, 10, 1), D(2026, 10, 2)])
        ],
        dtype=object,
    )  # fmt: skip
    objects = pd.DataFrame(
        [{"id": "E1", "kind": "enterprise", "name": "甲", "industry": "fuel", "town_code": "T1",
          "village_code": None, "active": True, "departments": (), "risk_grade": None,
          "enterprise_class": None}], dtype=object)  # fmt: skip
    areas = pd.DataFrame([{"id": "T1", "name": "甲镇", "level": "town", "parent": ""}])
    return gather({"visits": visits}, objects=objects, areas=areas, day=day)


def test_progress_is_told_by_phase_and_area() -> None:
    """Each visit counts in the phase of its day; a phase to come has no figures."""
    frame = progress(COUNTY, _facts(D(2026, 10, 1)), codes=("checks",))
    assert list(frame["checks"]) == [1, 1]
    assert list(frame["state"]) == ["ended", "running"]
    early = progress(COUNTY, _facts(D(2026, 9, 10)), codes=("checks",))
    assert list(early["state"]) == ["running", "to_come"]
    assert early["checks"].iloc[1] is None
    by = progress_by(COUNTY, _facts(D(2026, 10, 3)), by="town", codes=("checks",))
    assert by.to_dict("records") == [
        {"phase": "排查", "key": "T1", "checks": 1}, {"phase": "整治", "key": "T1", "checks": 2},
    ]  # fmt: skip


def test_campaigns_are_read_from_the_folder(tmp_path: Path) -> None:
    """Every file in 专项行动/ is one campaign; two of the same id are refused."""
    assert load_campaigns(tmp_path) == {}
    (tmp_path / "专项行动").mkdir()
    (tmp_path / "专项行动" / "百日.toml").write_text(OWN, "utf-8-sig")
    assert list(load_campaigns(tmp_path)) == ["county2026"]
    (tmp_path / "专项行动" / "副本.toml").write_text(OWN, "utf-8")
    with pytest.raises(CampaignError) as caught:
        load_campaigns(tmp_path)
    assert (caught.value.code, caught.value.file) == ("campaign_twice", "百日.toml")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("id =", "campaign_unreadable"),
        (OWN.replace('id = "county2026"', ""), "campaign_incomplete"),
        (OWN.replace("since = 2026-09-01", 'since = "九月"'), "campaign_incomplete"),
        (OWN.replace("until = 2026-09-30", "until = 2026-08-30"), "campaign_dates"),
        (OWN.replace("since = 2026-10-01", "since = 2026-09-20"), "campaign_dates"),
        (OWN.replace("until = 2026-12-20", "until = 2026-11-20"), "campaign_dates"),
        (OWN.replace("monthly_by = 25", "monthly_by = 31"), "campaign_dates"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused(text: str, code: str) -> None:
    """Phases follow one another, extensions extend, dates are dates."""
    with pytest.raises(CampaignError) as caught:
        read_campaign("x.toml", text)
    assert caught.value.code == code
