"""The words of a reminder: what, by when, and why; short, and without personal data."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from maps.messages import load, sentence
from maps.printable import mask_phones
from xunge.raising import DUE, LIMIT, OVERDUE, SOON
from xunge.words import due_sentences, listed, run_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.codes import CodeTable

_GRAVE = (SOON, DUE, OVERDUE, LIMIT)


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

    @property
    def escalated(self) -> bool:
        """Whether more people than usual are to know."""
        return self.stage == LIMIT or self.stage.startswith(f"{OVERDUE}-")

    @property
    def order(self) -> tuple[int, dt.date, str]:
        """What comes first: a legal limit, then the longest overdue, then what is due first."""
        return -_GRAVE.index(self.stage.partition("-")[0]), self.since, self.object

    def line(self, lang: str, *, named: bool) -> str:
        """Return what and when."""
        code = f"reminder_{self.stage.partition('-')[0]}"
        return sentence(
            code, lang=lang, what=self.what, place=self.name if named else self.object,
            due=self.due, days=self.overdue_days,
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


def entry_of(
    row: Mapping[str, Any],
    names: Mapping[tuple[str, str], str],
    *,
    tables: Mapping[str, CodeTable],
    lang: str,
) -> Entry:
    """Return the entry of a raised stage.

    Parameters
    ----------
    row
        An event of the kind ``raised``.
    names
        Names of enterprises and illegal sites by register and id; others are not told.
    """
    data, item = row["data"], row["data"]["item"]
    enterprise = ("enterprises", item["object"]) in names
    name = names.get(("enterprises", item["object"])) or names.get(("sites", item["object"]))
    return Entry(
        stage=data["stage"], object=item["object"], name=mask_phones(name) or item["object"],
        public=enterprise and item["kind"] != "report", what=kind_title(item["kind"], tables, lang),
        due=dt.date.fromisoformat(item["due"]), since=dt.date.fromisoformat(item["overdue_since"]),
        overdue_days=item["overdue_days"],
        why=run_on(due_sentences({**item, "overdue_days": 0, "level": None}, lang)[:-1], lang),
    )  # fmt: skip


def kind_title(kind: str, tables: Mapping[str, CodeTable], lang: str) -> str:
    """Return a kind of obligation in words."""
    table = tables["visit_kind"]
    if kind in table.codes:
        return table.title_of(kind, lang=lang)
    known = (code for code in (f"obligation_{kind}", f"kind_{kind}") if code in load())
    code = next(known, "")
    return sentence(code, lang=lang) if code else kind
