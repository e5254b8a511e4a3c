"""Quantities as ledgers write them: ``15吨``, ``1200余箱``, ``100吨油罐1个``, several at once."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from layers.cells import wide
from layers.problems import ValueProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.schema import Register

_BREAK = re.compile(r"[、，,;；\n]+|以及|及(?=[^其])|和(?=.*\d)")
_QUANTITY = re.compile(
    r"(?P<goods>.*?)(?P<less>不少于|至少|超过|逾)?(?P<about>约|近|共计|共|计|合计)?"
    r"(?P<number>(?:\d[\d,]*)?\d(?:\.\d+)?)(?P<wan>万)?(?P<more>余|多|以上)?"
    r"(?P<unit>[^\d\s()]*?(?:m3|m2)?)(?P<last>余|以上)?"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ALIASES = {
    "m3": "立方米",
    "立方": "立方米",
    "方": "立方米",
    "t": "吨", "kg": "千克", "公斤": "千克",
}  # fmt: skip
_WAN = 10_000


class AtLeast(float):
    """A number of which the ledger says only that it was no less: ``30余``, ``5余万元``."""

    __slots__ = ()


class Quantity(NamedTuple):
    """How much of what.

    ``at_least`` says that the ledger knows only that it was no less (``余``, ``以上``).
    """

    number: float
    unit: str = ""
    at_least: bool = False
    goods: str = ""


def parse_quantity(text: str) -> Quantity | None:
    """Read one quantity with what it is of; None where there is no number at the end."""
    match = _QUANTITY.fullmatch(_THOUSANDS.sub("", wide(text)).replace(" ", ""))
    if match is None:
        return None
    number = float(match["number"].replace(",", "")) * (_WAN if match["wan"] else 1)
    unit = match["unit"]
    return Quantity(
        number,
        unit=_ALIASES.get(unit.lower(), unit),
        at_least=bool(match["more"] or match["last"] or match["less"]),
        goods=match["goods"].rstrip(":"),
    )


def read_quantity(raw: object) -> Quantity:
    """Read the cell of a ``quantity`` column.

    Raises
    ------
    ValueProblem
        ``bad_number`` where no number can be found.
    """
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return Quantity(float(raw))
    found = parse_quantity(raw) if isinstance(raw, str) else None
    if found is None:
        raise ValueProblem("bad_number", value=raw)
    return found


def settle_quantities(register: Register, values: dict[str, list[Any]]) -> None:
    """Spread what a quantity cell says over goods, unit and at_least, where those are empty.

    Of other numbers the column ``lower_bounds`` names those that are :class:`AtLeast`.
    """
    _settle_bounds(register, values)
    for column in register:
        if column.kind != "quantity":
            continue
        cells = values[column.name]
        for place, cell in enumerate(cells):
            if not isinstance(cell, Quantity):
                continue
            cells[place] = cell.number
            for name, said in (("goods", cell.goods), ("unit", cell.unit)):
                if said and name in register and values[name][place] is None:
                    values[name][place] = said
            if cell.at_least and "at_least" in register:
                values["at_least"][place] = True


def _settle_bounds(register: Register, values: dict[str, list[Any]]) -> None:
    """Make plain numbers of all, and list by their names the columns that are lower bounds."""
    bounds = values.get("lower_bounds")
    if bounds is not None:
        named = {word: column.name for column in register for word in column.headers()}
        for place, words in enumerate(bounds):
            if words:
                bounds[place] = tuple(dict.fromkeys(named.get(word, word) for word in words))
    for column in register:
        if column.kind not in ("integer", "money", "number"):
            continue
        cells = values[column.name]
        for place, cell in enumerate(cells):
            if isinstance(cell, AtLeast):
                cells[place] = int(cell) if column.kind == "integer" else float(cell)
                if bounds is not None:
                    bounds[place] = tuple(dict.fromkeys((*(bounds[place] or ()), column.name)))


def is_bound(row: Mapping[str, Any], column: str) -> bool:
    """Tell whether a record knows of a number only that it was no less."""
    if column == "quantity":
        return bool(row.get("at_least"))
    bounds = row.get("lower_bounds")
    return isinstance(bounds, tuple | list) and column in bounds


@lru_cache(maxsize=2**14)
def goods_of(text: str) -> tuple[Quantity, ...]:
    """Return the goods that one cell lists, each with its quantity; those without one count zero.

    ``燃料油114吨以及自制100吨油罐1个、50吨油罐3个`` are three.
    """
    found = []
    for piece in _BREAK.split(_THOUSANDS.sub("", wide(text))):
        name = piece.strip().rstrip("。.等")
        if name:
            found.append(parse_quantity(name) or Quantity(0.0, goods=name))
    return tuple(found)


def items_of(row: Mapping[str, object]) -> tuple[Quantity, ...]:
    """Return what a row of a ledger with goods, quantity, unit and at_least holds, item by item.

    Where the row has a quantity of its own it is one item, else the goods are read.
    """
    goods = str(row["goods"] or "")
    number = row["quantity"]
    if isinstance(number, (int, float)):
        unit = str(row["unit"] or "")
        return (Quantity(float(number), unit, bool(row["at_least"]), goods),)
    return goods_of(goods) if goods else ()
