"""Rows of a frame as plain dictionaries with text keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of *frame*, one dictionary each, in order."""
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]
