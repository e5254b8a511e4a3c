"""Reports by the public: planned early, finished by their legal limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.due.reckoning import first_known, rows_where

if TYPE_CHECKING:
    import pandas as pd

    from scheduler.due.reckoning import Reckoning
    from scheduler.due_items import DueItem


def reports(frame: pd.DataFrame, *, with_: Reckoning) -> list[DueItem]:
    """Return the check of every open report; its legal limit stands beside the planned date.

    Parameters
    ----------
    frame
        States as :func:`layers.cases.report_states` makes them; where ``limit_extended`` holds a
        date the limit is the longer one.
    """
    rules, found = with_.rules, []
    for row in rows_where(frame, "state", "open"):
        base, base_code = first_known(row, ("received",), with_.today)
        planned = with_.worked(with_.add(base, rules.report_plan, code="term_report"))
        limit = [with_.add(base, rules.report_limit, code="term_report_limit")]
        if row.get("limit_extended"):
            longer = rules.report_extension
            limit.append(with_.add(limit[-1].end, longer, code="term_report_extension"))
        limit = with_.worked(*limit)
        item = with_.item(
            f"report:{row['id']}", object_=row.get("object") or row["id"], subject=row["id"],
            base=base, base_code=base_code, opens=base, reasons=planned,
        )  # fmt: skip
        found.append(replace(item, limit=limit[-1].end, limit_reasons=tuple(limit)))
    return found
