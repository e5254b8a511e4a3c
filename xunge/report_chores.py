"""The reports that come by the calendar: of the last week, and of the month."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from maps.messages import sentence
from xunge.lock import alone
from xunge.occasions import settle
from xunge.reports.write import write_report

if TYPE_CHECKING:
    from xunge.occasions import Occasion


def write_due_report(occasion: Occasion, *, kind: str) -> str:
    """Write the report that is due on the day of the occasion; the same day gives the same one.

    Raises
    ------
    xunge.reports.periods.ReportError
        If there is nothing to report on, or if its own figures do not go together.
    """
    with alone(occasion.folder.path):
        written = write_report(occasion.folder, kind, day=occasion.day)
    occasion.progress("written")
    names = [path.name for path in written.files]
    settle(occasion, {"files": names, "until": written.until.isoformat(),
                      "checked": written.checked, "doubts": len(written.doubts)})  # fmt: skip
    return sentence("report_written", lang=occasion.lang, files=names)


write_weekly = partial(write_due_report, kind="weekly")
write_monthly = partial(write_due_report, kind="monthly")
