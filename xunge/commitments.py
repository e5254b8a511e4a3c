"""Draws that nobody controls: commit to the frame, open with the seed, give up, replace.

A week with a committed draw takes three commands: ``draw commit`` freezes the frame and publishes
its hash; ``draw open`` draws from the nonces of the parties and the public number; ``week`` goes
on with that draw.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from layers.mapping import read_mapping
from scheduler.draw import open_draw
from scheduler.terms import PublicNumber, TermsError
from xunge import rounds
from xunge.compute import assess, committed_record
from xunge.folder_key import keep_key
from xunge.lock import alone
from xunge.outputs import CHECKERS, json_bytes
from xunge.rounds import Round, WeekError
from xunge.week import OUT, inputs_of, monday_of, next_number, take_in

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from scheduler.terms import Party
    from xunge.week import Folder

COMMIT_FILE, DRAW_FILE, CHAIN_FILE = "commit.json", "draw.json", "chain.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a command did to a round: the link that it added to the chain, and where it lies."""

    round: Round
    link: Mapping[str, Any]
    out: Path | None = None

    @property
    def record(self) -> Mapping[str, Any]:
        """The record of the link."""
        record: Mapping[str, Any] = self.link["record"]
        return record


def commit_week(
    folder: Folder,
    *,
    day: dt.date,
    today: dt.date,
    parties: Sequence[Party],
    public: PublicNumber,
    mapping: Path | None = None,
    redraw_reason: str = "",
    progress: Callable[[str], None] = lambda stage: None,
) -> Step:
    """Freeze the frame of a week and put its hash on the chain, before a seed exists.

    Parameters
    ----------
    today
        The public number must not be known yet on this day.
    redraw_reason
        Why a week that has a plan is drawn again.

    Raises
    ------
    WeekError
        As :func:`xunge.week.run_week`; ``commitment_waits`` if the round is committed already,
        ``draw_waits`` if it is drawn and has no plan yet.
    scheduler.terms.TermsError
        ``public_number_known`` if its day lies before *today*, or if the terms bind nobody.
    """
    if public.day < today.isoformat():
        raise TermsError("public_number_known", day=public.day, today=today.isoformat())
    monday = monday_of(day)
    with alone(folder.path):
        current = rounds.latest(monday)
        if current is not None and current.committed is not None and current.sealed:
            _write(folder, current, COMMIT_FILE, current.committed["link"])
            raise WeekError("commitment_waits", round=current.name, date=monday.isoformat())
        if current is not None and current.drawn is not None and current.planned is None:
            raise WeekError("draw_waits", round=current.name, date=monday.isoformat())
        if current is not None and current.planned is not None and not redraw_reason:
            raise WeekError("redraw_needs_reason")
        rounds.refuse_unless_next(monday, current=current, redraw=bool(redraw_reason))
        take_in(folder, monday, read_mapping(mapping) if mapping else None, strict=False,
                progress=progress)  # fmt: skip
        reason = redraw_reason or (current.abandoned if current is not None else "")
        keep_key(monday, seed=None)
        inputs = inputs_of(
            folder, monday, redraw_reason=reason, seed="", number=next_number(current)
        )
        progress("known")
        record, frame = committed_record(
            inputs, assess(inputs, progress=progress), parties=parties, public=public
        )
        made = rounds.seal(monday, number=inputs.number, record=record, frame=frame)
        assert made.committed is not None  # noqa: S101 - it was just made
        link = made.committed["link"]
        return Step(round=made, link=link, out=_write(folder, made, COMMIT_FILE, link))


def open_week(folder: Folder, *, day: dt.date, nonces: Sequence[str], public_number: str) -> Step:
    """Draw from the nonces and the public number of a committed round.

    Raises
    ------
    WeekError
        ``nothing_to_open`` if no commitment waits.
    scheduler.terms.TermsError
        If a nonce is not the committed one.
    """
    monday = monday_of(day)
    with alone(folder.path):
        sealed = _sealed(monday)
        assert sealed.committed is not None  # noqa: S101 - what is sealed was committed
        record = open_draw(
            sealed.committed["link"]["record"], sealed.committed["frame"], nonces=nonces,
            public_number=public_number,
        ).to_json()  # fmt: skip
        made = rounds.begin(monday, number=sealed.number, drawn=record)
        return Step(round=made, link=made.link, out=_write(folder, made, DRAW_FILE, made.link))


