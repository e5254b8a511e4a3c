"""What a case obliges the bureau to: seizures, penalties, hazards, handovers.

Frames are states as :mod:`layers.cases` makes them; each docstring names the columns that count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.due.reckoning import first_known, rows_where
from scheduler.due_items import Reason

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from scheduler.due.reckoning import Reckoning
    from scheduler.due_items import DueItem


def seizures(frame: pd.DataFrame, *, with_: Reckoning) -> list[DueItem]:
    """Return until when seized goods and sealed places must be released or dealt with.

    An end on a day off moves back: the seizure itself has ended by then.

    Parameters
    ----------
    frame
        Columns ``id, object, on, until, extended, state``; those not ``lifted`` count. ``until`` is
        what the decision says, where that is earlier than the law allows.
    """
    rules, found = with_.rules, []
    for row in rows_where(frame, "state", "held", "overdue"):
        base, code = first_known(row, ("on",), with_.today)
        chain = [with_.add(base, rules.term("seizure"), code="term_seizure")]
        if row.get("extended"):
            longer = rules.term("seizure_extension")
            chain.append(with_.add(chain[-1].end, longer, code="term_seizure_extension"))
        elif row.get("until") and row["until"] < chain[-1].end:
            chain.append(_as_decided(chain[-1].end, row["until"], with_=with_))
        found.append(
            with_.duty_of(
                row, "seizure", base=(base, "seized" if code == "on" else code),
                reasons=with_.not_later(*chain, rule=rules.term("seizure")),
            )
        )  # fmt: skip
    return found


def penalties(frame: pd.DataFrame, *, with_: Reckoning) -> list[DueItem]:
    """Return until when filed cases must be decided.

    Parameters
    ----------
    frame
        Columns ``id, object, filed, state``; those that are ``open`` count.
    """
    found = []
    for row in rows_where(frame, "state", "open"):
        base, code = first_known(row, ("filed",), with_.today)
        chain = [with_.add(base, with_.rules.term("penalty"), code="term_penalty")]
        found.append(with_.duty_of(row, "penalty", base=(base, code), reasons=with_.worked(*chain)))
    return found


def hazards(frame: pd.DataFrame, *, with_: Reckoning) -> list[DueItem]:
    """Return until when hazards without an order are to be put right and checked.

    Those with an order are due with its re-inspection.

    Parameters
    ----------
    frame
        Columns ``id, object, order, found, deadline, state``; ``open`` and ``overdue`` ones count.
    """
    found = []
    for row in rows_where(frame, "state", "open", "overdue"):
        if row.get("order"):
            continue
        base, code = first_known(row, ("deadline", "found"), with_.today)
        chain = []
        if code != "deadline":
            chain.append(with_.add(base, with_.rules.rectification, code="no_deadline"))
        term = with_.rules.term("hazard")
        chain.append(with_.add(chain[-1].end if chain else base, term, code="term_hazard"))
        found.append(with_.duty_of(row, "hazard", base=(base, code), reasons=with_.worked(*chain)))
    return found


def handovers(frame: pd.DataFrame, *, with_: Reckoning) -> list[DueItem]:
    """Return until when receivers have to confirm what was handed over to them.

    Parameters
    ----------
    frame
        Columns ``id, object, sent, kind, receipt, state``; ``sent`` ones without receipt count.
    """
    found = []
    for row in rows_where(frame, "state", "sent"):
        if row.get("receipt"):
            continue
        base, code = first_known(row, ("sent",), with_.today)
        criminal = row.get("kind") == "criminal"
        term = with_.rules.term("handover_criminal" if criminal else "handover_receipt")
        chain = [with_.add(base, term, code="term_handover")]
        found.append(
            with_.duty_of(row, "handover", base=(base, code), reasons=with_.worked(*chain))
        )
    return found


def _as_decided(limit: dt.date, until: dt.date, *, with_: Reckoning) -> Reason:
    """Return the move from the legal limit back to the day that the decision itself names."""
    return Reason.by("seizure_as_decided", with_.rules.term("seizure"), limit, until, {})
