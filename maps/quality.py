"""The data-quality report of an import: every problem, where it stands and what to do about it.

One printable file without scripts. Long lists are folded, never cut.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from layers.schema import REGISTERS
from maps import assets, base
from maps.messages import advice, load, sentence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

_LEVELS = ("coordinate", "address", "village", "town", "county", "none")
_ONLINE_LEVEL = "address"  # not shown where no online service was asked
_PLACE = ("file", "sheet", "row", "column", "value")
_SHOWN = 25  # rows of one code that stand open; the rest is one click away


class ProblemLike(Protocol):
    """What the report needs of a problem: :class:`layers.problems.Problem` is one."""

    @property
    def file(self) -> str:
        """File inside the ledger folder."""

    @property
    def sheet(self) -> str:
        """Sheet, empty for CSV."""

    @property
    def row(self) -> int | None:
        """Row as Excel shows it; None for a whole file or sheet."""

    @property
    def column(self) -> str:
        """Header of the column, empty for a whole row."""

    @property
    def value(self) -> str:
        """What stands there."""

    @property
    def code(self) -> str:
        """Stable name of what is wrong."""

    @property
    def severity(self) -> str:
        """``error`` (the row is set aside) or ``warning`` (the row is taken)."""

    @property
    def detail(self) -> Mapping[str, Any]:
        """What the sentence needs beyond that."""


class FileLike(Protocol):
    """What the report needs of a table that was read: :class:`layers.ledgers.LedgerFile` is one."""

    @property
    def name(self) -> str:
        """File inside the ledger folder."""

    @property
    def sheet(self) -> str:
        """Sheet, empty for CSV."""

    @property
    def register(self) -> str:
        """English name of the register."""

    @property
    def rows(self) -> int:
        """Rows that were taken."""

    @property
    def bad(self) -> int:
        """Rows that were set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """What is known of an import.

    Attributes
    ----------
    area, as_of
        Whose data, and of which day.
    files
        Every table that was read.
    problems
        All problems, duplicates apart.
    duplicates
        Problems that name rows which may mean the same enterprise.
    levels
        Number of places by geocoding level (coordinate, village, town, county, none).
    unplaced
        Pairs of name and why, for places without a position.
    unread
        Files and sheets that were not understood.
    notes
        Further sentences, such as a calendar that does not know the year.
    """

    area: str
    as_of: dt.date
    files: Sequence[FileLike]
    problems: Sequence[ProblemLike]
    duplicates: Sequence[ProblemLike] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    unplaced: Sequence[tuple[str, str]] = ()
    unread: Sequence[str] = ()
    notes: Sequence[str] = ()


def quality_html(report: QualityReport, *, lang: str = "zh") -> str:
    """Return the report as one HTML page that can be read on a screen and printed.

    Everything that comes from a ledger is escaped; the page has no script at all.
    """
    words = {
        code.removeprefix("quality_"): text.sentence(lang)
        for code, text in load().items()
        if code.startswith("quality_")
    }
    title = sentence("quality_title", lang=lang, area=report.area)
    body = base.template("quality.html").render(
        t=words,
        title=title,
        as_of=sentence("quality_as_of", lang=lang, day=report.as_of),
        totals=_totals(report, words),
        files=_files(report, lang),
        groups=_groups(report.problems, lang),
        duplicates=_groups(report.duplicates, lang),
        levels=_levels(report, words),
        unplaced=report.unplaced,
        unplaced_title=sentence("quality_unplaced", lang=lang, n=len(report.unplaced)),
        unread=report.unread,
        notes=report.notes,
        shown=_SHOWN,
        more=lambda n: sentence("quality_more", lang=lang, n=n),
        entries=lambda n: sentence("quality_entries", lang=lang, n=n),
    )
    return base.page(
        title=title, lang=lang, body=body, styles=[assets.stylesheet("quality/quality.css")]
    )


def quality_json(report: QualityReport, *, lang: str = "zh") -> str:
    """Return the report as JSON text: the same facts, each problem with its sentence."""
    warnings = _warnings(report)
    fact = {
        "area": report.area,
        "as_of": report.as_of.isoformat(),
        "files": [
            {
                "file": file.name,
                "sheet": file.sheet,
                "register": file.register,
                "read": file.rows + file.bad,
                "good": file.rows,
                "set_aside": file.bad,
                "warnings": warnings[file.name, file.sheet],
            }
            for file in report.files
        ],
        "problems": [_fact(problem, lang) for problem in report.problems],
        "duplicates": [_fact(problem, lang) for problem in report.duplicates],
        "levels": {level: report.levels.get(level, 0) for level in _shown_levels(report)},
        "unplaced": [{"name": name, "why": why} for name, why in report.unplaced],
        "unread": list(report.unread),
        "notes": list(report.notes),
    }
    return json.dumps(fact, ensure_ascii=False, indent=1, default=str) + "\n"