def abandon_week(folder: Folder, *, day: dt.date, today: dt.date, reason: str) -> Step:
    """Give up a commitment, for a reason that goes on the chain.

    Raises
    ------
    WeekError
        ``nothing_to_open`` if no commitment waits, ``abandon_needs_reason``.
    """
    if not reason.strip():
        raise WeekError("abandon_needs_reason")
    with alone(folder.path):
        sealed = _sealed(monday_of(day))
        assert sealed.committed is not None  # noqa: S101 - what is sealed was committed
        said = sealed.committed["link"]["record"]
        record = {
            "kind": "abandon", "digest": said["digest"], "round": said["round"],
            "commitment": said["commitment"], "reason": reason.strip(),
            "created": today.isoformat(),
        }  # fmt: skip
        link = rounds.give_up(sealed, record=record)
        return Step(round=replace(sealed, abandoned=record["reason"]), link=link)


def substitute(
    folder: Folder,
    *,
    day: dt.date,
    today: dt.date,
    object_: str,
    reason: str,
    note: str = "",
) -> Step:
    """Put the next ticket in the place of a drawn object that cannot be visited.

    Before the plan is made the substitute is planned in the same week, afterwards in the next.

    Parameters
    ----------
    reason
        Code of the table ``substitute_reason``; ``other`` needs a *note*.

    Raises
    ------
    WeekError
        ``nothing_drawn`` if the week has no draw, ``unknown_reason``, ``note_needed``.
    scheduler.substitutes.SubstituteError
        If the object was not drawn or replaced already, or nobody is left.
    """
    known = folder.tables["substitute_reason"]
    if reason not in known.codes:
        raise WeekError("unknown_reason", value=reason, known="、".join(known.codes))
    if known.data_of(reason).get("note") and not note.strip():
        raise WeekError("note_needed", value=reason)
    with alone(folder.path):
        drawn = rounds.latest(monday_of(day))
        if drawn is None or drawn.drawn is None:
            raise WeekError("nothing_drawn", week=rounds.week_name(monday_of(day)))
        stratum, heir = drawn.bench.next_for(object_)
        record = {
            "kind": "substitute", "digest": drawn.link["record"]["digest"], "round": drawn.name,
            "draw": drawn.link["hash"], "object": object_, "stratum": stratum,
            "substitute": heir, "reason": reason, "note": note.strip(),
            "created": today.isoformat(),
        }  # fmt: skip
        return Step(round=drawn, link=rounds.stand_in(drawn, record=record))


def export_chain(path: Path) -> int:
    """Write the whole chain for the checkers; return the number of links.

    Raises
    ------
    OSError
    """
    links = rounds.chain()
    text = json.dumps(links, ensure_ascii=False, indent=1, sort_keys=True)
    _replace(path, text.encode("utf-8") + b"\n")
    return len(links)


def _sealed(monday: dt.date) -> Round:
    current = rounds.latest(monday)
    if current is None or not current.sealed:
        raise WeekError("nothing_to_open", week=rounds.week_name(monday))
    return current


def _write(folder: Folder, made: Round, name: str, link: Mapping[str, Any]) -> Path:
    """Put a link beside the checkers, where the files of the week will be; return the folder."""
    out = folder.path / OUT / made.week
    out.mkdir(parents=True, exist_ok=True)
    for checker, content in CHECKERS.items():
        _replace(out / checker, content)
    _replace(out / name, json_bytes(link))
    return out


def _replace(path: Path, content: bytes) -> None:
    """Write a file at once; what stood there under another content is kept beside it."""
    if path.is_file() and path.read_bytes() == content:
        return
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(content)
    if path.is_file():
        number = 1
        while (kept := path.with_name(f"{path.stem}.{number}{path.suffix}")).exists():
            number += 1
        path.replace(kept)
    draft.replace(path)
