"""A second opinion on the county's places: what an online geocoder says of its ledgers' addresses.

Only where ``[places.online] service`` names one, and only of the ledgers that the settings name.
A service that cannot be asked stops no week: the offline answers stand, and the report says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.problems import Problem
from layers.schema import REGISTERS
from maps.messages import sentence
from xunge.http import HttpError
from xunge.online import AGAINST, Desk, OnlineError
from xunge.online_store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo.gazetteer import Gazetteer
    from xunge.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What came of asking.

    Attributes
    ----------
    facts
        Counts, see :meth:`xunge.online.Desk.complete`; only ``service`` where nothing was asked.
    stopped
        Code of why asking ended early and the data of its sentence; empty where it did not.
    problems
        Rows whose offline and online points contradict each other.
    """

    facts: Mapping[str, Any]
    stopped: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return counts and reason as plain JSON data; no address is in it."""
        return {"facts": dict(self.facts), "stopped": dict(self.stopped)}


def second_opinion(
    registers: Mapping[str, pd.DataFrame],
    found: Mapping[str, pd.DataFrame],
    *,
    gazetteer: Gazetteer,
    settings: Settings,
) -> tuple[dict[str, pd.DataFrame], Opinion | None]:
    """Return offline answers completed by the service of the settings, and what came of it.

    Parameters
    ----------
    registers
        Rows by register, indexed by id.
    found
        Answers of :func:`geo.geocode.geocode` by register, indexed alike.
    """
    online = settings.online
    asked = [name for name in found if name in online.asked_registers]
    if not online.service or not settings.bureau.home or not asked:
        return dict(found), None
    rows = pd.concat({name: registers[name][["address"]] for name in asked})
    answers = pd.concat({name: found[name] for name in asked})
    try:
        desk, home = Desk(online), settings.bureau.home
        asking = desk.survey(rows, answers, gazetteer=gazetteer, home=home)
        done = desk.complete(answers, asking, home=home)
    except (OnlineError, StoreError, HttpError) as error:
        return dict(found), Opinion(facts={"service": online.service}, stopped=_why(error))
    better = dict(found)
    problems: list[Problem] = []
    for name in asked:
        mine = done.answers[done.answers.index.get_level_values(0) == name].droplevel(0)
        problems += _contradictions(name, mine, registers[name], service=online.service)
        better[name] = mine[list(found[name])]
    why = _why(done.stopped) if done.stopped else {}
    return better, Opinion(facts=done.facts, stopped=why, problems=tuple(problems))


def notes_of(record: Mapping[str, Any], *, lang: str) -> list[str]:
    """Return what :meth:`Opinion.record` says, in sentences."""
    facts, stopped = record["facts"], record["stopped"]
    lines = [sentence("online_done", lang=lang, **facts)] if "sent" in facts else []
    if facts.get("disagree"):
        lines.append(sentence("online_disagree_week", lang=lang, **facts))
    if facts.get("service") == "nominatim" and facts.get("taken"):
        lines.append(sentence("online_osm", lang=lang))
    if stopped:
        said = sentence(stopped["code"], lang=lang, **stopped)
        left = facts.get("unanswered")
        lines.append(said if left is None else
                     sentence("online_stopped", lang=lang, left=left, said=said))  # fmt: skip
    return lines


def _why(error: Exception) -> dict[str, Any]:
    detail = getattr(error, "detail", None)
    data = dict(detail) if isinstance(detail, dict) else dict(vars(error))
    plain = {name: value for name, value in data.items() if isinstance(value, str | int | float)}
    return {**plain, "code": getattr(error, "code", "")}


def _contradictions(
    name: str, answers: pd.DataFrame, register: pd.DataFrame, *, service: str
) -> Iterator[Problem]:
    """Yield a warning for every row whose two circles do not touch."""
    rows = register.to_dict("index")
    for id_, answer in answers.to_dict("index").items():
        row = rows[id_]
        for code in AGAINST:
            if code in answer["note"]:
                yield Problem(
                    code=f"{code}_row",
                    severity="warning",
                    file=_text(row, "source_file"),
                    sheet=_text(row, "source_sheet"),
                    row=int(row["source_row"]) if _text(row, "source_row") else None,
                    column=REGISTERS[name]["address"].title,
                    value=_text(row, "address"),
                    register=name,
                    name="address",
                    detail={
                        "id": str(id_),
                        "service": service,
                        "apart_km": round(float(answer["apart_m"]) / 1000, 1),
                    },
                )


def _text(row: Mapping[Any, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or value != value else str(value)