def _place(problem: ProblemLike, lang: str) -> dict[str, Any]:
    """Return where a problem is; a column that has only its Chinese title is named in *lang*."""
    place = {name: getattr(problem, name) for name in _PLACE}
    register = REGISTERS.get(getattr(problem, "register", ""))
    name = getattr(problem, "name", "")
    if lang == "en" and register is not None and name in register:
        titled = problem.column == register[name].title
        place["column"] = name.replace("_", " ") if titled else problem.column
    return place


def _data(problem: ProblemLike, lang: str) -> dict[str, Any]:
    more = {key: value for key, value in problem.detail.items() if key != "lang"}
    return _place(problem, lang) | more


def _fact(problem: ProblemLike, lang: str) -> dict[str, Any]:
    data = _data(problem, lang)
    return {
        **_place(problem, lang),
        "code": problem.code,
        "severity": problem.severity,
        "detail": {key: _plain(value) for key, value in sorted(problem.detail.items())},
        "sentence": sentence(problem.code, lang=lang, **data),
        "advice": advice(problem.code, lang=lang, **data),
    }


def _plain(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else value


def _totals(report: QualityReport, words: Mapping[str, str]) -> list[tuple[str, int, str]]:
    good, bad = sum(f.rows for f in report.files), sum(f.bad for f in report.files)
    warnings = sum(problem.severity == "warning" for problem in report.problems)
    return [
        (words["read"], good + bad, ""),
        (words["good"], good, "good"),
        (words["set_aside"], bad, "bad" if bad else ""),
        (words["warnings"], warnings, "warn" if warnings else ""),
        (words["duplicates"], len(report.duplicates), "warn" if report.duplicates else ""),
    ]


def _warnings(report: QualityReport) -> Counter[tuple[str, str]]:
    return Counter((p.file, p.sheet) for p in report.problems if p.severity == "warning")


def _files(report: QualityReport, lang: str) -> list[dict[str, Any]]:
    warnings = _warnings(report)
    return [
        {
            "name": file.name,
            "sheet": file.sheet,
            "register": _register(file.register, lang),
            "read": file.rows + file.bad,
            "good": file.rows,
            "bad": file.bad,
            "warnings": warnings[file.name, file.sheet],
        }
        for file in report.files
    ]


def _register(name: str, lang: str) -> str:
    known = REGISTERS.get(name)
    return name.replace("_", " ") if known is None or lang == "en" else known.title


def _groups(problems: Iterable[ProblemLike], lang: str) -> list[dict[str, Any]]:
    """Return the problems by code: errors first, then the most frequent."""

    def key(problem: ProblemLike) -> tuple[bool, str]:
        return problem.severity != "error", problem.code

    groups = [
        _group(code, [*members], lang, error=not mild)
        for (mild, code), members in groupby(sorted(problems, key=key), key)
    ]
    return sorted(groups, key=lambda g: (not g["error"], -len(g["entries"]), g["code"]))


def _group(code: str, members: list[ProblemLike], lang: str, *, error: bool) -> dict[str, Any]:
    entries = [_entry(problem, lang) for problem in members]
    advices = {entry["advice"] for entry in entries}
    known = load().get(code)
    shared = _shared(members, known.names(lang) if known else (), lang)
    told = {*known.names(lang)} <= {*_PLACE} if known else False
    return {
        "code": code,
        "error": error,
        "title": sentence(code, lang=lang, **shared) if known else code,
        "advice": entries[0]["advice"] if len(advices) == 1 else "",
        "entries": entries,
        "own_sentences": not told and len({entry["sentence"] for entry in entries}) > 1,
        "own_advice": len(advices) > 1,
    }


def _entry(problem: ProblemLike, lang: str) -> dict[str, Any]:
    data = _data(problem, lang)
    return {
        **_place(problem, lang),
        "sentence": sentence(problem.code, lang=lang, **data),
        "advice": advice(problem.code, lang=lang, **data),
    }


def _shared(members: list[ProblemLike], names: Sequence[str], lang: str) -> dict[str, Any]:
    """Return the data for the sentence of a whole group: an ellipsis where members differ."""
    first, blank = _data(members[0], lang), _Ellipsis()
    spoken = [key for name in names for key in (name, f"{name}_{lang}") if key in first]
    others = [_data(problem, lang) for problem in members[1:]]
    return {
        key: first[key] if all(other.get(key) == first[key] for other in others) else blank
        for key in spoken
    }


class _Ellipsis:
    def __str__(self) -> str:
        return "…"


def _shown_levels(report: QualityReport) -> list[str]:
    return [one for one in _LEVELS if one != _ONLINE_LEVEL or report.levels.get(one)]


def _levels(report: QualityReport, words: Mapping[str, str]) -> list[dict[str, Any]]:
    total = sum(report.levels.values())
    return [
        {
            "name": words[f"level_{level}"],
            "count": report.levels.get(level, 0),
            "share": f"{100 * report.levels.get(level, 0) / total:.1f}%",
            "bar": round(100 * report.levels.get(level, 0) / total, 2),
            "level": level,
        }
        for level in (_shown_levels(report) if total else ())
    ]
