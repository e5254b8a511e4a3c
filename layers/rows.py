"""Rows of a frame as plain dictionaries with text keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of *frame*, one dictionary each, in order."""
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def where(frame: pd.DataFrame, flags: Iterable[bool]) -> pd.DataFrame:
    """Return the rows of *frame* that *flags* (one each) keep, none where there are none."""
    return frame[pd.Series(list(flags), index=frame.index, dtype=bool)]
