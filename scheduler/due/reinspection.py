"""Re-inspections of orders, and examinations before a stopped firm starts again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scheduler.due.reckoning import ONE_DAY, first_known, rows_where

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from scheduler.due.reckoning import Reckoning
    from scheduler.due_items import DueItem, Reason


def reinspections(
    orders: pd.DataFrame, *, industries: Mapping[str, str], with_: Reckoning
) -> list[DueItem]:
    """Return the re-inspection of every open order.

    It counts from the request or the expiry, whichever is earlier; from a failed one if no new
    date was set.

    Parameters
    ----------
    orders
        States as :func:`layers.cases.order_states` makes them.
    industries
        Industry code by object id, for the terms that depend on it.
    """
    return [
        _reinspection(row, industries.get(row["object"], ""), with_=with_)
        for row in rows_where(orders, "state", "open")
    ]


def restarts(
    frame: pd.DataFrame, *, industries: Mapping[str, str], with_: Reckoning
) -> list[DueItem]:
    """Return the examination on site that an application to start again asks for.

    Parameters
    ----------
    frame
        Columns ``id, object, applied, state``; those ``applied`` for count.
    """
    found = []
    for row in rows_where(frame, "state", "applied"):
        base, code = first_known(row, ("applied",), with_.today)
        term = with_.rules.reinspection_term(
            order_kind="suspend", industry=industries.get(row["object"], "")
        )
        chain = with_.worked(with_.add(base, term, code="term_restart"))
        found.append(
            with_.item(f"restart:{row['id']}", object_=row["object"], subject=row["id"],
                       base=base, base_code=code, opens=base, reasons=chain, visit="reinspection")
        )  # fmt: skip
    return found


def _reinspection(row: Mapping[str, Any], industry: str, *, with_: Reckoning) -> DueItem:
    rules = with_.rules
    reasons: list[Reason] = []
    base, base_code = _order_base(row, with_.today)
    start = base
    if base_code == "issued":
        reasons.append(with_.add(base, rules.rectification, code="no_deadline"))
        start = reasons[-1].end
    term = rules.reinspection_term(order_kind=row.get("kind") or "", industry=industry)
    reasons.append(with_.add(start, term, code="term_reinspection"))
    count = int(row.get("count") or 0)
    # An expiring period is the firm's until its last day; a request invites at once.
    waits = base_code in ("deadline", "issued")
    return with_.item(
        f"reinspection:{row['id']}:{count}", object_=row["object"], subject=row["id"], step=count,
        base=base, base_code=base_code, opens=start + ONE_DAY * waits,
        reasons=with_.worked(*reasons),
    )  # fmt: skip


def _order_base(row: Mapping[str, Any], today: dt.date) -> tuple[dt.date, str]:
    requested, deadline, reviewed = (row.get(k) for k in ("requested", "deadline", "reviewed"))
    if deadline is not None and deadline == reviewed:
        return deadline, "failed_review"
    if requested is not None and (deadline is None or requested <= deadline):
        return requested, "requested"
    if deadline is not None:
        return deadline, "deadline"
    issued = row.get("issued")
    return (today, "unknown") if issued is None else (issued, "issued")
