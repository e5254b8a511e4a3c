"""The columns of the registers as text: what ``xunge columns`` prints and the docs show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.codes import TABLES
from layers.schema import REGISTERS

if TYPE_CHECKING:
    from layers.schema import Column, Register


def columns_text(register: str = "") -> str:
    """Return the columns of one register, or of all, as Markdown.

    Raises
    ------
    KeyError
        If there is no such register.
    """
    chosen = [REGISTERS[register]] if register else list(REGISTERS.values())
    return "\n".join(_register_text(one) for one in chosen)


def _register_text(register: Register) -> str:
    lines = [f"## {register.title} `{register.name}`", ""]
    lines += ["| 列 | name | 读作 kind | 必填 | 也可写作 synonyms |", "|---|---|---|---|---|"]
    lines += [_column_text(column) for column in register]
    return "\n".join([*lines, ""])


def _column_text(column: Column) -> str:
    kind: str = column.kind
    if column.table:
        kind = f"{column.kind}: " + "、".join(row.title for row in TABLES[column.table].rows)
    elif column.unit:
        kind = f"{column.kind} ({column.unit})"
    needed = "是" if column.required else ""
    private = " （个人信息）" if column.sensitive else ""
    synonyms = "、".join(column.synonyms)
    return f"| {column.title}{private} | `{column.name}` | {kind} | {needed} | {synonyms} |"
