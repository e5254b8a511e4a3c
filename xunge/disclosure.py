"""``xunge draw publish``: the results of visits for everyone, without anybody's personal data.

Every day of publication has a folder of its own. What was published is an event with the very row
that the public read, so that nothing is published twice, a correction is known as one, being late
is on record, and the folder of a day can be written again at any time with the same bytes.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.events import Event, EventKind, canonical_json
from layers.rows import records
from maps.disclosure import public_page, public_workbook
from maps.public_rows import Publication, PublicCount, PublicRound, PublicVisit
from scheduler.disclosure import ToPublish, round_of, term_of
from scheduler.openness import Openness, Told, openness
from xunge import rounds
from xunge.disclosure_rows import Waiting, read_archive, read_office, waiting
from xunge.lock import alone
from xunge.outputs import CHECKERS, json_bytes
from xunge.rounds import WeekError
from xunge.week import OUT, monday_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xunge.disclosure_rows import Archive, Office
    from xunge.week import Folder

FOLDERS = {"zh": "公示", "en": "public"}
PAGES = {"zh": "公示.html", "en": "public.html"}
BOOKS = {"zh": "公示表.xlsx", "en": "public.xlsx"}
DATA = "public.json"
_UNREPORTED_WEEKS = 12
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreported:
    """Visits whose day has passed without a result: how many, and when the first must be public."""

    count: int
    due: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publication did.

    ``status`` is ``published``, ``unchanged`` or ``restored`` (files that were missing were written
    again); ``rounds`` are those whose record became public, ``closed`` those that stay closed and
    why.
    """

    status: str
    day: dt.date
    out: Path | None
    results: tuple[ToPublish, ...] = ()
    rounds: tuple[str, ...] = ()
    closed: Mapping[str, str] = field(default_factory=dict)
    unreported: Unreported

    @property
    def corrected(self) -> int:
        """How many results put an earlier one right."""
        return sum(one.corrects for one in self.results)

    @property
    def late(self) -> int:
        """How many results are late."""
        return sum(one.late_days > 0 for one in self.results)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "status": self.status, "date": self.day.isoformat(),
            "out": None if self.out is None else str(self.out),
            "published": len(self.results), "corrected": self.corrected, "late": self.late,
            "rounds": list(self.rounds), "closed": dict(self.closed),
            "unreported": self.unreported.count,
        }  # fmt: skip


def unreported(folder: Folder, *, today: dt.date) -> Unreported:
    """Return how many visits of the last weeks have passed without a result."""
    from xunge.web.ledger import frames

    monday = monday_of(today)
    told = frames.events(EventKind.VISITED, EventKind.NOT_VISITED)
    missing = rounds.unreported(
        told, monday + dt.timedelta(days=7),
        since=monday - dt.timedelta(weeks=_UNREPORTED_WEEKS),
    )  # fmt: skip
    days = [day for day in missing["date"] if day < today]
    if not days:
        return Unreported(count=0)
    office = read_office(folder.settings)
    term = term_of(office.terms, industry="", kind="")
    return Unreported(count=len(days), due=term.due(min(days), workdays=office.workdays))


def publish_results(folder: Folder, *, today: dt.date, out: Path | None = None) -> Published:
    """Publish every result that is known on a day and not public yet.

    On a day on which results were published already the same files are written again; what has
    come in since is added to them.

    Parameters
    ----------
    out
        Where the files go; ``out/公示/<day>`` in the folder by default.

    Raises
    ------
    xunge.rounds.WeekError
        ``published_later`` for a day before the last publication on which nothing was published.
    """
    with alone(folder.path):
        archive, chain = read_archive(today), rounds.chain()
        last = archive.last_day
        office = read_office(folder.settings, chain=chain)
        past = last is not None and today < last
        if past and not archive.on(today):
            raise WeekError("published_later", last=last, today=today)
        state = _openness(chain, archive, office)
        fresh = [] if past else waiting(archive, office)
        opened = [] if past else _opened(chain, state, archive)
        if fresh or opened:
            _record(fresh, opened, chain=chain, state=state, today=today)
            archive = read_archive(today)
        day = today if archive.on(today) else last
        place = None if day is None else out or _place(folder, day)
        written = place is not None and (out is None or day == today) and _write(
            place, _files(_publication(folder, archive, chain, day=day), chain, folder)
        )  # fmt: skip
    return Published(
        status="published" if fresh or opened else "restored" if written else "unchanged",
        day=today, out=place, results=tuple(one.to_do for one in fresh), rounds=tuple(opened),
        closed=state.closed, unreported=unreported(folder, today=today),
    )  # fmt: skip


def _place(folder: Folder, day: dt.date) -> Path:
    return folder.path / OUT / FOLDERS[folder.settings.bureau.language] / day.isoformat()


def _openness(chain: Sequence[Row], archive: Archive, office: Office) -> Openness:
    """Return which rounds may be shown on the day of the archive."""
    from xunge.web.ledger import frames

    missed = {
        (round_of(event["key"]) or event["key"], event["subject"])
        for event in records(frames.events(EventKind.NOT_VISITED, EventKind.CARRIED))
        if not event["data"].get("withdrawn")
    }
    term = term_of(office.terms, industry="", kind="")
    return openness(
        chain,
        told=Told(day=archive.today, visited=archive.seen, missed=missed),
        limit=lambda day: term.due(day, workdays=office.workdays),
    )


def _opened(chain: Sequence[Row], state: Openness, archive: Archive) -> list[str]:
    """Return the rounds whose record may be public and is not."""
    draws = _draw_links(chain)
    return [
        name for name, link in draws.items()
        if name in state.rounds and link["hash"] not in archive.published
    ]  # fmt: skip


