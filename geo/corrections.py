"""What people have put right about places: an address as written, and where it really is.

A correction names another address, a place by its code, or a point. It holds for every row with
the address, or for the row of one name only; of two for the same row the later one holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from geo.names import normalise, stem_of
from geo.reading import Answer, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from geo.gazetteer import Gazetteer

CONTRADICTIONS = frozenset(("address_disagrees", "coordinate_outside_county"))
"""Notes of a row whose coordinate its address, or the area, denies. Who has corrected the address
of that very row has seen its coordinate: it is overruled."""

_LEVELS: dict[int, Level] = {6: "county", 9: "town", 12: "village"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One thing put right.

    Attributes
    ----------
    address
        As :func:`written` gives it; empty where the row has none, then *name* is needed.
    name
        Whose address; empty for every row with the address.
    place
        The right address, or a statistical code of 6, 9 or 12 digits; empty where only a point is
        given.
    lon, lat
        The right point, WGS-84 degrees; None where none is given.
    """

    address: str
    name: str = ""
    place: str = ""
    lon: float | None = None
    lat: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What it is about; two corrections with the same key contradict or repeat each other."""
        return key_of(self.address, self.name)


class Corrections:
    """Corrections in the order in which they were made."""

    def __init__(self, items: Iterable[Correction]) -> None:
        self._items = {item.key: item for item in items}

    def __len__(self) -> int:
        """Count what is corrected."""
        return len(self._items)

    def find(self, address: str, name: str) -> Correction | None:
        """Return what holds for a row: what was said of its name goes before all else."""
        found = self._items.get(key_of(address, name)) if name else None
        return found or (self._items.get(key_of(address, "")) if address else None)


def key_of(address: str, name: str) -> tuple[str, str]:
    """Return address and name without blanks, light punctuation and full-width forms."""
    return normalise(address), normalise(name)


def written(address: str, town: str, village: str) -> str:
    """Return the address of a row as it is kept: town and village in brackets where it lacks them.

    Of two towns with a 工业园1号 each, the bare address would name both.
    """
    text = normalise(address)
    missing = [
        word
        for word, level in ((town, "town"), (village, "village"))
        if word and stem_of(normalise(word), level).stem not in text
    ]
    added = "".join(missing)
    return f"{address}（{added}）" if address and added else address or added


def corrections_for(inputs: pd.DataFrame, corrections: Corrections) -> list[Correction | None]:
    """Return what holds for every row (columns address, town, village, name)."""
    columns = (inputs[name] for name in ("address", "town", "village", "name"))
    return [
        corrections.find(written(address, town, village), name)
        for address, town, village, name in zip(*columns, strict=True)
    ]


def readdressed(
    inputs: pd.DataFrame, mended: Sequence[Correction | None], gazetteer: Gazetteer
) -> pd.DataFrame:
    """Return the inputs with the right address in place of the written one."""
    places = {k: one.place for k, one in enumerate(mended) if one is not None and one.place}
    if not places:
        return inputs
    texts = {name: inputs[name].tolist() for name in ("address", "town", "village")}
    for k, place in places.items():
        named = gazetteer.find(place) if place.isdigit() else None
        texts["address"][k] = gazetteer.full_name(named.code) if named else place
        texts["town"][k] = texts["village"][k] = ""
    return inputs.assign(**texts)


def settled(
    answers: Sequence[Answer], mended: Sequence[Correction | None], gazetteer: Gazetteer
) -> list[Answer]:
    """Return the answers, those about corrected addresses sure and as the correction says."""
    return [
        answer if one is None or not one.place else _settled(answer, one, gazetteer)
        for answer, one in zip(answers, mended, strict=True)
    ]


def _settled(answer: Answer, correction: Correction, gazetteer: Gazetteer) -> Answer:
    code = correction.place
    if code.isdigit() and len(code) in _LEVELS and code in gazetteer:
        answer = Answer(
            county=code[:6],
            town=code[:9] if len(code) > 6 else "",
            village=code if len(code) == 12 else "",
            level=_LEVELS[len(code)],
        )
    if answer.level == "none":
        return answer
    return replace(answer, confidence="high", alternatives=(), reason=("place_corrected",))
