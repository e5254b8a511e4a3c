"""What was found: a sum that fails, or one that holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.bulletin.documents import Place
    from layers.bulletin.sentences import Sentence

Sure = Literal["certain", "likely", "ask"]
"""``certain``: it cannot be; ``likely``: it cannot be as it is most naturally read; ``ask``: two
things do not go together unless something is left unsaid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check of one passage.

    Attributes
    ----------
    code
        What was checked, ``parts`` and so on; the words are those of ``bulletin_<code>``, or
        ``bulletin_<code>_right`` where it holds.
    right
        Whether it holds.
    sure
        How sure a fault is.
    place, sentence
        Where it stands and what stands there.
    figures
        The figures involved, as they stand there.
    detail
        What the sentence says beyond that: the sum as text, what it should be.
    """

    code: str
    right: bool
    sure: Sure = "certain"
    place: Place
    sentence: str
    figures: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Return the code of its sentence."""
        return f"bulletin_{self.code}" + ("_right" if self.right else "")


def found(
    code: str, sentence: Sentence, *, right: bool, sure: Sure = "certain",
    figures: tuple[str, ...] = (), **detail: Any,
) -> Finding:  # fmt: skip
    """Return a finding about a sentence."""
    return Finding(code=code, right=right, sure=sure, place=sentence.place, sentence=sentence.raw,
                   figures=figures, detail=detail)  # fmt: skip
