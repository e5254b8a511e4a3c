"""A campaign as a workbook: what is written is read again, and a wrong cell stops all of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from layers.campaigns.book import CampaignBookError, read_book
from layers.campaigns.campaign import (
    FOLDER,
    Campaign,
    CampaignError,
    Owed,
    Receipt,
    examples,
    load_campaigns,
    open_campaign,
)
from layers.ledgers import read_ledgers
from maps.campaign_book import write_campaign_book
from maps.messages import advice, sentence

if TYPE_CHECKING:
    from pathlib import Path

    from layers.problems import Problem

D = dt.date
EXAMPLES = examples()
NATIONAL = EXAMPLES["national2010"]
FULL = replace(
    NATIONAL, weekly_by="mon", monthly_by=25,
    documents=(
        *NATIONAL.documents, Owed(code="stage", title="阶段小结", due=D(2010, 9, 1)),
        Owed(code="own", title="专报", due=D(2010, 9, 2), units=NATIONAL.units[:1]),
    ),
    receipts=(Receipt(document="stage", unit=NATIONAL.units[0], on=D(2010, 9, 3)),
              Receipt(document="weekly-2010-08-09", unit=NATIONAL.units[1], on=D(2010, 8, 9))),
)  # fmt: skip


def _changed(path: Path, **cells: Any) -> Path:
    """Write the full campaign and change cells, named like ``阶段_B3``."""
    write_campaign_book(path, FULL)
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        sheet, cell = place.split("_")
        book[sheet][cell] = value
    book.save(path)
    return path


def _faults(path: Path) -> list[tuple[str, int | None, str, str]]:
    """Return sheet, row, column and code of every error."""
    with pytest.raises(CampaignBookError) as caught:
        open_campaign(path)
    return [(p.sheet, p.row, p.column, p.code) for p in caught.value.problems]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("campaign", [*EXAMPLES.values(), FULL], ids=[*EXAMPLES, "full"])
def test_what_is_written_is_read_again(tmp_path: Path, campaign: Campaign, lang: str) -> None:
    """Phases, extensions with their decisions, documents and receipts come back as they were."""
    path = write_campaign_book(tmp_path / "行动.xlsx", campaign, lang=lang)
    assert open_campaign(path) == campaign
    again = write_campaign_book(tmp_path / "again.xlsx", campaign, lang=lang)
    assert again.read_bytes() == path.read_bytes()


def test_campaigns_of_a_folder_are_workbooks_and_text(tmp_path: Path) -> None:
    """Both kinds of file stand side by side; an id stands once; no workbook is a ledger."""
    place = tmp_path / FOLDER
    place.mkdir()
    write_campaign_book(place / "一.xlsx", FULL)
    (place / "~$一.xlsx").write_bytes(b"lock")
    (place / "二.toml").write_text(
        'id = "own"\ntitle = "行动"\n[[phases]]\ntitle = "一"\nsince = 2026-01-01\n'
        "until = 2026-02-01\n", "utf-8",
    )  # fmt: skip
    assert list(load_campaigns(tmp_path)) == ["national2010", "own"]
    ledgers = read_ledgers(tmp_path)
    assert (ledgers.files, ledgers.problems) == ((), [])
    write_campaign_book(place / "三.xlsx", FULL)
    with pytest.raises(CampaignError) as caught:
        load_campaigns(tmp_path)
    assert caught.value.code == "campaign_twice"


def test_an_empty_template_is_no_campaign(tmp_path: Path) -> None:
    """A template nobody has filled in says which sheets need a row."""
    path = write_campaign_book(tmp_path / "空.xlsx")
    assert [(sheet, code) for sheet, _, _, code in _faults(path)] == [
        ("行动", "campaign_no_sheet"), ("阶段", "campaign_no_sheet"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        ({"阶段_B2": "八月一日"}, [("阶段", 2, "开始日期", "bad_date")]),
        ({"阶段_A2": None}, [("阶段", 2, "名称", "missing")]),
        ({"阶段_C2": D(2010, 7, 1)}, [("阶段", 2, "结束日期", "campaign_phase_backwards")]),
        ({"阶段_A3": "又一阶段", "阶段_B3": D(2010, 10, 20), "阶段_C3": D(2010, 10, 20)},
         [("阶段", 3, "开始日期", "campaign_phase_overlaps")]),
        ({"延期_B2": D(2010, 10, 1)}, [("延期", 2, "延至", "campaign_extension_early")]),
        ({"行动_H2": "礼拜一", "行动_I2": 31},
         [("行动", 2, "周报", "campaign_weekday"), ("行动", 2, "月报", "campaign_month_day")]),
        ({"行动_A3": "another", "行动_B3": "第二个"},
         [("行动", 3, "编号", "campaign_second_row")]),
        ({"应报材料_A3": "final"}, [("应报材料", 3, "材料代码", "campaign_document_twice"),
                                ("收到", 2, "材料", "campaign_unknown_document")]),
        ({"收到_A2": "没有的材料"}, [("收到", 2, "材料", "campaign_unknown_document")]),
        ({"收到_B2": "某局"}, [("收到", 2, "单位", "campaign_unknown_unit")]),
        ({"阶段_D1": "随便一列"}, [("阶段", 1, "随便一列", "campaign_unknown_column")]),
        ({"阶段_B1": None}, [("阶段", 1, "开始日期", "missing_column")]),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_and_nothing_is_taken(
    tmp_path: Path, cells: dict[str, Any], faults: list[tuple[str, int, str, str]]
) -> None:
    """Every error has its sheet, row and column; the campaign is not read at all."""
    found = _faults(_changed(tmp_path / "行动.xlsx", **cells))
    assert found == faults


def test_all_errors_are_told_at_once_in_both_languages(tmp_path: Path) -> None:
    """The first error does not hide the second, and each says what to do."""
    path = _changed(tmp_path / "行动.xlsx", 阶段_B2="早些时候", 收到_C2="后来")
    with pytest.raises(CampaignBookError) as caught:
        read_book(path)
    problems: tuple[Problem, ...] = caught.value.problems
    assert [p.sheet for p in problems] == ["阶段", "收到"]
    for lang in ("zh", "en"):
        assert all(sentence(p.code, lang=lang, **p.data()) for p in problems)
        assert all(advice(p.code, lang=lang, **p.data()) for p in problems)


def test_a_sheet_that_nobody_knows_is_not_passed_over(tmp_path: Path) -> None:
    """A misspelt name would lose an extension; an empty sheet and notes do no harm."""
    path = _changed(tmp_path / "行动.xlsx")
    book = openpyxl.load_workbook(path)
    book.create_sheet("Sheet1")
    book.save(path)
    assert open_campaign(path) == FULL
    book["延期"].title = "延長"
    book.save(path)
    assert _faults(path) == [("延長", None, "", "campaign_unknown_sheet")]


def test_ledgers_as_bureaus_write_them(tmp_path: Path) -> None:
    """A title above the header, other words for columns, dates as text, titles for codes."""
    book = openpyxl.Workbook()
    rows = {
        "行动": [["本县百日行动"], ["行动编号", "行动名称", "单位", "周报"],
               ["county2026", "百日行动", "公安局、住建局", "星期一"]],
        "阶段": [["阶段名称", "起", "止", "重点任务"],
               ["排查", "2026年9月1日", "2026.9.30", "登记；建档"]],
        "应报材料": [["代码", "材料名称", "报送期限"], ["plan", "实施方案", "2026-9-5"]],
        "收到": [["材料名称", "报送单位", "日期"], ["实施方案", "公安局", "2026-09-08"]],
    }  # fmt: skip
    for name, lines in rows.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    path = tmp_path / "百日.xlsx"
    book.save(path)
    found = open_campaign(path)
    assert (found.id, found.units, found.weekly_by) == ("county2026", ("公安局", "住建局"), "mon")
    assert found.phases[0].emphasis == ("登记", "建档")
    assert (found.phases[0].since, found.phases[0].until) == (D(2026, 9, 1), D(2026, 9, 30))
    assert found.receipts == (Receipt(document="plan", unit="公安局", on=D(2026, 9, 8)),)
