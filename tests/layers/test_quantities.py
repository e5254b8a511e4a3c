"""Quantities as ledgers write them."""

import datetime as dt

import pandas as pd
import pytest

from layers.cases import event_frame, events_of, penalty_states
from layers.check import check
from layers.figures import Count
from layers.indicators.facts import Period, gather
from layers.indicators.measures import figure
from layers.quantities import AtLeast, Quantity, goods_of, parse_quantity
from layers.schema import PENALTIES, REWARDS, SEIZURES
from layers.values import read_value


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


@pytest.mark.parametrize(
    ("text", "number", "more"),
    [
        ("30余", 30.0, True), ("30余项", 30.0, True), ("5余万元", 50_000.0, True),
        ("12.5万余元", 125_000.0, True), ("3千多元", 3_000.0, True), ("2,000元以上", 2000.0, True),
        ("不少于4人", 4.0, True), ("十余人", 10.0, True), ("二十多", 20.0, True),
        ("5万元", 50_000.0, False), ("3千元", 3_000.0, False), ("约30项", 30.0, False),
        ("7", 7.0, False), ("1.2百万元", 1_200_000.0, False), ("20 万", 200_000.0, False),
    ],
)  # fmt: skip
def test_numbers_that_are_only_lower_bounds(text: str, number: float, more: bool) -> None:
    """余 does not hide 万, and whoever reads the number can tell that it was no less."""
    found = read_value(PENALTIES["amount"], text)
    assert (found, isinstance(found, AtLeast)) == (number, more)


def test_a_row_says_which_of_its_numbers_are_lower_bounds() -> None:
    """The numbers are plain, and lower_bounds has the names of their columns."""
    rows = [
        {"id": "P1", "decided": "2026-05-01", "amount": "5余万元", "persons": "3人"},
        {"id": "P2", "decided": "2026-05-01", "amount": "5万元", "persons": "10余人"},
        {"id": "P3", "decided": "2026-05-01", "amount": "5", "lower_bounds": "罚没金额"},
    ]
    checked = check(PENALTIES, pd.DataFrame(rows, index=[2, 3, 4], dtype=object))
    assert checked.problems == []
    assert list(checked.rows["lower_bounds"]) == [("amount",), ("persons",), ("amount",)]
    assert list(checked.rows["amount"]) == [50_000.0, 50_000.0, 5.0]
    assert [type(value) for value in checked.rows["persons"][:2]] == [int, int]


@pytest.mark.parametrize("cell", ["12.5余", "12.5万余元", "12.5余万", "12.5余万元"])
def test_a_header_in_wan_keeps_the_bound(cell: str) -> None:
    """The header multiplies what has no unit of its own, once, and the bound stays."""
    frame = pd.DataFrame([{"id": "P1", "decided": "2026-05-01", "amount": cell}], index=[2])
    headers = {"amount": "罚没金额（万元）"}
    row = check(PENALTIES, frame.astype(object), headers=headers).rows.iloc[0]
    assert (row["amount"], row["lower_bounds"]) == (125_000.0, ("amount",))


def test_lower_bounds_go_through_events_into_states_and_sums() -> None:
    """A sum with one lower bound in it is one; without any it is exact."""
    rows = [
        {"id": "P1", "object": "E1", "decided": "2026-05-01", "kind": "罚款", "amount": "5余万元"},
        {"id": "P2", "object": "E1", "decided": "2026-05-02", "kind": "罚款", "amount": "2万元"},
    ]
    checked = check(PENALTIES, pd.DataFrame(rows, index=[2, 3], dtype=object)).rows
    told = event_frame(events_of("penalties", checked))
    frames = {"penalties": penalty_states(told, dt.date(2026, 6, 1))}
    objects = pd.DataFrame([{"id": "E1", "kind": "enterprise", "name": "甲厂"}])
    facts = gather(frames, objects=objects, areas=pd.DataFrame(), day=dt.date(2026, 6, 1))
    first = Period(since=dt.date(2026, 5, 1), until=dt.date(2026, 5, 31))
    later = Period(since=dt.date(2026, 5, 2), until=dt.date(2026, 5, 31))
    assert figure(facts, "fined", first).count == Count(value=70_000, unit="元", at_least=True)
    assert figure(facts, "fined", later).count == Count(value=20_000, unit="元")


def test_reward_of_at_least_so_much() -> None:
    """A reward that is a lower bound makes the sum of its report one."""
    rows = pd.DataFrame([{"report": "J1", "on": "2026-05-03", "amount": "5千余元"}], index=[2])
    told = events_of("rewards", check(REWARDS, rows.astype(object)).rows)
    assert dict(told[0].data) == {"amount": 5000.0, "lower_bounds": ["amount"]}
