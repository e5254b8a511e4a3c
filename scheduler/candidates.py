"""The objects of a draw: eligible, or left out and why; checked, in their order, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from scheduler.terms import STRATA
from scheduler.tickets import nfc, upper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One object of the frame.

    Attributes
    ----------
    id
        Object id; compared in NFC and upper case.
    stratum
        ``certainty``, ``weighted`` or ``uniform``: where it is drawn first. Every eligible object
        is in the uniform draw as well.
    weight
        Relative chance in the weighted draw, exact.
    why
        Code of what put it into its stratum; without effect on the draw.
    reason_excluded, detail
        Code of the reason why it cannot be drawn, empty for an eligible object, and its data.
    """

    id: str
    stratum: str = "weighted"
    weight: int | Fraction = 1
    why: str = ""
    reason_excluded: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def eligible(self) -> bool:
        """Tell whether the object can be drawn."""
        return not self.reason_excluded


class FrameError(ValueError):
    """A frame, quota or name from which nothing can be drawn.

    Attributes
    ----------
    code
        ``bad_frame``.
    rows
        One ``(id or name, code, value as text)`` for everything that is wrong; codes:
        ``repeated_id``, ``line_break``, ``empty_id``, ``unknown_stratum``, ``bad_weight``,
        ``bad_quota``.
    """

    code = "bad_frame"

    def __init__(self, rows: tuple[tuple[str, str, str], ...]) -> None:
        self.rows = rows
        super().__init__("; ".join(f"{name!r}: {code} ({value})" for name, code, value in rows))


def ordered(frame: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates with ids in NFC, in the order of the frame."""
    return sorted(map(_normal, frame), key=lambda one: one.id)


def check_frame(objects: Sequence[Candidate], quota: Mapping[str, int], *, round_id: str) -> None:
    """Refuse a frame, quota or round from which nothing can be drawn.

    Raises
    ------
    FrameError
        With everything that is wrong.
    """
    bad = [("round", "line_break", round_id)] if "\n" in round_id else []
    for name, count in quota.items():
        whole = isinstance(count, int) and not isinstance(count, bool)
        if name not in STRATA or not whole or count < 0:
            bad.append((name, "bad_quota", str(count)))
    if not bad and _plainly_sound(objects):
        return
    seen: set[str] = set()
    for one in objects:
        folded = upper(one.id)
        wrong = (
            not one.id, "\n" in one.id, folded in seen, one.stratum not in STRATA,
            not _is_weight(one.weight),
        )  # fmt: skip
        seen.add(folded)
        if any(wrong):
            said = f"{one.stratum} {one.weight}"
            bad += [(one.id, code, said) for code, is_ in zip(_WRONG, wrong, strict=True) if is_]
    if bad:
        raise FrameError(tuple(bad))


def frame_json(objects: Sequence[Candidate]) -> dict[str, Any]:
    """Return objects in their order as plain JSON data."""
    return {
        "eligible": [
            {"id": one.id, "stratum": one.stratum, "weight": str(one.weight), "why": one.why}
            for one in objects
            if one.eligible
        ],
        "excluded": [
            {"id": one.id, "reason": one.reason_excluded, "detail": dict(one.detail)}
            for one in objects
            if not one.eligible
        ],
    }


def read_frame(body: Mapping[str, Any]) -> list[Candidate]:
    """Read objects back from JSON data."""
    return [
        Candidate(
            id=one["id"], stratum=one["stratum"], weight=Fraction(one["weight"]), why=one["why"]
        )
        for one in body["eligible"]
    ] + [
        Candidate(id=one["id"], reason_excluded=one["reason"], detail=one["detail"])
        for one in body["excluded"]
    ]


def _plainly_sound(objects: Sequence[Candidate]) -> bool:
    """Tell whether nothing is wrong, all objects at once; only plain ASCII ids are looked at."""
    text = "\n".join([one.id for one in objects])
    if not text.isascii():
        return False
    ids = text.upper().split("\n")
    kinds = {(one.stratum, type(one.weight), one.weight) for one in objects}
    return (
        len(ids) == len(objects) == len(set(ids))
        and "" not in ids
        and all(stratum in STRATA and _is_weight(weight) for stratum, _, weight in kinds)
    )


_WRONG = ("empty_id", "line_break", "repeated_id", "unknown_stratum", "bad_weight")


def _is_weight(value: object) -> bool:
    """Tell whether a weight is exact and positive; floats differ from platform to platform."""
    return not isinstance(value, bool) and isinstance(value, int | Fraction) and value > 0


def _normal(one: Candidate) -> Candidate:
    id_ = nfc(one.id)
    return one if id_ == one.id else replace(one, id=id_)