def _draw_links(chain: Sequence[Row]) -> dict[str, Row]:
    return {link["record"]["round"]: link for link in chain if link["record"].get("kind") == "draw"}


def _record(
    fresh: Sequence[Waiting],
    opened: Sequence[str],
    *,
    chain: Sequence[Row],
    state: Openness,
    today: dt.date,
) -> None:
    """Put on record what becomes public now: rows, and the records of rounds."""
    from xunge.web import database
    from xunge.web.ledger import frames

    said = {"length": len(chain), "links": state.links, "closed": dict(state.closed)}
    draws = _draw_links(chain)
    events = [
        Event(kind=EventKind.PUBLISHED, subject=one.to_do.object, on=today, key=one.to_do.visit,
              data={"visit": one.to_do.visit, "due": one.to_do.due.isoformat(),
                    "late_days": one.to_do.late_days, "facts": dict(one.facts),
                    "row": None if one.row is None else one.row.to_json(),
                    "corrects": None if one.corrects is None else one.corrects.isoformat(),
                    "version": one.version, "chain": said})
        for one in fresh
    ] + [
        Event(kind=EventKind.PUBLISHED, subject=name, on=today, key=draws[name]["hash"],
              data={"round": name, "chain": said})
        for name in opened
    ]  # fmt: skip
    with database.all_or_nothing():
        frames.append(events, batch=frames.open_batch("publish", day=today, files=[], summary={}))


def _publication(
    folder: Folder, archive: Archive, chain: Sequence[Row], *, day: dt.date | None
) -> Publication:
    """Return what was published on a day, from the events of that day alone."""
    assert day is not None  # noqa: S101 - the caller has a folder for it
    batch = archive.on(day)
    said = batch[-1]["data"]["chain"]
    rows = [PublicVisit.from_json(event["data"]["row"]) for event in batch
            if event["data"].get("row")]  # fmt: skip
    counted = Counter(
        (event["data"]["facts"]["result"], event["data"]["corrects"] is not None)
        for event in batch if "visit" in event["data"] and event["data"]["row"] is None
    )  # fmt: skip
    links = chain[: said["links"]]
    return Publication(
        area=folder.settings.bureau.name,
        day=day,
        visits=tuple(sorted(rows, key=lambda one: (one.visited, one.name, one.credit_code))),
        others=tuple(
            PublicCount(result=result, visits=count, corrected=corrected)
            for (result, corrected), count in sorted(counted.items())
        ),
        rounds=_rounds(batch, archive, chain[: said["length"]], day=day),
        links=len(links),
        head=links[-1]["hash"] if links else "",
    )


def _rounds(
    batch: Sequence[Row], archive: Archive, chain: Sequence[Row], *, day: dt.date
) -> tuple[PublicRound, ...]:
    """Return the rounds of a publication: whose visits are in it, newly opened, and closed ones."""
    public = {
        event["data"]["round"]
        for events in archive.published.values() for event in events
        if event["on"] <= day and "round" in event["data"]
    }  # fmt: skip
    concerned = {event["data"].get("round") or round_of(event["key"]) for event in batch}
    closed = batch[-1]["data"]["chain"]["closed"]
    links = _draw_links(chain)
    committed = {
        link["record"]["round"]: link["record"]
        for link in chain if link["record"].get("kind") == "commit"
    }  # fmt: skip
    return tuple(
        _round(name, links.get(name), committed.get(name), closed=closed.get(name, ""))
        for name in sorted({*links, *committed})
        if name in closed or (name in public and name in concerned)
    )


def _round(name: str, link: Row | None, committed: Row | None, *, closed: str) -> PublicRound:
    record = link["record"] if link is not None else committed
    assert record is not None  # noqa: S101 - a round has one or the other
    hashes = {
        "hash": "" if link is None else link["hash"], "commitment": record.get("commitment", ""),
        "frame_hash": record.get("frame_hash", ""),
    }  # fmt: skip
    if closed:
        return PublicRound(name=name, file="", closed=closed, **hashes)
    return PublicRound(
        name=name, file=f"draw-{name}.json", closed="", **hashes,
        eligible=len(record["frame"]["eligible"]), excluded=len(record["frame"]["excluded"]),
        drawn=len(record["selected"]),
    )  # fmt: skip


def _files(made: Publication, chain: Sequence[Row], folder: Folder) -> dict[str, bytes]:
    """Return the files of a publication by name, the data last."""
    lang, tables = folder.settings.bureau.language, folder.tables
    book = BOOKS[lang]
    with tempfile.TemporaryDirectory() as scratch:
        path = public_workbook(Path(scratch) / book, made, tables=tables, lang=lang)
        content = path.read_bytes()
    links = _draw_links(chain)
    proof = {one.file: json_bytes(links[one.name]) for one in made.rounds if one.file}
    if made.links:
        proof["chain.json"] = canonical_json(list(chain[: made.links])).encode("utf-8") + b"\n"
    page = public_page(made, book=book, tables=tables, lang=lang)
    return {
        PAGES[lang]: page.encode("utf-8"), book: content, **proof, **CHECKERS,
        DATA: json_bytes(made.to_json()),
    }  # fmt: skip


def _write(place: Path, files: Mapping[str, bytes]) -> bool:
    """Write files, each at once; tell whether any was missing or differed."""
    place.mkdir(parents=True, exist_ok=True)
    changed = False
    for name, content in files.items():
        path = place / name
        if path.is_file() and path.read_bytes() == content:
            continue
        draft = path.with_name(f".{path.name}")
        draft.write_bytes(content)
        draft.replace(path)
        changed = True
    return changed
