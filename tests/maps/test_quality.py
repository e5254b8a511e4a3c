"""Rules of the data-quality report."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from maps import messages
from maps.quality import QualityReport, quality_html, quality_json

_NASTY = "</td><script>alert(1)</script>`${x}`"


@dataclass(frozen=True, kw_only=True)
class _Problem:
    code: str
    severity: str = "error"
    file: str = "企业台账.xlsx"
    sheet: str = "Sheet1"
    row: int | None = 4
    column: str = "检查日期"
    value: str = "2026-13-01"
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _File:
    name: str = "企业台账.xlsx"
    sheet: str = "Sheet1"
    register: str = "enterprises"
    rows: int = 4000
    bad: int = 27


@pytest.fixture(autouse=True)
def _words(monkeypatch: pytest.MonkeyPatch) -> None:
    words = dict(messages.load())
    words["t_date"] = messages.Message(
        code="t_date",
        file="t",
        zh="日期 {value} 读不懂",
        en="Cannot read the date {value}",
        fix_zh="请改为 2026-11-23 的样子",
        fix_en="Write it like 2026-11-23",
    )
    words["t_other"] = messages.Message(
        code="t_other", file="t", zh="与{name}重复", en="The same as {name}"
    )
    words["t_twin"] = messages.Message(code="t_twin", file="t", zh="疑似重复", en="Looks the same")
    monkeypatch.setattr(messages, "load", lambda: words)
    monkeypatch.setattr("maps.quality.load", lambda: words)


def _report(**fields: Any) -> QualityReport:
    base = QualityReport(
        area="永兴县",
        as_of=dt.date(2026, 11, 23),
        files=(_File(),),
        problems=tuple(_Problem(code="t_date", row=i, value=f"13-{i}") for i in range(60)),
        duplicates=(_Problem(code="t_twin", severity="warning", row=9),),
        levels={"coordinate": 3, "none": 1},
        unplaced=(("某某厂", "地址只有县名"),),
        unread=("说明.docx",),
        notes=("2027 年放假安排尚未发布",),
    )
    return replace(base, **fields)


def test_every_problem_is_on_the_page() -> None:
    """A long list is folded, never cut: each row of the ledger can be found."""
    page = quality_html(_report())
    for i in range(60):
        assert f'<td class="value">13-{i}</td>' in page
    assert "其余 35 条" in page
    assert page.count("<details>") == 1


def test_a_group_says_once_what_to_do() -> None:
    """Problems of one code stand together under one sentence with one piece of advice."""
    page = quality_html(_report())
    assert "日期 … 读不懂" in page
    assert page.count("请改为 2026-11-23 的样子") == 1
    assert "60 条" in page


def test_a_sentence_is_repeated_only_where_it_says_more() -> None:
    """Rows show a sentence of their own only where it holds more than place and value."""
    assert "日期 13-7 读不懂" not in quality_html(_report())
    twins = tuple(_Problem(code="t_other", row=i, detail={"name": f"厂{i}"}) for i in range(2))
    page = quality_html(_report(duplicates=twins))
    assert "与…重复" in page
    assert "与厂1重复" in page


def test_rows_read_are_good_plus_set_aside() -> None:
    """The table of files accounts for every row that was read."""
    page = quality_html(_report())
    assert "企业台账</td>" in page.replace("企业台账.xlsx</td>", "")
    numbers = re.findall(r'<td class="num[^"]*">(\d+)</td>', page.split("问题清单")[0])
    assert numbers == ["4027", "4000", "27", "0"]


def test_errors_come_before_warnings() -> None:
    """What set a row aside is listed before what was only remarked on."""
    problems = (
        *(_Problem(code="a_warning", severity="warning") for _ in range(9)),
        _Problem(code="z_error"),
    )
    page = quality_html(_report(problems=problems))
    assert page.index("z_error") < page.index("a_warning")


def test_no_problem_says_so() -> None:
    """A clean import says that nothing was found."""
    page = quality_html(_report(problems=(), duplicates=(), levels={}, unplaced=(), unread=()))
    assert "没有发现问题。" in page
    assert "疑似重复</h2>" not in page


def test_values_are_text() -> None:
    """What stands in a ledger, its file names and headers is never markup."""
    nasty = _Problem(code="t_date", file=_NASTY, sheet=_NASTY, column=_NASTY, value=_NASTY)
    page = quality_html(
        _report(
            area=_NASTY,
            problems=(nasty, replace(nasty, code=_NASTY, detail={"x": _NASTY})),
            files=(_File(name=_NASTY, sheet=_NASTY, register=_NASTY),),
            unread=(_NASTY,),
            notes=(_NASTY,),
            unplaced=((_NASTY, _NASTY),),
        )
    )
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "script-src 'none'" in page.replace("&#39;", "'")


def test_english_page() -> None:
    """With English asked for, the report is English but for what the ledgers say."""
    page = quality_html(_report(area="Yongxing", notes=(), unplaced=(), unread=()), lang="en")
    assert '<html lang="en">' in page
    assert "Cannot read the date …" in page
    assert "Rows read" in page
    ours = page.replace("企业台账.xlsx", "").replace("检查日期", "")
    assert not re.search(r"[\u4e00-\u9fff]", ours)


def test_json_holds_the_same_problems_with_their_words() -> None:
    """The JSON report names place, code, sentence and advice of every problem."""
    found = json.loads(quality_json(_report()))
    assert len(found["problems"]) == 60
    assert found["problems"][3]["sentence"] == "日期 13-3 读不懂"
    assert found["problems"][3]["advice"] == "请改为 2026-11-23 的样子"
    assert found["files"][0] == {
        "file": "企业台账.xlsx",
        "sheet": "Sheet1",
        "register": "enterprises",
        "read": 4027,
        "good": 4000,
        "set_aside": 27,
        "warnings": 0,
    }
    assert found["levels"] == {"coordinate": 3, "village": 0, "town": 0, "county": 0, "none": 1}


def test_same_report_same_bytes() -> None:
    """The same import gives the same two files."""
    detail = {"others": {"b", "a", "c"}}
    report = _report(problems=(_Problem(code="t_date", detail=detail),))
    assert quality_html(report) == quality_html(report)
    assert quality_json(report) == quality_json(report)
