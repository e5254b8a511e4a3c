"""A campaign in a report: progress by phase, and the documents that units owe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.campaigns.progress import obligations, period_of
from maps.messages import sentence
from maps.report_parts import Run, Table

if TYPE_CHECKING:
    from layers.campaigns.campaign import Campaign
    from xunge.reports.builder import Builder
    from xunge.reports.gather import Basis

PHASE_CODES = ("checks", "hazards", "rectified", "cases", "suspended", "closed", "fined")


def progress_of(b: Builder, basis: Basis, campaign: Campaign) -> None:
    """Put the phases into a table, each with its measures and its extension's decision."""
    b.head("report_head_progress")
    day = b.facts.day
    codes = tuple("findings" if c == "hazards" and "hazards" not in basis.kept else c
                  for c in PHASE_CODES)  # fmt: skip
    rows = []
    for phase in campaign.phases_on(day):
        period = period_of(phase, day=day)
        span = sentence("report_span", lang=b.lang, since=phase.since, until=phase.until)
        if period is None:
            cells = [Run(text=sentence("report_to_come", lang=b.lang))] * len(codes)
        else:
            found = [b.figure(code, period) for code in codes]
            cells = [
                Run(text=b.bare(one.count),
                    link=b.link(one.rows, one.measure.register, b.title(one.measure.code)))
                for one in found
            ]  # fmt: skip
        rows.append((Run(text=phase.name(lang=b.lang)), Run(text=span), *cells))
        if phase.decided is not None:
            b.note("report_extended", title=phase.name(lang=b.lang), decided=phase.decided,
                   until=phase.until, document=phase.document or "—")  # fmt: skip
    head = (sentence("report_phase", lang=b.lang), sentence("report_days", lang=b.lang),
            *(b.header(code) for code in codes))  # fmt: skip
    b.blocks.append(
        Table(title=sentence("report_table_phases", lang=b.lang), header=head, rows=tuple(rows),
              wordy=frozenset((0, 1)))
    )  # fmt: skip
    for code, data in campaign.doubts:
        b.note(code, **data)


def documents(b: Builder, campaign: Campaign) -> None:
    """Say which documents came in, late, or not at all; list what is missing or late."""
    owed = obligations(campaign, day=b.facts.day)
    due = owed[(owed["due"] <= b.facts.day) | owed["received"].notna()]
    if not len(due):
        return
    counts = due["state"].value_counts()
    b.say(
        "report_documents", due=str(len(due)),
        **{name: str(int(counts.get(name, 0))) for name in ("received", "late", "overdue", "open")},
    )  # fmt: skip
    wrong = due[due["state"].isin(("late", "overdue"))]
    if not len(wrong):
        return
    rows = tuple(
        (Run(text=row["unit"]), Run(text=row["title"]), Run(text=row["due"].isoformat()),
         Run(text=row["received"].isoformat() if row["received"] else "—"),
         Run(text=sentence(f"report_word_{row['state']}", lang=b.lang)), Run(text=str(row["days"])))
        for row in wrong.to_dict("records")
    )  # fmt: skip
    head = tuple(
        sentence(f"report_owed_{name}", lang=b.lang)
        for name in ("unit", "document", "due", "received", "state", "days")
    )
    b.blocks.append(
        Table(title=sentence("report_table_owed", lang=b.lang), header=head, rows=rows,
              wordy=frozenset((0, 1, 2, 3, 4)))
    )  # fmt: skip
