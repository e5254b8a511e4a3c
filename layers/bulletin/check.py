"""All checks of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.bulletin.divisions import divisions
from layers.bulletin.enumerations import check_enumerations
from layers.bulletin.grids import check_grid
from layers.bulletin.growth import changes, check_bases, check_change, check_multiples
from layers.bulletin.parts import check_division, check_sums
from layers.bulletin.periods import check_periods
from layers.bulletin.rates import check_rates, check_shares
from layers.bulletin.sentences import split
from layers.bulletin.wording import check_wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layers.bulletin.documents import Document
    from layers.bulletin.findings import Finding


def check_document(document: Document) -> list[Finding]:
    """Return every check of a document that was made, faulty or right, in reading order."""
    found = list(_text_findings(document))
    for grid in document.grids:
        found += check_grid(grid)
    seen: dict[tuple[object, ...], Finding] = {}
    for one in found:
        seen.setdefault((one.code, one.sentence, one.figures, one.place), one)
    return sorted(seen.values(), key=_order)


def _order(one: Finding) -> tuple[int, str, int, int]:
    where = one.place
    return where.number, where.table, where.row, where.column


def _text_findings(document: Document) -> Iterator[Finding]:
    sentences = list(split(document.passages))
    divided = list(divisions(sentences))
    told = list(changes(sentences))
    for division in divided:
        yield check_division(division)
        yield from check_bases(division, told)
    for sentence in sentences:
        yield from check_sums(sentence)
    yield from check_shares(sentences, divided)
    yield from check_rates(sentences)
    for change in told:
        yield from check_change(change)
    yield from check_multiples(sentences, told)
    yield from check_periods(sentences)
    yield from check_enumerations(sentences)
    yield from check_wording(sentences)
