"""The treaty of registers: data that a machine can trust."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from layers import schema
from layers.headers import lookup


@pytest.mark.parametrize("register", schema.REGISTERS.values(), ids=lambda r: r.name)
def test_register_is_complete(register: schema.Register) -> None:
    """Every register has its key, known kinds, and a code table wherever a column is coded."""
    assert register.key in register
    assert {column.kind for column in register} <= set(get_args(schema.Kind))
    assert all(bool(c.table) == (c.kind in ("code", "codes")) for c in register)


@pytest.mark.parametrize("register", schema.REGISTERS.values(), ids=lambda r: r.name)
def test_header_means_one_column(register: schema.Register) -> None:
    """A Chinese title and an English name always find their own column."""
    for column in register:
        for header in (column.title, column.name):
            assert lookup(register)[header.casefold().replace("（", "(").replace("）", ")")][1] == (
                column.name
            )


def test_titles_are_unique() -> None:
    """No register has two columns of one title."""
    for register in schema.REGISTERS.values():
        assert max(Counter(column.title for column in register).values()) == 1


def test_names_of_module_are_the_registers() -> None:
    """Every register has a constant of its name, which is the same object."""
    for name, register in schema.REGISTERS.items():
        assert getattr(schema, name.upper()) is register


def test_what_is_referred_to_comes_first() -> None:
    """Departments are imported before people, enterprises before visits."""
    order = list(schema.REGISTERS)
    assert order.index("departments") < order.index("inspectors") < order.index("visits")
    assert order.index("enterprises") < order.index("visits") < order.index("orders")


def test_who_reported_is_marked() -> None:
    """The identity of who reported is the column that is never kept."""
    marked = [(r.name, c.name) for r in schema.REGISTERS.values() for c in r if c.discarded]
    of_reporter = ("reporter", "reporter_phone", "reporter_account", "reporter_identity")
    assert marked == [
        (register, name) for register in ("reports", "rewards") for name in of_reporter
    ]


def test_data_stand_beside_the_code() -> None:
    """The registers are a data file of the package."""
    assert Path(schema.__file__).with_name("registers.toml").is_file()
