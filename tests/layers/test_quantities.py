"""Quantities as ledgers write them."""

import pandas as pd
import pytest

from layers.check import check
from layers.quantities import Quantity, goods_of, parse_quantity
from layers.schema import PENALTIES, SEIZURES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15吨", Quantity(15.0, "吨")),
        ("160.8吨", Quantity(160.8, "吨")),
        ("1200余箱", Quantity(1200.0, "箱", True)),
        ("1,200箱以上", Quantity(1200.0, "箱", True)),
        ("至少36处", Quantity(36.0, "处", True)),
        ("100吨油罐1个", Quantity(1.0, "个", False, "100吨油罐")),
        ("烟花爆竹共计1200余箱", Quantity(1200.0, "箱", True, "烟花爆竹")),
        ("非法木材20立方米", Quantity(20.0, "立方米", False, "非法木材")),
        ("木材20m³", Quantity(20.0, "立方米", False, "木材")),
        ("３套", Quantity(3.0, "套")),
        ("1.2万发", Quantity(12000.0, "发")),
        ("7", Quantity(7.0)),
        ("若干", None),
        ("油罐", None),
    ],
)
def test_a_quantity_has_number_unit_and_goods(text: str, expected: Quantity | None) -> None:
    """The last number counts; what stands before it is what it is of."""
    assert parse_quantity(text) == expected


def test_goods_without_a_number_are_kept() -> None:
    """A list of goods loses none of them."""
    found = goods_of("成品油160.8吨，加油机、油枪等")
    assert [(item.goods, item.number) for item in found] == [
        ("成品油", 160.8), ("加油机", 0.0), ("油枪", 0.0),
    ]  # fmt: skip


def _seized(**cells: str) -> dict[str, object]:
    row = {"id": "S1", "on": "2026-05-01", **cells}
    checked = check(SEIZURES, pd.DataFrame([row], index=[2], dtype=object))
    assert checked.problems == []
    return checked.rows.iloc[0].to_dict()


def test_a_cell_of_quantity_fills_its_neighbours() -> None:
    """Goods, unit and 余 come from the quantity where their own cells are empty."""
    row = _seized(quantity="100吨油罐1个以上")
    assert (row["goods"], row["quantity"], row["unit"], row["at_least"]) == (
        "100吨油罐", 1.0, "个", True,
    )  # fmt: skip
    row = _seized(goods="锌粉", quantity="15", unit="吨")
    assert (row["goods"], row["quantity"], row["unit"], row["at_least"]) == (
        "锌粉", 15.0, "吨", None,
    )  # fmt: skip


def test_money_counts_in_yuan_whatever_the_header_says() -> None:
    """A header in 万元 multiplies bare numbers only; a cell's own unit goes first."""
    rows = pd.DataFrame(
        {"id": ["1", "2", "3"], "decided": ["2026-05-01"] * 3, "amount": [1.5, "2万元", "300元"]},
        index=[2, 3, 4], dtype=object,
    )  # fmt: skip
    checked = check(PENALTIES, rows, headers={"amount": "罚没金额（万元）"})
    assert checked.rows["amount"].tolist() == [15000.0, 20000.0, 300.0]
    plain = check(PENALTIES, rows, headers={"amount": "罚没金额"})
    assert plain.rows["amount"].tolist() == [1.5, 20000.0, 300.0]
