"""A campaign as its plan has it, from TOML or a workbook: phases, extensions, documents owed."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field, replace
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from layers.campaigns.book import is_campaign_book, read_book

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER = "专项行动"
"""Folder of a bureau's campaigns beside its ledgers, one file each."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class CampaignError(ValueError):
    """A campaign that cannot be used: file, code and what it is about.

    Codes: ``campaign_unreadable``, ``campaign_incomplete``, ``campaign_dates``,
    ``campaign_twice``.
    """

    def __init__(self, file: str, code: str, value: str) -> None:
        super().__init__(f"{file}: {code} {value}")
        self.file = file
        self.code = code
        self.value = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A phase, both days included. ``decided`` is set where an extension added it."""

    title: str
    since: dt.date
    until: dt.date
    en: str = ""
    emphasis: tuple[str, ...] = ()
    decided: dt.date | None = None
    document: str = ""

    def name(self, *, lang: str = "zh") -> str:
        """Return the title in *lang*."""
        return self.en or self.title if lang == "en" else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A document that units owe: the same day for all, or for the named ones."""

    code: str
    title: str
    due: dt.date
    en: str = ""
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A document that came in."""

    document: str
    unit: str
    on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign.

    Attributes
    ----------
    phases
        As the plan has them, in order.
    extensions
        Phases that later decisions added, each with the day of its decision; they begin the day
        after the campaign would have ended.
    units
        Who reports.
    scheme
        Id of the classification scheme by which it counts; empty for none.
    weekly_by, monthly_by
        Weekday and day of the month by which units report; empty and 0 for none.
    doubts
        What in the plan does not go together: code and data of each.
    """

    id: str
    title: str
    phases: tuple[Phase, ...]
    en: str = ""
    document: str = ""
    issued: dt.date | None = None
    units: tuple[str, ...] = ()
    scheme: str = ""
    weekly_by: str = ""
    monthly_by: int = 0
    extensions: tuple[Phase, ...] = ()
    documents: tuple[Owed, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    doubts: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=())

    def name(self, *, lang: str = "zh") -> str:
        """Return the title in *lang*."""
        return self.en or self.title if lang == "en" else self.title

    @property
    def since(self) -> dt.date:
        """The first day."""
        return self.phases[0].since

    def phases_on(self, day: dt.date) -> tuple[Phase, ...]:
        """Return the phases as they were decided by *day*; an extension is not known before."""
        known = [one for one in self.extensions if one.decided is None or one.decided <= day]
        return (*self.phases, *known)

    def until_on(self, day: dt.date) -> dt.date:
        """Return the last day of the campaign as decided by *day*."""
        return max(phase.until for phase in self.phases_on(day))

    def phase_on(self, day: dt.date) -> Phase | None:
        """Return the phase that *day* lies in; None before, between and after them."""
        return next((p for p in self.phases_on(day) if p.since <= day <= p.until), None)


def load_campaigns(folder: Path) -> dict[str, Campaign]:
    """Return the campaigns of a ledger folder by id, in order of files.

    They stand in ``专项行动/*.toml`` and in workbooks there.

    Raises
    ------
    CampaignError, layers.campaigns.book.CampaignBookError, layers.problems.UnreadableFile
        If a file cannot be read or makes no sense.
    """
    found: dict[str, Campaign] = {}
    for path in sorted((folder / FOLDER).glob("*")):
        if path.suffix != ".toml" and not is_campaign_book(path):
            continue
        campaign = open_campaign(path)
        if campaign.id in found:
            raise CampaignError(path.name, "campaign_twice", campaign.id)
        found[campaign.id] = campaign
    return found


