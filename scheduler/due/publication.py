"""Results of visits that are not public yet, as due items with their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scheduler.disclosure import ToPublish
    from scheduler.due.reckoning import Reckoning
    from scheduler.due_items import DueItem


def publications(waiting: Iterable[ToPublish], *, with_: Reckoning) -> list[DueItem]:
    """Return an item for every result that waits for its publication.

    Parameters
    ----------
    waiting
        Results with their term, see :mod:`scheduler.disclosure`.
    """
    found = []
    for one in waiting:
        chain = with_.worked(with_.add(one.base, one.term, code="term_publication"))
        found.append(
            with_.duty(f"publication:{one.visit}", object_=one.object, subject=one.visit,
                       base=(one.base, "corrected" if one.corrects else "visited"), reasons=chain)
        )  # fmt: skip
    return found
