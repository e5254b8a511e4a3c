"""Sentences with their figures, brackets and labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from layers.bulletin.figures import MASK, Figure, read_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layers.bulletin.documents import Passage, Place

FIGURE = "[\ue000-\uefff]"
"""Pattern of the sign that stands for a figure."""
BRACKET = "\uf000"
"""Stands where a bracket was taken out of the words around it."""
SEPARATORS = ("、", ",", ";")
"""From weak to strong."""

_HALF = str.maketrans(
    "０１２３４５６７８９．％（）；：［］【】〈〉" "\u3000\xa0\t", "0123456789.%();:()()()   "
)  # fmt: skip
_ENDS = re.compile(r"(?<=[。！？!?])")
_PRIVATE = re.compile("[\ue000-\uf8ff]")  # Word's symbol fonts; here they stand for figures
_SPACE_INSIDE = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_LABEL_ENDS = re.compile(rf"[,，、;；:。!?{FIGURE[1:-1]}]")
_MARKS = re.compile(r"[,，、;；:。!?]")
_FILLERS = re.compile(
    rf"^(?:{BRACKET}|其中|分别(?:为|是)?|包括|包含|主要|即|以及|及|和|与|并|含|有|为|是|共有?|共计|合计|累计|总共"
    r"|[“”\"'‘’\s])+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """The words of one bracket, or those outside of all.

    Attributes
    ----------
    text
        One sign (:data:`FIGURE`) a figure and one (:data:`BRACKET`) a bracket inside.
    parent, at
        Number of the phrase around it and where it stands in that one's text; -1 for the outermost.
    """

    text: str
    parent: int
    at: int


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence of a document.

    Attributes
    ----------
    raw
        As it stands there.
    place
        Where its paragraph stands.
    paragraph, number
        Of the paragraph in the document, and of the sentence in the paragraph.
    """

    raw: str
    place: Place
    paragraph: int
    number: int

    @cached_property
    def text(self) -> str:
        """The sentence with half-width digits and brackets, without blanks between Chinese."""
        plain = _PRIVATE.sub("", self.raw).translate(_HALF)
        return _SPACE_INSIDE.sub("", plain).strip()

    @cached_property
    def figures(self) -> list[Figure]:
        """All figures, in order."""
        return read_figures(self.text)[: ord(BRACKET) - MASK]

    @cached_property
    def marked(self) -> str:
        """The text with one sign for each figure."""
        pieces, last = [], 0
        for number, figure in enumerate(self.figures):
            pieces += [self.text[last : figure.start], chr(MASK + number)]
            last = figure.end
        return "".join((*pieces, self.text[last:])).replace("，", ",").replace("；", ";")

    @cached_property
    def phrases(self) -> list[Phrase]:
        """The outermost words first, then every bracket in the order of its opening."""
        texts: list[list[str]] = [[]]
        homes: list[tuple[int, int]] = [(-1, -1)]
        stack = [0]
        for sign in self.marked:
            if sign == "(":
                homes.append((stack[-1], len(texts[stack[-1]])))
                texts[stack[-1]].append(BRACKET)
                stack.append(len(texts))
                texts.append([])
            elif sign == ")":
                if len(stack) > 1:
                    stack.pop()
            else:
                texts[stack[-1]].append(sign)
        return [
            Phrase(text="".join(text), parent=parent, at=at)
            for text, (parent, at) in zip(texts, homes, strict=True)
        ]

    def figure(self, sign: str) -> Figure:
        """Return the figure for which a sign stands."""
        return self.figures[ord(sign) - MASK]

    def signs(self, phrase: Phrase, start: int = 0, end: int | None = None) -> list[int]:
        """Return where in a stretch of a phrase figures stand."""
        stop = len(phrase.text) if end is None else end
        return [place for place in range(start, stop) if is_sign(phrase.text[place])]

    def clause(self, phrase: Phrase, place: int) -> str:
        """Return the words before a figure back to the last mark, other figures left out."""
        text = phrase.text
        start = max((m.end() for m in _MARKS.finditer(text, 0, place)), default=0)
        return "".join(sign for sign in text[start:place] if not is_sign(sign)) or self.label(
            phrase, place
        )

    def label(self, phrase: Phrase, place: int) -> str:
        """Return what a figure counts: the words before it, or after it where there are none."""
        text = phrase.text
        start = max((m.end() for m in _LABEL_ENDS.finditer(text, 0, place)), default=0)
        before = clean(text[start:place])
        if before:
            return before
        if start and is_sign(text[start - 1]) and not text[start:place].strip(BRACKET):
            return self.label(phrase, start - 1)  # 367起422.48万元
        following = _LABEL_ENDS.search(text, place + 1)
        return clean(text[place + 1 : following.start() if following else len(text)])


def is_sign(character: str) -> bool:
    """Tell whether a character stands for a figure."""
    return MASK <= ord(character) < ord(BRACKET)


def clean(text: str) -> str:
    """Return a label without brackets and without words that only lead to it."""
    return _FILLERS.sub("", text).replace(BRACKET, "").strip()


def separator(text: str) -> int:
    """Return how strong the strongest separator of a text is: -1 none, 0 、, 1 comma, 2 ；."""
    return max((rank for rank, sign in enumerate(SEPARATORS) if sign in text), default=-1)


def split(passages: list[Passage]) -> Iterator[Sentence]:
    """Yield the sentences of a document."""
    for paragraph, passage in enumerate(passages):
        pieces = [piece for piece in _ENDS.split(passage.text) if piece.strip()]
        for number, piece in enumerate(pieces):
            yield Sentence(raw=piece.strip(), place=passage.place, paragraph=paragraph,
                           number=number)  # fmt: skip