def open_campaign(path: Path) -> Campaign:
    """Read the campaign of one file, a workbook or TOML.

    Raises
    ------
    CampaignError, layers.campaigns.book.CampaignBookError, layers.problems.UnreadableFile
        If it cannot be read or makes no sense.
    """
    if is_campaign_book(path):
        return _made(path.name, read_book(path))
    try:
        return read_campaign(path.name, path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CampaignError(path.name, "campaign_unreadable", str(error)) from error


def examples() -> dict[str, Campaign]:
    """Return the three campaigns that ship as examples, by id."""
    found = {}
    for item in sorted(files("layers").joinpath("campaigns").iterdir(), key=lambda one: one.name):
        if item.name.endswith(".toml"):
            campaign = read_campaign(item.name, item.read_text("utf-8"))
            found[campaign.id] = campaign
    return found


def read_campaign(file: str, text: str) -> Campaign:
    """Read one campaign.

    Raises
    ------
    CampaignError
        With the name of the *file*.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CampaignError(file, "campaign_unreadable", str(error)) from error
    return _made(file, raw)


def _made(file: str, raw: Mapping[str, Any]) -> Campaign:
    try:
        return _campaign(raw)
    except (KeyError, TypeError, AttributeError) as error:
        raise CampaignError(file, "campaign_incomplete", str(error).strip("'\"")) from error
    except ValueError as error:
        raise CampaignError(file, "campaign_dates", str(error)) from error


def _campaign(raw: Mapping[str, Any]) -> Campaign:
    phases = tuple(_phase(one) for one in raw["phases"])
    if not phases:
        raise KeyError("phases")
    for before, after in pairwise(phases):
        if after.since <= before.until:
            raise ValueError(f"{before.title} {before.until} / {after.title} {after.since}")
    weekly, monthly = str(raw.get("weekly_by", "")), int(raw.get("monthly_by", 0))
    if (weekly and weekly not in WEEKDAYS) or not 0 <= monthly <= _LAST_OF_ALL_MONTHS:
        raise ValueError(f"weekly_by {weekly} monthly_by {monthly}")
    campaign = Campaign(
        id=_text(raw["id"]), title=_text(raw["title"]), en=raw.get("en", ""), phases=phases,
        document=raw.get("document", ""), issued=raw.get("issued"),
        units=tuple(raw.get("units", ())), scheme=raw.get("scheme", ""), weekly_by=weekly,
        monthly_by=monthly, extensions=_extensions(phases, raw.get("extensions", ())),
        documents=tuple(_owed(one) for one in raw.get("documents", ())),
        receipts=tuple(
            Receipt(document=one["document"], unit=one["unit"], on=_day(one["on"]))
            for one in raw.get("received", ())
        ),
    )  # fmt: skip
    return _with_doubts(campaign)


_LAST_OF_ALL_MONTHS = 28


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"{value!r}")
    return value


def _day(value: object) -> dt.date:
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise TypeError(f"{value!r}")
    return value


def _phase(raw: Mapping[str, Any]) -> Phase:
    phase = Phase(
        title=_text(raw["title"]), en=raw.get("en", ""), since=_day(raw["since"]),
        until=_day(raw["until"]), emphasis=tuple(raw.get("emphasis", ())),
    )  # fmt: skip
    if phase.since > phase.until:
        raise ValueError(f"{phase.title} {phase.since} – {phase.until}")
    return phase


def _extensions(phases: tuple[Phase, ...], raw: Iterable[Mapping[str, Any]]) -> tuple[Phase, ...]:
    found: list[Phase] = []
    end = phases[-1].until
    for one in sorted(raw, key=lambda each: _day(each["decided"])):
        until = _day(one["until"])
        if until <= end:
            raise ValueError(f"{until} ≤ {end}")
        found.append(
            Phase(
                title=_text(one["title"]), en=one.get("en", ""),
                since=end + dt.timedelta(days=1), until=until, decided=_day(one["decided"]),
                document=one.get("document", ""), emphasis=tuple(one.get("emphasis", ())),
            )
        )  # fmt: skip
        end = until
    return tuple(found)


def _owed(raw: Mapping[str, Any]) -> Owed:
    return Owed(
        code=_text(raw["code"]), title=_text(raw["title"]), en=raw.get("en", ""),
        due=_day(raw["due"]), units=tuple(raw.get("units", ())),
    )  # fmt: skip


def _with_doubts(campaign: Campaign) -> Campaign:
    """Tell what does not go together: a phase before its order, a summary before the end."""
    doubts: list[tuple[str, Mapping[str, Any]]] = []
    first, issued = campaign.phases[0], campaign.issued
    if issued is not None and first.since < issued:
        doubts.append(
            ("campaign_begins_early", {"phase": first.title, "phase_en": first.name(lang="en"),
                                       "since": first.since, "issued": issued,
                                       "days": (issued - first.since).days})
        )  # fmt: skip
    end = max(one.until for one in (*campaign.phases, *campaign.extensions))
    doubts += [
        ("campaign_summary_early", {"title": one.title, "title_en": one.en or one.title,
                                    "due": one.due, "until": end})
        for one in campaign.documents
        if one.code == "final" and one.due < end
    ]  # fmt: skip
    return replace(campaign, doubts=tuple(doubts))
