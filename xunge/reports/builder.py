"""A report in the making: figures become words and links, and what they count becomes rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING, Any, TypeAlias

from layers.figures import Count, Growth, Rate, money, plain
from layers.indicators.measures import Figure, figure
from maps.messages import message, sentence
from maps.report_parts import Line, Paragraph, Report, Run, Table
from xunge.reports.rows import row_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from layers.indicators.facts import Facts, Period
    from maps.report_parts import RowTable
    from xunge.reports.rows import Telling


Told: TypeAlias = Run | tuple[Run, ...] | str | dt.date
"""What fills a sentence: a linked figure, several of them, a word, a day."""


@dataclass(slots=True, kw_only=True)
class Builder:
    """Collects the parts of one report about one period."""

    facts: Facts
    period: Period
    telling: Telling
    orders: Mapping[str, Mapping[Any, int]]
    blocks: list[Paragraph | Table] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _rows: dict[tuple[str, tuple[Any, ...], str], tuple[str, RowTable]] = field(
        default_factory=dict
    )
    _figures: dict[tuple[str, Period], Figure] = field(default_factory=dict)
    _shares: dict[str, tuple[Run, ...]] = field(default_factory=dict)

    @property
    def lang(self) -> str:
        """Language of the report."""
        return self.telling.lang

    def figure(self, code: str, period: Period | None = None) -> Figure:
        """Return a measure over the period of the report, or over another one."""
        key = (code, period or self.period)
        if key not in self._figures:
            self._figures[key] = figure(self.facts, code, key[1])
        return self._figures[key]

    def title(self, code: str) -> str:
        """Return the words of a measure."""
        return sentence(f"indicator_{code}", lang=self.lang)

    # Links ----------------------------------------------------------------------------------------

    def link(self, rows: pd.DataFrame, register: str, title: str, *, sort: str = "town") -> str:
        """Return the anchor of some records; the same records have one appendix only."""
        if not len(rows):
            return ""
        key = (register, tuple(rows.index), sort)
        if key not in self._rows:
            anchor = f"r{len(self._rows) + 1}"
            told = row_table(
                rows, register, anchor=anchor, title=title, sort=sort, telling=self.telling,
                order=self.orders[sort],
            )  # fmt: skip
            self._rows[key] = (anchor, told)
        return self._rows[key][0]

    def run(self, code: str, period: Period | None = None) -> Run:
        """Return a measure as a linked figure; money with its unit."""
        found = self.figure(code, period)
        return self.count(found.count, found.rows, found.measure.register, self.title(code))

    def count(self, count: Count, rows: pd.DataFrame, register: str, title: str) -> Run:
        """Return a count as a linked figure."""
        return Run(text=self.told(count), link=self.link(rows, register, title))

    def told(self, count: Count) -> str:
        """Return a count as text; money in 元 or 万元 with its unit, other figures bare.

        What is only a lower bound says so: ``30余``, ``12.5万余元``, ``at least 30``.
        """
        if self.lang == "en":
            least = "at least " if count.at_least else ""
            return f"{least}{plain(count.value)}{' yuan' if count.unit == '元' else ''}"
        more = "余" if count.at_least else ""
        if count.unit != "元":
            return plain(count.value) + more
        number, unit = money(count.value)
        return f"{number}{unit.removesuffix('元')}{more}元"

    # Sentences ------------------------------------------------------------------------------------

    def say(self, code: str, **data: Told) -> None:
        """Add a paragraph."""
        self.blocks.append(Paragraph(runs=self.runs(code, **data)))

    def runs(self, code: str, **data: Told) -> tuple[Run, ...]:
        """Return the sentence of *code*, its linked figures as runs of their own."""
        runs: list[Run] = []
        for words, name, _, _ in Formatter().parse(message(code).sentence(self.lang)):
            if words:
                runs.append(Run(text=words))
            if name:
                runs.extend(self._words(data[name]))
        return tuple(runs)

    def _words(self, value: Told) -> tuple[Run, ...]:
        if isinstance(value, tuple):
            return value
        return (value if isinstance(value, Run) else Run(text=self.day_or(value)),)

    def day_or(self, value: str | dt.date) -> str:
        """Return a day as a report writes it, a text as it is."""
        if isinstance(value, dt.date):
            return (
                value.isoformat() if self.lang == "en"
                else f"{value.year}年{value.month}月{value.day}日"
            )  # fmt: skip
        return value

    def join(self, *parts: tuple[Run, ...], end: str = "。") -> None:
        """Add one paragraph of several sentences, parted by ；."""
        if not parts:
            return
        runs: list[Run] = []
        for number, part in enumerate(parts):
            if number:
                runs.append(Run(text="；" if self.lang == "zh" else "; "))
            runs += part
        runs.append(Run(text=end if self.lang == "zh" else "."))
        self.blocks.append(Paragraph(runs=tuple(runs)))

    def head(self, code: str) -> None:
        """Add a heading, numbered in order."""
        number = 1 + sum(
            isinstance(block, Paragraph) and block.style == "heading" for block in self.blocks
        )
        told = f"{_NUMERALS[number]}、" if self.lang == "zh" else f"{number}. "
        text = told + sentence(code, lang=self.lang)
        self.blocks.append(Paragraph(runs=(Run(text=text),), style="heading"))

    def note(self, code: str, **data: Any) -> None:
        """Add a note below the text, once."""
        said = sentence(code, lang=self.lang, **data)
        if said not in self.notes:
            self.notes.append(said)

    # Tables ---------------------------------------------------------------------------------------

    def split(
        self,
        title: str,
        codes: Sequence[str],
        *,
        by: str,
        keys: Sequence[Any],
        names: Mapping[Any, str],
    ) -> None:
        """Add a table of measures by *keys*, with the total, which is computed by itself.

        Each figure leads to its own group of rows. Records without a key have a row at the end.
        """
        parts = {code: self.figure(code).by(by) for code in codes}
        links = {
            code: self.link(self.figure(code).rows, self.figure(code).measure.register,
                            self.title(code), sort=by)
            for code in codes
        }  # fmt: skip
        found = {key for part in parts.values() for key in part}
        shown = [*keys, *sorted(found - {None, *keys}, key=str), *([None] if None in found else [])]
        unknown = sentence("report_unknown", lang=self.lang)
        rows = [
            (Run(text=names.get(key, unknown if key is None else str(key))),
             *(self._part(parts[code].get(key), code, links[code], by, key) for code in codes))
            for key in shown
        ]  # fmt: skip
        total = [Run(text=sentence("report_total", lang=self.lang))]
        total += [Run(text=self.bare(self.figure(code).count), link=links[code]) for code in codes]
        head = (sentence(f"report_by_{by}", lang=self.lang), *(self.header(code) for code in codes))
        self.blocks.append(Table(title=title, header=head, rows=(*rows, tuple(total)), total=True))

    def header(self, code: str) -> str:
        """Return a measure with its unit, as a column of a table has it."""
        return sentence(f"indicator_short_{code}", lang=self.lang)

    def _part(self, count: Count | None, code: str, link: str, by: str, key: Any) -> Run:  # noqa: ANN401
        if count is None or not count.value:
            return Run(text="0")
        place = self.orders[by].get(key, len(self.orders[by]))
        return Run(text=self.bare(count), link=f"{link}_{place}" if link else "")

    def bare(self, count: Count) -> str:
        """Return a count without unit, money in 万元 exact to the fen; a lower bound says so."""
        more = ("+" if self.lang == "en" else "余") if count.at_least else ""
        value = round(count.value / 10_000, 6) if count.unit == "元" else count.value
        return f"{plain(value)}{more}"

    # Indicators of the workbook -------------------------------------------------------------------

    def line(self, code: str, *, before: Period | None, year: Period | None) -> None:
        """Add a measure with what it was before and a year ago."""
        found = self.figure(code)
        past = [None if one is None else self.figure(code, one).count for one in (before, year)]
        self.lines.append(
            Line(
                title=self.title(code), value=found.count.value, unit=found.count.unit,
                link=self.link(found.rows, found.measure.register, self.title(code)),
                before=None if past[0] is None else past[0].value,
                change_before=self.change(found.count, past[0]),
                year=None if past[1] is None else past[1].value,
                change_year=self.change(found.count, past[1]),
                note=sentence("report_at_least", lang=self.lang) if found.count.at_least else "",
            )
        )  # fmt: skip

    def share(
        self, code: str, rate: Rate, part: pd.DataFrame, whole: pd.DataFrame, register: str
    ) -> Run:
        """Return a rate in percent that leads to its part and its whole, each linked to its rows.

        The workbook has it as an indicator; it is empty where there is nothing to measure.
        """
        title, percent = self.title(code), rate.percent()
        link = self.link(whole, register, title) if percent else ""
        self.lines.append(
            Line(title=title, unit="%", value=float(percent) if percent else None, link=link,
                 note=f"{plain(rate.part.value)} ÷ {plain(rate.whole.value)}")
        )  # fmt: skip
        if not percent:
            return Run(text="")
        words = sentence("report_part", lang=self.lang, title=title)
        over = self.link(part, register, words) if rate.part.value else ""
        self._shares[code] = (
            Run(text=title, mark=f"rate_{code}"), Run(text=f"{percent}%"),
            Run(text=self.with_unit(rate.part), link=over),
            Run(text=self.with_unit(rate.whole), link=link),
        )  # fmt: skip
        return Run(text=percent, link=f"rate_{code}")

    def share_of(self, code: str, part: str, whole: str) -> Run:
        """Return what share of a measure another one is, as :meth:`share` does."""
        over, under = self.figure(part), self.figure(whole)
        rate = Rate(part=over.count, whole=under.count)
        return self.share(code, rate, over.rows, under.rows, under.measure.register)

    def with_unit(self, count: Count) -> str:
        """Return a count with its unit, in English without."""
        plain_ = self.lang == "en" or count.unit == "元"
        return self.told(count) + ("" if plain_ else count.unit)

    def _shares_table(self) -> tuple[Table, ...]:
        """Return the table in which each rate that the text states has its part and its whole."""
        said = {run.link for block in self.blocks if isinstance(block, Paragraph)
                for run in block.runs}  # fmt: skip
        rows = tuple(row for row in self._shares.values() if row[0].mark in said)
        if not rows:
            return ()
        head = tuple(
            sentence(f"report_rate_{name}", lang=self.lang)
            for name in ("column", "percent", "part", "whole")
        )
        title = sentence("report_table_rates", lang=self.lang)
        return (Table(title=title, header=head, rows=rows),)

    def change(self, now: Count, before: Count | None) -> str:
        """Return how a count changed, in a few words; a base of 0 gives no percentage."""
        if before is None:
            return ""
        growth = Growth(now=now, before=before)
        return sentence(f"report_change_{growth.change}", lang=self.lang, percent=growth.percent())

    def report(self, *, title: str, subtitle: str) -> Report:
        """Return what was collected."""
        return Report(
            title=title,
            subtitle=subtitle,
            blocks=(*self.blocks, *self._shares_table()),
            lines=tuple(self.lines),
            rows=tuple(told for _, told in self._rows.values()),
            notes=tuple(self.notes),
        )


_NUMERALS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三",
             "十四", "十五")  # fmt: skip
