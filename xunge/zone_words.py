"""Priority zones in words: what lies in which, what that adds to its weight; shapes for the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.rows import records
from maps.book_rows import ZoneRow
from maps.messages import sentence
from maps.style import GRID
from maps.week_view import MapZone
from xunge import words
from xunge.grid_owners import shape_of
from xunge.rings import rings_of
from xunge.zone_layers import inside, reached

if TYPE_CHECKING:
    from layers.codes import CodeTable
    from scheduler.zone_rules import ZoneRule, ZoneRules
    from xunge.coverage import Coverage
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFact:
    """One zone around an object: names, and the factor of its weight in the draw (1: none)."""

    name: str
    kind: str
    title: str
    factor: int
    source: str

    def sentence(self, lang: str) -> str:
        """Return the zone and what it does to the weight."""
        code = "zone_weighs" if self.factor > 1 else "zone_lies"
        return sentence(code, lang=lang, name=self.name, kind=self.title, factor=self.factor)


Facts = Mapping[str, tuple[ZoneFact, ...]]


def zone_facts(knowledge: Knowledge, geography: Geography, *, rules: ZoneRules, lang: str) -> Facts:
    """Return the zones around every object that lies in any, the heaviest first.

    Only enterprises are drawn, so only they have a factor.
    """
    objects = knowledge.objects
    firms = set(objects[objects["kind"] == "enterprise"]["id"])
    industry = objects["industry"].to_dict()
    zones = {row["id"]: row for row in records(geography.zones.drop(columns="geometry"))}
    found: dict[str, tuple[ZoneFact, ...]] = {}
    for id_, ids in inside(objects, geography.zones, crs=geography.crs).items():
        facts = [
            _fact(zones[one]["name"], zones[one]["kind"], rules.kinds.get(zones[one]["kind"]),
                  industry=industry.get(id_), drawn=id_ in firms, lang=lang)
            for one in ids
        ]  # fmt: skip
        found[id_] = tuple(sorted(facts, key=lambda fact: (-fact.factor, fact.name)))
    return found


def _fact(
    name: str, kind: str, rule: ZoneRule | None, *, industry: str | None, drawn: bool, lang: str
) -> ZoneFact:
    if rule is None:
        return ZoneFact(name=name, kind=kind, title=kind, factor=1, source="")
    return ZoneFact(
        name=name, kind=kind, title=rule.en if lang == "en" else rule.title,
        factor=rule.factor(industry) if drawn else 1,
        source=words.sourced(rule.source, rule.status, lang),
    )  # fmt: skip


def zone_rows(
    knowledge: Knowledge, facts: Facts, *, tables: Mapping[str, CodeTable], lang: str
) -> list[ZoneRow]:
    """Return every object in a zone for the workbook: illegal sites first, then by factor."""
    towns = knowledge.area_names()
    grades = tables["risk_grade"]
    rows = []
    for row in records(knowledge.objects):
        around = facts.get(row["id"], ())
        if not around or row["kind"] == "report" or not row["active"]:
            continue
        firm = row["kind"] == "enterprise"
        weight = int(grades.data_of(row["risk_grade"] or "").get("weight", 1)) if firm else None
        factor = around[0].factor if firm else None
        rows.append(
            ZoneRow(
                object=row["id"], name=row["name"],
                kind=sentence("map_kind_enterprise" if firm else "map_kind_site", lang=lang),
                industry=words.title(tables["industry"], row["industry"], lang),
                town=towns.get(row["town_code"] or "", ""),
                zones="\n".join(fact.sentence(lang) for fact in around),
                grade_weight=weight, factor=factor,
                weight=None if weight is None or factor is None else weight * factor,
                source="\n".join(dict.fromkeys(fact.source for fact in around if fact.source)),
            )
        )  # fmt: skip
    return sorted(rows, key=lambda one: (one.weight is not None, -(one.factor or 0), one.object))


def map_zones(
    geography: Geography, facts: Facts, *, rules: ZoneRules, lang: str
) -> tuple[MapZone, ...]:
    """Return the zones as the map draws them, with their buffers."""
    counts: dict[str, int] = {}
    for around in facts.values():
        for fact in dict.fromkeys(around):
            counts[fact.name] = counts.get(fact.name, 0) + 1
    zones = []
    shapes = reached(geography.zones, crs=geography.crs)
    for row, shape in zip(records(geography.zones.drop(columns="geometry")), shapes, strict=True):
        rings = rings_of(shape)
        if not rings:
            continue
        title, note = row["kind"], ""
        rule = rules.kinds.get(row["kind"])
        if rule is not None:
            title = rule.en if lang == "en" else rule.title
            note = _note(row["sight"], row["buffer_m"], rule, lang)
        zones.append(
            MapZone(name=row["name"], kind=row["kind"], kind_title=title, note=note, rings=rings,
                    places=counts.get(row["name"], 0))
        )  # fmt: skip
    order = list(rules.kinds)
    rank = {kind: at for at, kind in enumerate(order)}
    return tuple(sorted(zones, key=lambda zone: (rank.get(zone.kind, len(order)), zone.name)))


def map_grids(found: Coverage, geography: Geography, *, lang: str) -> tuple[MapZone, ...]:
    """Return the grids as the map draws them: unit and figures, never the name of a person."""
    days = (found.until - found.since).days + 1
    by_id = {row.grid: row for row in found.grids}
    zones = []
    for ground in found.grounds:
        row = by_id[ground.id]
        rings = rings_of(shape_of(ground, geography))
        if not rings:
            continue
        note = sentence("map_grid_note", lang=lang, unit=row.unit or None, objects=row.objects,
                        visited=row.visited, open=row.open, days=days)  # fmt: skip
        zones.append(
            MapZone(name=row.name or row.grid, kind=GRID, on=False, note=note, rings=rings,
                    kind_title=sentence("map_grid_title", lang=lang), places=row.objects)
        )  # fmt: skip
    return tuple(zones)


def _note(seen: object, metres: float, rule: ZoneRule, lang: str) -> str:
    reach = "zone_seen" if seen else "zone_buffered" if metres > 0 else "zone_drawn"
    said = [
        sentence(reach, lang=lang, metres=round(metres), reach=rule.sight_m),
        sentence("zone_factor", lang=lang, factor=rule.weight),
        words.sourced(rule.source, rule.status, lang),
    ]
    return words.run_on(said, lang)
