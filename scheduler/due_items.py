"""What must be done by a date, and the chain of reasons that led to the date."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One link of the chain from the base date to the due date.

    Attributes
    ----------
    code
        ``term_reinspection``, ``term_revisit``, ``term_report``, ``term_report_limit``,
        ``no_deadline``, each of these with ``_workdays`` where working days are counted;
        ``relapse_shortened``, ``nonworking_shift``, ``steps_collapsed``.
    source, status
        Document and clause, and how far it was verified (see ``due_rules.toml``).
    days
        Calendar days between ``start`` and ``end``; negative where a rule shortens.
    detail
        What the sentence needs beyond that: rule, count, unit, step, relapses …
    """

    code: str
    source: str
    status: str
    days: int
    start: dt.date
    end: dt.date
    detail: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def by(
        cls,
        code: str,
        rule: Any,  # noqa: ANN401 - any rule with a source and a status
        start: dt.date,
        end: dt.date,
        detail: Mapping[str, Any],
    ) -> Reason:
        """Return the link that a rule adds to the chain."""
        return cls(
            code=code, source=rule.source, status=rule.status, days=(end - start).days,
            start=start, end=end, detail=detail,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; the dates are called ``from`` and ``to``."""
        return {
            "code": self.code,
            "source": self.source,
            "status": self.status,
            "days": self.days,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "detail": dict(self.detail),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How far something overdue has escalated: who is told of it, since when, by which rule."""

    name: str
    title: str
    en: str
    since: dt.date
    after_days: int
    source: str
    status: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; ``title_en`` stands in for the title in English."""
        return {
            "name": self.name, "title": self.title, "title_en": self.en or self.title,
            "since": self.since.isoformat(), "after_days": self.after_days,
            "source": self.source, "status": self.status,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """Something that must be done by a date, most often a visit.

    Attributes
    ----------
    id
        The same in every week in which the item is still due.
    object
        Enterprise or site to visit; the report itself where it names no object.
    kind
        ``reinspection``, ``revisit``, ``report``, ``floor`` (:mod:`scheduler.needs`), or one of
        those that :mod:`scheduler.due` makes.
    subject
        Order, site, report or rule that makes it due.
    step
        Revisits: days of the step in the undivided series. Re-inspections: number of earlier ones.
        Floors: which visit of the period it is.
    base, base_code
        Date from which the chain counts and what it is: ``requested``, ``deadline``,
        ``failed_review``, ``issued``, ``closed``, ``discovered``, ``received``, ``floor_since``,
        ``floor_period``, ``unknown``, … (``base_*`` in ``maps/messages/due.toml``).
    opens
        First day on which the visit makes sense.
    due
        ``base`` plus the days of ``reasons``.
    limit, limit_reasons
        Legal last day where it differs from the planned date (reports).
    overdue_since, overdue_days
        Date that was missed first and calendar days since then; 0 if nothing was missed.
    visit
        Kind of visit that settles it; empty where it is ``kind``.
    place
        Where it is settled: by a ``visit`` that a week plans, at the ``desk``, or in the ``area``
        that checks itself.
    level
        How far it has escalated, see :mod:`scheduler.escalation`; None while it has not.
    held
        Code of why it is due and yet not planned (``over_cap``); empty for all others.
    """

    id: str
    object: str
    kind: str
    subject: str
    step: int
    base: dt.date
    base_code: str
    opens: dt.date
    due: dt.date
    reasons: tuple[Reason, ...]
    overdue_since: dt.date
    overdue_days: int
    limit: dt.date | None = None
    limit_reasons: tuple[Reason, ...] = ()
    visit: str = ""
    held: str = ""
    place: str = "visit"
    level: Level | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data, dates as ISO text."""
        return {
            "id": self.id,
            "object": self.object,
            "kind": self.kind,
            "subject": self.subject,
            "step": self.step,
            "base": self.base.isoformat(),
            "base_code": self.base_code,
            "opens": self.opens.isoformat(),
            "due": self.due.isoformat(),
            "reasons": [reason.to_json() for reason in self.reasons],
            "overdue_since": self.overdue_since.isoformat(),
            "overdue_days": self.overdue_days,
            "limit": None if self.limit is None else self.limit.isoformat(),
            "limit_reasons": [reason.to_json() for reason in self.limit_reasons],
            "visit": self.visit or self.kind,
            "held": self.held,
            "place": self.place,
            "level": None if self.level is None else self.level.to_json(),
        }
