"""One file per enterprise as a printable page: what is open first, then records, then the story."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from maps import assets, base

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table of one kind of record."""

    title: str
    count: int
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A suggested measure: what, by which rule, where that stands, what raised it."""

    title: str
    rule: str
    source: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the story."""

    on: str
    what: str
    number: str
    facts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierView:
    """A file in words.

    Attributes
    ----------
    totals
        Label, number and tone (``warn``, ``bad`` or empty).
    register
        Title and value of every column of the register row.
    due
        What is due, when, and the tone.
    story
        Oldest first.
    words
        Titles of the page's parts.
    persons
        Whether personal data are in it.
    """

    lang: str
    name: str
    title: str
    subtitle: str
    totals: tuple[tuple[str, str, str], ...]
    register: tuple[tuple[str, str], ...]
    linked: tuple[str, ...]
    measures: tuple[Measure, ...]
    due: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]
    story: tuple[Line, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    persons: bool = False


def dossier_page(view: DossierView) -> str:
    """Return the file as one HTML document without scripts that prints on A4."""
    body = base.template("dossier.html").render(view=view, t=view.words)
    return base.page(
        title=view.title, lang=view.lang, body=body,
        styles=[assets.stylesheet("quality/quality.css"), assets.stylesheet("dossier/dossier.css")],
    )  # fmt: skip
