"""The risk of enterprises in a week: what it stands on, what it says, and what it may do."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from pypdf import PdfReader

from geo.risk_backtest import (
    EB,
    OWN,
    Comparison,
    against_chance,
    case_of,
    foretell,
    judged,
    windows_of,
)
from geo.risk_features import FEATURES
from geo.risk_visits import read_visits
from maps.messages import load, sentence
from scheduler.draw import replay
from tests.geo.risk_cases import history
from xunge import risk
from xunge.backtest_targeting import table_of
from xunge.risk import Trial, assess_risk
from xunge.risk_facts import MOST_POINTS, is_serious, points
from xunge.risk_words import brief, risk_facts, risk_sentence, verdict_sentences
from xunge.sections import RiskSettings
from xunge.words import frame_sentence

if TYPE_CHECKING:
    from tests.xunge.conftest import Office, Run

TODAY = dt.date(2026, 1, 5)


def _visit(**facts: Any) -> dict[str, Any]:
    return {"findings": None, "serious_findings": None, "result": None, **facts}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"findings": 0, "serious_findings": 0, "result": "pass"}, 0.0),
        ({"findings": 3, "serious_findings": 1, "result": "ordered"}, 7.0),
        ({"findings": 0, "serious_findings": 1}, 5.0),
        ({"result": "ordered"}, 2.0),
        ({"findings": 1, "result": "suspended"}, 6.0),
        ({"findings": 500}, MOST_POINTS),
        ({"findings": float("nan"), "result": None}, 0.0),
    ],
)
def test_points_tell_how_severe_an_outcome_is(facts: dict[str, Any], said: float) -> None:
    """Findings count, serious ones more; a result counts where nobody counted findings."""
    assert points(_visit(**facts)) == said


def test_serious_is_a_serious_finding_or_a_stop() -> None:
    """What the models foretell."""
    assert is_serious(_visit(serious_findings=1))
    assert is_serious(_visit(result="suspended"))
    assert not is_serious(_visit(findings=9, result="ordered"))


class _Known:
    """A history in place of a folder's registers."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame.assign(labelled=True)
        firms = self.frame.drop_duplicates("object").set_index("object", drop=False)
        columns = ["object", "type", "area", "kin", "x", "y", "size"]
        self.firms = firms[columns].assign(
            grade=np.where(np.arange(len(firms)) % 2, "major", "low"), active=True
        )

    def assessed(
        self, monkeypatch: pytest.MonkeyPatch, *, model: str, draw_factor: float
    ) -> risk.Risk:
        """Assess the risk of the history."""
        monkeypatch.setattr(risk, "enterprises_of", lambda known, crs: known.firms)
        monkeypatch.setattr(risk, "visits_of", lambda known, firms, tables: known.frame)
        return assess_risk(
            self, crs=None, today=TODAY, tables={},  # type: ignore[arg-type]
            settings=RiskSettings(model=model, draw_factor=draw_factor),
        )  # fmt: skip


@pytest.fixture
def uneven() -> _Known:
    """Firms that differ for good."""
    return _Known(history(firms=200, visits=2400, spread=0.8))


