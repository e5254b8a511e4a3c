"""Which rows of a table are placed doubtfully or not at all, and how that is put to whoever mends.

Rows that say the same, and have no coordinate of their own, share one line: what is said of one
holds for all. A line is known again by a hash of what the table says there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.corrections import CONTRADICTIONS, key_of, written
from maps.mend_book import MendRow
from maps.messages import advice, sentence
from maps.printable import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from geo.gazetteer import Gazetteer

AGAINST = CONTRADICTIONS | {"geocode_outside_taken"}
"""Notes of a row whose coordinate and address, or area, contradict each other."""
MOST_LINES = 5_000
"""Lines of a workbook; more nobody mends at one go (product choice)."""

_NAMED_ROWS = 3
# Noticed, but no reason to doubt a place; said only where there is no other.
_ASIDE = frozenset(
    ("place_corrected", "county_assumed", "datum_guessed", "datum_assumed", "datum_mixed",
     "coordinates_swapped", "village_without_point", "town_without_point")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one or several rows of a table say, and where they stand.

    ``names`` are those of all its rows; ``rows`` are positions in the table.
    """

    address: str
    coordinate: str
    names: tuple[str, ...]
    rows: tuple[int, ...]
    source: str

    @property
    def single(self) -> bool:
        """Whether it is about one name only."""
        return len(self.names) == 1

    @property
    def own(self) -> bool:
        """Whether what is said of it holds for its names only, not for all with the address."""
        return bool(self.coordinate) or not self.address


def lines_of(said: pd.DataFrame) -> dict[str, Line]:
    """Return the lines of a table by their marks.

    Parameters
    ----------
    said
        What the rows say: address, town, village, name and coordinate, texts.
    """
    groups: dict[tuple[str, str, str], list[int]] = {}
    texts: dict[tuple[str, str, str], tuple[str, str]] = {}
    names = said["name"].tolist()
    columns = (said[name].tolist() for name in ("address", "town", "village", "coordinate"))
    for row, (address, town, village, coordinate) in enumerate(zip(*columns, strict=True)):
        text = written(address, town, village)
        own = names[row] if coordinate or not text else ""
        key = (*key_of(text, own), coordinate)
        groups.setdefault(key, []).append(row)
        texts.setdefault(key, (text, coordinate))
    found = {}
    for key, rows in groups.items():
        text, coordinate = texts[key]
        line = Line(
            address=text, coordinate=coordinate, rows=tuple(rows), source=mark(*key),
            names=tuple(dict.fromkeys(names[row] for row in rows)),
        )  # fmt: skip
        found[line.source] = line
    return found


def mark(address: str, name: str, coordinate: str) -> str:
    """Return by what a line is known again."""
    text = "\n".join(map(clean, (address, name, coordinate)))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def doubtful(answers: pd.DataFrame) -> pd.Series[bool]:
    """Tell which answers are missing, guessed, or denied by what else the row says.

    A county is doubtful where the address names a town that is not known.
    """
    against = answers["note"].map(lambda note: not AGAINST.isdisjoint(note)).astype(bool)
    lost = answers["note"].map(lambda note: "town_unknown" in note).astype(bool)
    weak = (answers["level"] == "none") | (answers["confidence"] == "low")
    return weak | against | (lost & (answers["level"] == "county"))


def mend_rows(
    lines: Mapping[str, Line],
    said: pd.DataFrame,
    answers: pd.DataFrame,
    *,
    gazetteer: Gazetteer,
    notes: Mapping[str, tuple[str, str]],
    lang: str,
) -> list[MendRow]:
    """Return the doubtful lines of a table in its order, at most :data:`MOST_LINES`.

    Parameters
    ----------
    lines
        From :func:`lines_of`.
    said
        As there, with where, sheet and row of each row, lon and lat (WGS-84, NaN for none).
    answers
        Of :func:`geo.geocode.geocode`, in the order of *said*.
    notes
        Who and what was entered before without a correction, by mark.
    """
    doubt = doubtful(answers).to_numpy()
    chosen = [line for line in lines.values() if doubt[line.rows[0]]]
    if len(chosen) > MOST_LINES:
        chosen = sorted(chosen, key=lambda line: (-len(line.rows), line.rows))[:MOST_LINES]
        chosen.sort(key=lambda line: line.rows)
    made = []
    for line in chosen:
        answer = answers.iloc[line.rows[0]]
        by, note = notes.get(line.source, ("", ""))
        made.append(
            MendRow(
                where=_shared(said, line.rows, "where"), rows=_rows(said, line.rows, lang),
                name=_names(line, lang), address=line.address, coordinate=line.coordinate,
                understood=_understood(answer, gazetteer), why=_why(answer["note"], lang),
                level=sentence(f"quality_level_{answer['level']}", lang=lang),
                choices=_choices(answer, said.iloc[line.rows[0]], gazetteer, lang),
                source=line.source, by=by, note=note,
            )
        )  # fmt: skip
    return made


def named(code: str, gazetteer: Gazetteer) -> str:
    """Return a place as a choice says it: full name and code."""
    return f"{gazetteer.full_name(code)}（{code}）"


def _understood(answer: pd.Series, gazetteer: Gazetteer) -> str:
    code = answer["village"] or answer["town"] or answer["county"]
    return named(code, gazetteer) if code in gazetteer else ""


def _choices(
    answer: pd.Series, said: pd.Series, gazetteer: Gazetteer, lang: str
) -> tuple[str, ...]:
    first = _understood(answer, gazetteer)
    found = [first] if first else []
    found += [named(code, gazetteer) for code in answer["alternatives"] if code in gazetteer]
    if np.isfinite(said["lon"]) and np.isfinite(said["lat"]):
        point = f"{said['lon']:.6f}, {said['lat']:.6f}"
        found.append(sentence("mend_written_coordinate", lang=lang, point=point))
    return tuple(dict.fromkeys(found))


def _why(note: Sequence[str], lang: str) -> str:
    mark_ = "; " if lang == "en" else "；"
    codes = [code for code in note if code not in _ASIDE] or list(note) or ["mend_weak"]
    told = [sentence(code, lang=lang) for code in codes]
    fixes = [advice(code, lang=lang) for code in codes]
    done = mark_.join(dict.fromkeys(told))
    todo = mark_.join(dict.fromkeys(filter(None, fixes)))
    return f"{done} → {todo}" if todo else done


def _names(line: Line, lang: str) -> str:
    known = [name for name in line.names if name]
    if len(known) < 2:
        return known[0] if known else ""
    return sentence("mend_and_more", lang=lang, first=known[0], count=len(known))


def _rows(said: pd.DataFrame, rows: Sequence[int], lang: str) -> str:
    numbers = [str(said["row"].iloc[row]) for row in rows]
    shown = "、".join(numbers[:_NAMED_ROWS]) if lang == "zh" else ", ".join(numbers[:_NAMED_ROWS])
    if len(numbers) <= _NAMED_ROWS:
        return shown
    return sentence("mend_rows_more", lang=lang, shown=shown, count=len(numbers))


def _shared(said: pd.DataFrame, rows: Sequence[int], column: str) -> str:
    return "、".join(dict.fromkeys(said[column].iloc[row] for row in rows))
