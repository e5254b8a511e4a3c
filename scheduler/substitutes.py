"""Substitutes: who comes in place of a drawn object that cannot be visited, by the next ticket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layers.refusals import CodedError
from scheduler.terms import STRATA

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER = ("weighted", "uniform", "certainty")
"""Lists that are tried after the own one of the object."""


class SubstituteError(CodedError, ValueError):
    """An object that cannot be replaced.

    Attributes
    ----------
    code
        ``not_drawn`` (not drawn in this round, or replaced already) or ``no_substitute`` (nobody
        is left).
    detail
        ``object`` and ``round``.
    """


@dataclass(slots=True)
class Bench:
    """The drawn objects of one round and those that wait to take a place; changes as it is used.

    Attributes
    ----------
    playing
        Objects to visit, with the list they come from, in the order of the draw.
    replaced
        Who was replaced, by whom.
    """

    round_id: str
    lists: Mapping[str, tuple[str, ...]]
    playing: dict[str, str]
    replaced: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Bench:
        """Read the record of a draw."""
        return cls(
            record["round"],
            {name: tuple(record["substitutes"][name]) for name in STRATA},
            {one["id"]: one["stratum"] for one in record["selected"]},
        )

    def next_for(self, object_: str) -> tuple[str, str]:
        """Return the list and the id that come in place of an object.

        Raises
        ------
        SubstituteError
        """
        if object_ not in self.playing:
            raise SubstituteError("not_drawn", object=object_, round=self.round_id)
        for name in (self.playing[object_], *ORDER):
            for id_ in self.lists.get(name, ()):
                if id_ not in self.playing and id_ not in self.replaced:
                    return name, id_
        raise SubstituteError("no_substitute", object=object_, round=self.round_id)

    def replace(self, object_: str) -> tuple[str, str]:
        """Put the next one in the place of an object; return its list and its id.

        Raises
        ------
        SubstituteError
        """
        name, id_ = self.next_for(object_)
        self.playing = {
            id_ if one == object_ else one: name if one == object_ else stratum
            for one, stratum in self.playing.items()
        }
        self.replaced[object_] = id_
        return name, id_