def test_factors_stand_on_a_record_that_foretells(
    uneven: _Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where firms differ, risky ones weigh more; each factor has its numbers on record."""
    found = uneven.assessed(monkeypatch, model="eb", draw_factor=2.0)
    assert found.trial.proof.better
    told = found.to_json(most=2.0)
    assert told["weighted"] == len(found.factors) > 50
    assert {0.5, 2.0} <= {float(one) for one in found.factors.values()}
    for id_, factor in found.factors.items():
        line = told["objects"][id_]
        assert line["factor"] == str(factor)
        assert (factor > 1) == (line["relative"] > 1)
    assert json.loads(json.dumps(told)) == told
    again = uneven.assessed(monkeypatch, model="eb", draw_factor=2.0).to_json(most=2.0)
    assert again == told


def test_no_weight_changes_where_nothing_is_foretold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal firms: their record is luck, and luck weighs nothing, whatever the setting."""
    equal = _Known(history(firms=200, visits=1500, spread=0.0, seed=3))
    found = equal.assessed(monkeypatch, model="eb", draw_factor=8.0)
    assert not found.trial.proof.better
    assert found.factors == {}
    told = found.to_json(most=8.0)
    assert verdict_sentences(told, "zh")[1] == sentence(
        "risk_unproven", lang="zh", method="自身记录"
    )


def test_risk_is_shown_only_by_default(uneven: _Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a factor of 1 the draw is as before."""
    found = uneven.assessed(monkeypatch, model="eb", draw_factor=1.0)
    assert found.factors == {}
    told = found.to_json(most=1.0)
    assert sentence("risk_shown_only", lang="en") in verdict_sentences(told, "en")
    assert all("factor" not in line for line in told["objects"].values())


def test_the_grade_is_not_counted_twice(uneven: _Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within each grade risks are relative to the usual one: up and down even out."""
    found = uneven.assessed(monkeypatch, model="eb", draw_factor=2.0)
    logs = np.log(found.table["relative"])
    for _, own in logs.groupby(uneven.firms["grade"].reindex(logs.index)):
        assert own.mean() == pytest.approx(0.0, abs=1e-9)


def test_a_model_that_is_better_gives_chances_and_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the size of a firm decides, the model is taken and names it as a reason."""
    frame = history(firms=900, visits=4000, spread=0.0)
    random = np.random.default_rng(5)
    firms = sorted(frame["object"].unique())
    size = pd.Series(random.lognormal(2, 1.2, len(firms)), index=firms)
    frame["size"] = frame["object"].map(size)
    frame["severity"] = random.poisson(0.15 * frame["size"] ** 0.7).astype(float)
    frame["serious"] = frame["severity"] >= 3
    known = _Known(frame)
    found = known.assessed(monkeypatch, model="logistic", draw_factor=2.0)
    assert (found.trial.method, found.trial.code) == ("logistic", "risk_better")
    assert found.table["chance"].between(0, 1).all()
    assert found.table["chance"].mean() == pytest.approx(frame["serious"].mean(), rel=0.25)
    assert set(found.terms) == set(FEATURES)
    big = str(size.idxmax())
    line = found.to_json(most=2.0)["objects"][big]
    assert ("size" in {name for name, odds in line["parts"] if odds > 0}) or (
        found.parts[big][0][1] > 0
    )
    said = risk_sentence(line, "zh")
    assert sentence("risk_part_size", lang="zh") in said
    assert f"{line['chance']:.0%}" in said
    assert (
        sentence("risk_method_logistic", lang="en")
        in verdict_sentences(found.to_json(most=2.0), "en")[0]
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_has_words(lang: str) -> None:
    """Codes of verdicts, methods, parts and of the card are sentences in both languages."""
    from geo.risk_backtest import METHODS
    from geo.risk_features import PARTS

    codes = {f"risk_part_{part}" for part in PARTS} | {f"risk_method_{one}" for one in METHODS}
    codes |= {"risk_too_few", "risk_as_set", "risk_not_better", "risk_better"}
    assert codes <= set(load())
    line = {
        "visits": 3, "observed": 11.0, "expected": 5.2, "ratio": 1.5, "low": 0.8, "high": 2.4,
        "relative": 1.4, "factor": "3/2", "chance": 0.12,
        "parts": [["record", 0.4], ["place", -0.2]],
    }  # fmt: skip
    said = [sentence(code, lang=lang, **data) for code, data in risk_facts(line, lang)]
    assert len(said) == 5
    assert all("{" not in one and "—" not in one for one in said)
    assert frame_sentence("grade+risk:3/2", {}, lang).endswith("×3/2")


def test_a_week_tells_the_risk(planned: Office) -> None:
    """The record, the map, the workbook and the terminal have it; plan.json has the verdict."""
    record = planned.week().record
    assert record["risk"]["method"] == EB
    assert record["risk"]["code"] == "risk_too_few"
    assert record["risk"]["objects"]
    plan = json.loads((planned.out / "plan.json").read_text("utf-8"))
    assert plan["risk"] == brief(record)
    book = openpyxl.load_workbook(planned.out / "risk.xlsx")
    page = book.worksheets[0]
    assert page.max_row - 1 == len(record["risk"]["objects"])
    heads = [cell.value for cell in page[1]]
    first = {head: cell.value for head, cell in zip(heads, page[2], strict=True)}
    line = record["risk"]["objects"][first["对象编号"]]
    assert first["同行业的倍数"] == line["ratio"]
    assert first["依据"] == risk_sentence(line, "zh")
    pages = [
        "".join(page.extract_text().split())
        for path in sorted((planned.out / "任务单").iterdir()) for page in PdfReader(path).pages
    ]  # fmt: skip
    assert any("查出为同行业" in page for page in pages if "检查对象（按行车顺序）" in page)
    assert not any("同行业" in page for page in pages if "被检查单位负责人" in page)
    assert '["risk_record",' in (planned.out / "index.html").read_text("utf-8")


def test_a_week_weighs_by_risk_where_it_is_asked_to(
    county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With draw_factor the factor stands in the frame, and the record draws again the same."""
    proven = Comparison(method=OWN, against="lot", mean=0.1, error=0.02, windows=8)
    monkeypatch.setattr(risk, "against_chance", lambda table, method: proven)
    settings = county.path / "xunge.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[risk]\ndraw_factor = 8\n", "utf-8")
    record = county.week().record
    made = json.loads((county.out / "draw.json").read_text("utf-8"))["record"]
    assert replay(made) == []
    lines = record["risk"]["objects"]
    weighed = [one for one in made["frame"]["eligible"] if "+risk:" in one["why"]]
    assert weighed
    for one in weighed:
        assert one["stratum"] == "weighted"
        assert one["why"].partition("+risk:")[2] == lines[one["id"]]["factor"]


def test_the_command_says_what_it_takes(planned: Office, run: Run) -> None:
    """The small county has too little to judge a model; words and JSON say so."""
    words = ("backtest", "targeting", planned.path, "--date", "2026-11-20")
    found = json.loads(run(*words, "--json")[1])
    codes = {note["code"] for note in found["notes"]}
    assert found["kind"] == "targeting"
    assert codes & {"risk_too_few", "backtest_targeting_too_few"}
    assert "数据太少，回测说明不了什么" in run(*words)[1]


def _trial(frame: pd.DataFrame) -> Trial:
    visits = read_visits(frame, ids=frame["object"])
    case = case_of(visits, frame, labelled=np.ones(len(frame), bool))
    found = foretell(case, windows_of(case), kinds=())
    table = judged(case, found)
    return Trial(
        case=case, found=found, table=table, method=EB, code="risk_as_set", compared=(),
        proof=against_chance(table, OWN),
    )  # fmt: skip


def test_a_backtest_has_errors_and_no_row_on_nothing() -> None:
    """Every method has its figures with errors; a history too short has none."""
    found = table_of(_trial(history(visits=1500)))
    assert [row["method"] for row in found.rows] == ["last", "own", "eb"]
    assert [row["method"] for row in found.rows if row["ours"]] == ["eb"]
    plain = found.to_json()
    assert plain["rows"][2]["pairs_error"] > 0
    assert plain["rows"][2]["error"] < 0.2
    short = table_of(_trial(history(visits=30)))
    assert short.rows == ()
    assert short.notes[0][0] == "backtest_targeting_too_few"
    assert table_of(_trial(history(visits=30).iloc[:0])).rows == ()
