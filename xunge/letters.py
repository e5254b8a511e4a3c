"""The words of a reminder: what, by when, and why; short, and without personal data."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from maps.messages import sentence
from maps.printable import mask_phones
from xunge.due_list import kind_title
from xunge.raising import AREA, DUE, LEVEL, LIMIT, OVERDUE, SOON
from xunge.words import due_sentences, listed, run_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_GRAVE = (SOON, DUE, OVERDUE, LEVEL, LIMIT)
_NAMED = 5
"""How many areas a line names before it counts the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One obligation in a reminder.

    Attributes
    ----------
    name
        Name of the place, telephone numbers masked; its id where it has none.
    public
        Whether a chat group may read the name: enterprises only, see ``[reminders] names``.
    what
        Kind of obligation in words.
    since
        Day that was missed first.
    why
        The sum of reasons in one sentence.
    level
        What the escalation means, in words.
    area
        A village or town that checks itself; many of them are one line.
    """

    stage: str
    object: str
    name: str
    public: bool
    what: str
    due: dt.date
    since: dt.date
    overdue_days: int
    why: str
    level: str = ""
    area: bool = False

    @property
    def escalated(self) -> bool:
        """Whether more people than usual are to know."""
        return self.stage.partition("-")[0] in (LEVEL, LIMIT)

    @property
    def order(self) -> tuple[int, dt.date, str]:
        """What comes first: a legal limit, then the longest overdue, then what is due first."""
        return -_GRAVE.index(self.stage.partition("-")[0]), self.since, self.object

    def line(self, lang: str, *, named: bool) -> str:
        """Return what and when."""
        code = f"reminder_{self.stage.partition('-')[0]}"
        return sentence(
            code, lang=lang, what=self.what, place=self.name if named else self.object,
            due=self.due, days=self.overdue_days, level=self.level,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A reminder to be sent: the gravest entries first."""

    id: str
    day: dt.date
    bureau: str
    lang: str
    entries: tuple[Entry, ...]

    @property
    def escalated(self) -> bool:
        """Whether more people than usual are to know."""
        return any(entry.escalated for entry in self.entries)

    @property
    def title(self) -> str:
        """The subject line: whose, of which day, how many of each stage."""
        stages = Counter(entry.stage.partition("-")[0] for entry in self.entries)
        counts = [sentence(f"reminders_{stage}", lang=self.lang, count=stages[stage])
                  for stage in reversed(_GRAVE) if stages[stage]]  # fmt: skip
        return sentence("reminder_title", lang=self.lang, bureau=self.bureau, day=self.day,
                        counts=listed(counts, self.lang))  # fmt: skip

    def text(self, *, most_bytes: int = 0, group: bool = False, names: bool = True) -> str:
        """Return the whole text.

        Parameters
        ----------
        most_bytes
            Leave out entries from the end, and say so, where the text would be longer in UTF-8.
        group
            The text is for a chat group: sites and reports by the public by number only.
        names
            Whether that group may read the names of enterprises.
        """
        blocks = [
            f"{number}. {entry.line(self.lang, named=not group or (names and entry.public))}\n"
            f"   {entry.why}"
            for number, entry in enumerate(self.entries, start=1)
        ]
        for kept in range(len(blocks), -1, -1):
            left = len(blocks) - kept
            rest = [sentence("reminder_more", lang=self.lang, count=left)] if left else []
            text = "\n".join([self.title, "", *blocks[:kept], *rest])
            if not most_bytes or len(text.encode()) <= most_bytes:
                return text
        return self.title.encode()[:most_bytes].decode(errors="ignore")


def entry_of(row: Mapping[str, Any], names: Mapping[tuple[str, str], str], *, lang: str) -> Entry:
    """Return the entry of a raised stage.

    Parameters
    ----------
    row
        An event of the kind ``raised``.
    names
        Names of enterprises, illegal sites and areas by register and id; others are not told.
    """
    data, item = row["data"], row["data"]["item"]
    known = {name: names.get((name, item["object"])) for name in ("enterprises", "sites", "areas")}
    level = item["level"] or {}
    return Entry(
        stage=data["stage"], object=item["object"],
        name=mask_phones(next(filter(None, known.values()), "")) or item["object"],
        public=bool(known["enterprises"] or known["areas"]) and item["kind"] != "report",
        what=kind_title(item["kind"], lang), due=dt.date.fromisoformat(item["due"]),
        since=dt.date.fromisoformat(item["overdue_since"]), overdue_days=item["overdue_days"],
        why=run_on(due_sentences({**item, "overdue_days": 0, "level": None}, lang)[:-1], lang),
        level=level.get("title_en" if lang == "en" else "title", ""),
        area=item["place"] == AREA,
    )  # fmt: skip


def together(entries: Iterable[Entry], *, lang: str) -> list[Entry]:
    """Return the entries, the gravest first, with areas of one stage and due date as one."""
    groups: dict[object, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one.order):
        alike = (entry.stage, entry.what, entry.due) if entry.area else id(entry)
        groups.setdefault(alike, []).append(entry)
    return [
        replace(mine[0], name=_some([one.name for one in mine], lang)) for mine in groups.values()
    ]


def _some(names: list[str], lang: str) -> str:
    told = listed(names[:_NAMED], lang)
    return told if len(names) <= _NAMED else sentence(
        "reminder_areas", lang=lang, names=told, count=len(names)
    )  # fmt: skip
