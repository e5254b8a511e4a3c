"""Place the rows of any table: which columns, where each row lies, how sure that is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.civil_codes import civil_codes
from geo.geocode import geocode
from geo.online.compare import OTHER
from geo.radius import RADIUS_M
from maps.messages import sentence
from xunge import china, place_ledger
from xunge.doubts import AGAINST
from xunge.geocode_columns import Inputs, Wanted, decide
from xunge.geocode_review import Review, ledger_path, mend_path, review_of, write_mend_book
from xunge.geocode_table import GeocodeError, output_path, put_by, read_sheet, write_sheet

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from geo.corrections import Corrections
    from geo.gazetteer import Gazetteer
    from xunge.online import Completed

    Complete = Callable[[pd.DataFrame, pd.DataFrame, Gazetteer, str], Completed]

LEVELS = ("coordinate", "address", "village", "town", "county", "none")
COLUMNS = (
    "lon", "lat", "level", "radius_m", "code", "civil_code", "confidence", "reason", "alternatives",
)  # fmt: skip
"""Columns added to a table."""

CHUNK = 10_000
"""Rows that are placed between two signs of life; each is placed for itself."""

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """A table that was placed.

    Attributes
    ----------
    out, book
        The result; the workbook of what is to be put right, None where nothing is.
    kept
        New names of the files that were there before.
    lines
        Rows of the workbook.
    ledger
        Ledger of corrections.
    """

    out: Path
    book: Path | None
    kept: tuple[Path, ...]
    lines: int
    ledger: Path
    inputs: Inputs
    review: Review
    answers: pd.DataFrame
    online: Completed | None = None

    def facts(self) -> dict[str, Any]:
        """Return what was done as plain values."""
        found, level = self.inputs.found, self.answers["level"]
        doubtful = (level != "none") & (self.answers["confidence"] == "low")
        return {
            "out": str(self.out),
            "kept": [str(path) for path in self.kept],
            "mend": str(self.book) if self.book else "",
            "mend_lines": self.lines,
            "ledger": str(self.ledger) if self.ledger.exists() else "",
            "corrections": len(self.review.corrections),
            "corrections_new": len(self.review.fresh),
            "corrections_pending": self.review.pending,
            "columns": {
                "address": found.address, "lon": found.lon, "lat": found.lat,
                "datum": found.datum, "notation": found.notation, "meridian": found.meridian,
                "left_out": list(self.inputs.left_out), "beside": list(self.inputs.beside),
            },
            "rows": len(level),
            "levels": {name: int((level == name).sum()) for name in LEVELS},
            "unplaced": int((level == "none").sum()),
            "doubtful": int(doubtful.sum()),
            **({"online": self.online.facts} if self.online else {}),
        }  # fmt: skip


def run_geocode(
    path: Path,
    *,
    wanted: Wanted,
    today: dt.date,
    county: str = "",
    sheet: str = "",
    out: Path | None = None,
    mended: Path | None = None,
    corrections: Path | None = None,
    lang: str = "zh",
    progress: Callable[[str], None] = lambda stage: None,
    counted: Callable[[int, int], None] = lambda done, total: None,
    complete: Complete | None = None,
) -> Placed:
    """Place a table and write it with :data:`COLUMNS` added, and what is doubtful beside it.

    Parameters
    ----------
    today
        Day of new corrections.
    county
        Code or name of the county or prefecture in which most rows lie.
    mended
        Workbook of an earlier run in which people have put rows right.
    corrections
        Ledger of corrections, or its folder; beside the table where not given.
    progress, counted
        Told the name of every stage as it ends; told how many rows of a long table are done.
    complete
        Asks an online geocoder about what the offline one does not know well enough; the table
        then has the columns :data:`geo.online.compare.OTHER` too.

    Raises
    ------
    GeocodeError, xunge.geocode_table.QuestionsError, xunge.place_ledger.MendingRefusedError
        If it cannot be done, or something has to be said first; then nothing is written.
    """
    target, ledger = output_path(path, out), ledger_path(path, corrections)
    gazetteer = china.gazetteer()
    home = home_of(county, gazetteer=gazetteer)
    table = read_sheet(
        path, sheet=sheet, named=wanted.named, is_place=lambda text: _is_place(text, gazetteer)
    )
    progress("geocode_table")
    inputs = decide(table.frame, wanted, gazetteer=gazetteer, home=home)
    review = review_of(
        table, inputs, ledger=ledger, mended=mended, gazetteer=gazetteer, home=home, today=today
    )
    progress("geocode_columns")
    answers = _in_parts(
        inputs.frame, counted, gazetteer=gazetteer, home=home, corrections=review.corrections
    )
    online = None
    if complete:
        progress("geocode_online")
        online = complete(inputs.frame, answers, gazetteer, home)
        answers = online.answers
    progress("geocode_places")
    added = shown_answers(answers, gazetteer=gazetteer, home=home, lang=lang)
    result, book = _new(target), mend_path(target)
    write_sheet(table, added, result)
    rows = write_mend_book(review, answers, _new(book), gazetteer=gazetteer, lang=lang)
    # Nothing is replaced before all that is new is there.
    place_ledger.append(ledger, review.fresh)
    kept = [put_by(target), put_by(book)]
    result.replace(target)
    if rows:
        _new(book).replace(book)
    return Placed(
        out=target, book=book if rows else None, kept=tuple(p for p in kept if p), inputs=inputs,
        lines=len(rows), ledger=ledger, review=review, answers=answers, online=online,
    )  # fmt: skip


def _in_parts(frame: pd.DataFrame, counted: Callable[[int, int], None], **how: Any) -> pd.DataFrame:
    """Return the answers of :func:`place`, telling how far it is."""
    parts = []
    for start in range(0, max(len(frame), 1), CHUNK):
        part = frame.iloc[start : start + CHUNK]
        parts.append(place(part, **how))
        if len(frame) > CHUNK:
            counted(start + len(part), len(frame))
    return pd.concat(parts)


def _new(path: Path) -> Path:
    return path.with_name(f".new {path.name}")


def home_of(county: str, *, gazetteer: Gazetteer) -> str:
    """Return the code of a county or prefecture given by code or name; empty for none.

    Raises
    ------
    GeocodeError
        If there is none, or several have the name.
    """
    if not county:
        return ""
    if county.isascii() and county.isdigit():
        code = county[:4] if county[4:].strip("0") == "" else county[:6]
        if len(code) in (4, 6) and code in gazetteer:
            return code
    named = [place for place in gazetteer if len(place.code) in (4, 6) and
             county.endswith(place.name) and gazetteer.full_name(place.code).endswith(county)
             ]  # fmt: skip
    if len(named) == 1:
        return named[0].code
    if not named:
        raise GeocodeError("geocode_unknown_county", value=county)
    several = [f"{gazetteer.full_name(one.code)}（{one.code}）" for one in named[:_MOST_NAMED]]
    raise GeocodeError("geocode_several_counties", value=county, names=several)


def place(
    frame: pd.DataFrame, *, gazetteer: Gazetteer, home: str, corrections: Corrections | None = None
) -> pd.DataFrame:
    """Return the answers of :func:`geo.geocode.geocode`, less sure where sources disagree.

    A coordinate that nothing confirms outside the home area is better than no point: it is taken
    at low confidence.
    """
    answers = geocode(frame, gazetteer=gazetteer, home=home, corrections=corrections)
    against = answers["note"].map(lambda note: not AGAINST.isdisjoint(note)).to_numpy(bool)
    answers.loc[against, "confidence"] = "low"
    if "lon" in frame:
        lost = (answers["level"] == "none").to_numpy() & against
        answers.loc[lost, ["lon", "lat"]] = frame.loc[lost, ["lon", "lat"]].to_numpy(float)
        answers.loc[lost, "level"] = "coordinate"
        answers.loc[lost, "radius_m"] = RADIUS_M["coordinate"]
        swap = {"coordinate_outside_county": "geocode_outside_taken"}
        answers["note"] = [
            tuple(swap.get(code, code) for code in note) if mine else note
            for note, mine in zip(answers["note"], lost, strict=True)
        ]
    return answers


def shown_answers(
    answers: pd.DataFrame, *, gazetteer: Gazetteer, home: str, lang: str
) -> pd.DataFrame:
    """Return answers as :data:`COLUMNS`: one code, reasons and alternatives in words."""
    said = {} if home else {"county_assumed": "geocode_county_inferred"}

    @cache
    def reason(note: tuple[str, ...]) -> str:
        mark = "; " if lang == "en" else "；"
        return mark.join(sentence(said.get(code, code), lang=lang) for code in note)

    @cache
    def named(codes: tuple[str, ...]) -> str:
        return "；".join(f"{gazetteer.full_name(code)}（{code}）" for code in codes)

    others = [name for name in OTHER if name in answers]
    code = answers["village"].where(answers["village"] != "", answers["town"])
    code = code.where(code != "", answers["county"])
    return pd.DataFrame(
        {
            "lon": np.round(answers["lon"].to_numpy(float), 7),
            "lat": np.round(answers["lat"].to_numpy(float), 7),
            "level": answers["level"],
            "radius_m": answers["radius_m"].astype(float),
            "code": code,
            "civil_code": code.map(civil_codes().civil),
            "confidence": answers["confidence"],
            "reason": answers["note"].map(reason),
            "alternatives": answers["alternatives"].map(named),
        },
        index=answers.index,
    )[list(COLUMNS)].join(answers[others].round({"other_lon": 7, "other_lat": 7}))


def _is_place(text: str, gazetteer: Gazetteer) -> bool:
    answer = geocode(pd.DataFrame({"address": [text]}), gazetteer=gazetteer, home="")
    return bool(answer["level"].iloc[0] in ("village", "town"))
