"""The life of a case: what the events say about every record of the bureau on a given day.

Ledgers become events (:func:`events_of`), events become states (``…_states``). A state is never
stored: it is what the events up to a day say, corrections applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import codes
from layers.cases import (
    accidents,
    filings,
    handovers,
    hazards,
    listings,
    orders,
    penalties,
    remedies,
    reports,
    restarts,
    seizures,
    sites,
    visits,
)
from layers.cases.accidents import ACCIDENT_COLUMNS, accident_states
from layers.cases.closures import (
    CLOSURE_COLUMNS,
    closure_events,
    closure_states,
    required_items,
)
from layers.cases.filings import CASE_COLUMNS, case_states
from layers.cases.handovers import HANDOVER_COLUMNS, handover_states
from layers.cases.hazards import HAZARD_COLUMNS, hazard_states
from layers.cases.known import (
    EVENT_COLUMNS,
    Entry,
    Known,
    Told,
    event_frame,
    known,
    known_on,
)
from layers.cases.life import plain, source_names, tell
from layers.cases.listings import LISTING_COLUMNS, listing_states
from layers.cases.orders import ORDER_COLUMNS, PAPERS, order_states, review
from layers.cases.penalties import PENALTY_COLUMNS, penalty_states
from layers.cases.remedies import REMEDY_COLUMNS, remedy_states
from layers.cases.reports import REPORT_COLUMNS, report_states
from layers.cases.restarts import RESTART_COLUMNS, restart_states
from layers.cases.seizures import SEIZURE_COLUMNS, seizure_states
from layers.cases.sites import SITE_COLUMNS, site_states
from layers.cases.visits import VISIT_COLUMNS, visits_as_of
from layers.rows import records

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from typing import Any

    import pandas as pd

    from layers.codes import CodeTable
    from layers.events import Event

__all__ = [
    "ACCIDENT_COLUMNS", "CASE_COLUMNS", "CLOSURE_COLUMNS", "EVENT_COLUMNS", "HANDOVER_COLUMNS",
    "HAZARD_COLUMNS", "LISTING_COLUMNS", "LIVES", "ORDER_COLUMNS", "PAPERS", "PENALTY_COLUMNS",
    "REGISTERS", "REMEDY_COLUMNS", "REPORT_COLUMNS", "RESTART_COLUMNS", "SEIZURE_COLUMNS",
    "SITE_COLUMNS", "STATES", "VISIT_COLUMNS", "Entry", "Known", "Told", "accident_states",
    "case_states", "closure_states", "event_frame", "events_of", "handover_states",
    "hazard_states", "known", "known_on", "listing_states", "order_states", "penalty_states",
    "remedy_states", "report_states", "required_items", "restart_states", "review",
    "seizure_states", "site_states", "states_on", "visits_as_of",
]  # fmt: skip

LIVES = {
    module.LIFE.register: module.LIFE
    for module in (
        hazards, filings, penalties, seizures, handovers, listings, remedies, restarts, accidents,
    )
}  # fmt: skip
"""How the records of each register begin and go on, where a row is one record."""

_ROWS: dict[str, Callable[[Mapping[str, Any], str], list[Event]]] = {
    "visits": visits.visit_events,
    "orders": orders.order_events,
    "sites": sites.site_events,
    "reports": reports.report_events,
}
_TABLES: dict[str, Callable[[pd.DataFrame], list[Event]]] = {
    "closures": closure_events,
    "rewards": reports.reward_events,
}
REGISTERS = (*_ROWS, *LIVES, *_TABLES)
"""Registers whose rows are told as events."""

STATES: dict[str, Callable[..., pd.DataFrame]] = {
    "visits": visits_as_of,
    "orders": order_states,
    "sites": site_states,
    "reports": report_states,
    "hazards": hazard_states,
    "cases": case_states,
    "penalties": penalty_states,
    "seizures": seizure_states,
    "handovers": handover_states,
    "listings": listing_states,
    "remedies": remedy_states,
    "closures": closure_states,
    "restarts": restart_states,
    "accidents": accident_states,
}
"""The state function of every kind of record, by the name that its frame has."""


def states_on(
    day: dt.date,
    events: Told,
    *,
    industries: Mapping[str, str | None] | None = None,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> dict[str, pd.DataFrame]:
    """Return the state of every kind of record on *day*, by the names of :data:`STATES`.

    The events are sifted once for all.

    Parameters
    ----------
    industries
        Industries of enterprises, which decide what a closure needs.
    tables
        Code tables of the bureau, its own schemes among them.
    """
    told = known(events, day)
    with_tables: dict[str, Any] = {
        "closures": {"industries": industries, "tables": tables},
        "cases": {"tables": tables},
        "hazards": {"tables": tables},
    }
    return {name: state(told, day, **with_tables.get(name, {})) for name, state in STATES.items()}


def events_of(register: str, rows: pd.DataFrame) -> list[Event]:
    """Return the events that the checked rows of a ledger report.

    Parameters
    ----------
    register
        One of :data:`REGISTERS`.
    rows
        Checked rows with the columns of the register and ``source_file/_sheet/_row``.

    Raises
    ------
    KeyError
        If the register records no events.
    """
    if register in LIVES:
        return tell(LIVES[register], rows)
    if register in _TABLES:
        return _TABLES[register](rows)
    read = _ROWS[register]
    events: list[Event] = []
    for row, source in zip(records(rows), source_names(rows), strict=True):
        events.extend(read({key: plain(value) for key, value in row.items()}, source))
    return events
