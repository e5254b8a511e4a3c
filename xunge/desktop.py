"""A week's record beside the registers and the map: what its papers are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layers.rows import records
from maps.messages import sentence
from xunge import words
from xunge.risk_words import risk_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.codes import CodeTable
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge
    from xunge.zone_words import ZoneFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Desktop:
    """A week's record beside the registers and map that its papers are made of.

    ``zones`` are the priority zones around each object.
    """

    record: Mapping[str, Any]
    knowledge: Knowledge
    geography: Geography
    tables: Mapping[str, CodeTable]
    lang: str
    home: str
    zones: Mapping[str, tuple[ZoneFact, ...]] = field(default_factory=dict)

    @property
    def visits(self) -> dict[str, dict[str, Any]]:
        """Visits by id."""
        return {visit["id"]: visit for visit in self.record["visits"]}

    @property
    def team_days(self) -> dict[str, dict[str, Any]]:
        """Team-days by id."""
        return {day["id"]: day for day in self.record["team_days"]}

    @property
    def due(self) -> dict[str, dict[str, Any]]:
        """Due items by id."""
        return {item["id"]: item for item in self.record["due"]}

    @property
    def objects(self) -> dict[str, dict[str, Any]]:
        """What is visited this week, by id; a patrolled cell is no object."""
        every = self.knowledge.objects
        visited = {visit["object"] for visit in self.record["visits"]}
        return {row["id"]: row for row in records(every[every["id"].isin(visited)])}

    @property
    def stops(self) -> list[tuple[Mapping[str, Any], Mapping[str, Any], int, Mapping[str, Any]]]:
        """Every stop with its route, its team-day and its place in the route."""
        days = self.team_days
        return [
            (route, days[route["team_day"]], order, stop)
            for route in self.record["plan"]["routes"]
            for order, stop in enumerate(route["stops"], start=1)
        ]

    def crew(self, team_day: str) -> list[str]:
        """Return the inspectors of a team-day, the leader first, or the expert who goes alone."""
        crew = self.record["crews"][team_day]
        if not crew["inspectors"]:
            return list(crew["experts"])
        others = [one for one in crew["inspectors"] if one != crew["leader"]]
        return [crew["leader"], *others]

    def names(self, people: list[str]) -> str:
        """Return names of people, joined."""
        return words.listed((self.record["people"][one]["name"] for one in people), self.lang)

    def plate(self, day: Mapping[str, Any]) -> str:
        """Return the plate of the car of a team-day; an expert may come by himself."""
        plate = str(self.record["vehicles"][day["vehicle"]])
        return plate or sentence("own_way", lang=self.lang)

    def why(self, visit: Mapping[str, Any]) -> str:
        """Return why a visit is made, and the risk of what was drawn, as one text."""
        said = words.why_sentences(visit, self.due, self.lang)
        line = self.risk(visit)
        if line and any(reason["code"] == "drawn" for reason in visit["why"]):
            said.append(risk_sentence(line, self.lang))
        return words.run_on(said, self.lang)

    def risk(self, visit: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the record knows of the risk of a visit's object; empty for nothing."""
        lines: Mapping[str, Mapping[str, Any]] = self.record.get("risk", {}).get("objects", {})
        return lines.get(visit["object"], {})
