"""Listed supervision (挂牌督办), the black list, and what has to be made public about closures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scheduler.due.reckoning import first_known, plain, rows_where
from scheduler.due_items import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from scheduler.due.reckoning import Reckoning
    from scheduler.due_items import DueItem


def listings(frame: pd.DataFrame, *, with_: Reckoning) -> list[DueItem]:
    """Return when listings are to be made public and when they end.

    Parameters
    ----------
    frame
        Columns ``id, object, kind, start, until, published, state``;
        ``kind`` is ``supervision`` or ``black_list``.
    """
    found: list[DueItem] = []
    for row in rows_where(frame, "state", "listed", "expired"):
        found += _of(row, with_=with_)
    return found


def closures(
    frame: pd.DataFrame, *, industries: Mapping[str, str], with_: Reckoning
) -> list[DueItem]:
    """Return until when closures have to be made public.

    Parameters
    ----------
    frame
        Columns ``site, closed, published``.
    """
    found = []
    for row in frame.to_dict("records"):
        site, closed = row["site"], plain(row["closed"])
        if closed is None or plain(row.get("published")) is not None:
            continue
        coal = industries.get(site) == "coal_mine"
        term = with_.rules.term("closure_notice_coal" if coal else "closure_notice")
        chain = [with_.add(closed, term, code="term_closure_notice")]
        found.append(
            with_.duty(f"closure_notice:{site}:{closed.isoformat()}", object_=site, subject=site,
                       base=(closed, "closed"), reasons=with_.worked(*chain))
        )  # fmt: skip
    return found


def _of(row: Mapping[str, Any], *, with_: Reckoning) -> Iterator[DueItem]:
    base, code = first_known(row, ("start",), with_.today)
    code = "listed" if code == "start" else code
    supervised = row.get("kind") == "supervision"
    if row.get("published") is None and supervised:
        chain = [with_.add(base, with_.rules.term("listing_notice"), code="term_listing_notice")]
        yield with_.duty_of(row, "listing_notice", base=(base, code), reasons=with_.worked(*chain))
    until = row.get("until")
    if until is None:
        name = "supervision" if supervised else "black_list"
        end = [with_.add(base, with_.rules.term(name), code=f"term_{name}")]
        first = (base, code)
    else:
        end = [with_.add(until, with_.rules.term("listing_end"), code="term_listing_end")]
        first = (until, "listing_until")
    if supervised:
        end.append(_ask_by(end[0], with_=with_))
    yield with_.duty_of(row, "listing_end", base=first, reasons=with_.worked(*end))


def _ask_by(end: Reason, *, with_: Reckoning) -> Reason:
    """Return the note until when a longer term can be asked for; it moves nothing."""
    term = with_.rules.term("listing_extension")
    ask = with_.workdays.add_workdays(end.end, -term.days)
    detail = {"count": term.days, "ask_by": ask.isoformat()}
    return Reason.by("listing_extension", term, end.end, end.end, detail)
