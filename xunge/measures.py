"""What the rules suggest in the whole county: measures by object, alerts by area, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from layers import cases
from layers.measures import alerts, suggest
from xunge.dossier import OF_KIND
from xunge.due_list import Names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    import pandas as pd

    from layers.measure_facts import Evidence
    from layers.measures import Alert, Rule, Rules, Suggestion
    from xunge.knowledge import Knowledge

CLOSURE = "propose_closure"
"""The measure of those who meet the conditions of closure by law."""
WHOLE = "county"
"""Area of everything where the codes of the towns name no county."""
_COUNTY_DIGITS, _TOWN_DIGITS = 6, 9  # of statistical codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One suggestion with the words for it.

    Attributes
    ----------
    kind
        ``enterprise``, ``site``, or ``area`` for an alert.
    object, name
        Its id and what it is called; the name of an area is empty where no register has it.
    town
        Name of the town of an object; empty where it is not known.
    within
        Codes and names of the areas in which it lies.
    subjects
        What the records of the evidence are about, by register and id; of an alert only.
    """

    kind: str
    object: str
    name: str
    town: str
    within: frozenset[str]
    suggestion: Suggestion
    subjects: Mapping[tuple[str, str], str]

    @property
    def rule(self) -> Rule | Alert:
        """The rule that suggests it."""
        return self.suggestion.rule

    @property
    def key(self) -> tuple[str, str]:
        """What makes it this suggestion and no other: object and rule."""
        return self.object, self.rule.code

    def subject(self, one: Evidence) -> str:
        """Return what a record of the evidence is about; empty where that is the object itself."""
        return self.subjects.get((one.register, one.id), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Everything that is suggested on the evening of ``day``.

    ``suggested`` are in order: by the most urgent measure of an object, the longest open first;
    ``alerts`` by level, rule and area.
    """

    day: dt.date
    rules: Rules
    suggested: tuple[Item, ...]
    alerts: tuple[Item, ...]

    @property
    def objects(self) -> tuple[str, ...]:
        """Objects for which something is suggested, in order."""
        return tuple(dict.fromkeys(item.object for item in self.suggested))

    @property
    def closures(self) -> int:
        """How many objects meet a condition of closure by law."""
        return len({i.object for i in self.suggested if i.rule.measure == CLOSURE})

    def counts(self) -> dict[str, int]:
        """Return how often each measure is suggested, in the order of measures."""
        found = Counter(item.rule.measure for item in self.suggested)
        return {code: found[code] for code in self.rules.measures if found[code]}

    def chosen(
        self, *, rules: Collection[str] = (), measures: Collection[str] = (),
        areas: Collection[str] = (),
    ) -> Measures:  # fmt: skip
        """Return what some rules suggest, some measures, in some areas; all where none are named.

        Parameters
        ----------
        areas
            Codes or names of counties, towns and villages.
        """

        def kept(items: Iterable[Item]) -> tuple[Item, ...]:
            return tuple(
                item for item in items
                if (not rules or item.rule.code in rules)
                and (not measures or item.rule.measure in measures)
                and (not areas or item.within.intersection(areas))
            )  # fmt: skip

        return replace(self, suggested=kept(self.suggested), alerts=kept(self.alerts))


def measures(knowledge: Knowledge, *, rules: Rules, home: str = "") -> Measures:
    """Return what the rules suggest on the day of *knowledge*.

    Parameters
    ----------
    home
        Code of the county to which objects without a known town are counted.
    """
    states = {name: getattr(knowledge, name) for name in cases.STATES}
    day, names = knowledge.day, Names.of(knowledge)
    areas = areas_by_level(knowledge.objects, home=home)
    sites = {*knowledge.registers["sites"]["id"], *knowledge.sites["id"]}
    suggested = suggest(states, day, rules=rules, sites=sites)
    industries = dict(zip(knowledge.objects["id"], knowledge.objects["industry"], strict=True))
    raised = alerts(states, day, rules=rules, areas=areas, industries=industries)
    return Measures(
        day=day, rules=rules,
        suggested=tuple(_in_order((_item(one, names, areas, sites) for one in suggested), rules)),
        alerts=tuple(_area(one, names, states, areas) for one in raised),
    )  # fmt: skip


def areas_by_level(objects: pd.DataFrame, *, home: str = "") -> dict[str, dict[str, str]]:
    """Return the code of the town and of the county of every object, by level.

    The county stands in the code of the town. An object without one lies in the county of *home*,
    or in the only county that there is.
    """
    towns = {
        id_: code for id_, code in zip(objects["id"], objects["town_code"], strict=True)
        if isinstance(code, str) and code
    }  # fmt: skip
    known = {
        id_: code[:_COUNTY_DIGITS] for id_, code in towns.items()
        if len(code) >= _TOWN_DIGITS and code.isdigit()
    }  # fmt: skip
    other = home if len(home) == _COUNTY_DIGITS else ""
    if not other and len(set(known.values())) < 2:
        other = next(iter(known.values()), WHOLE)
    counties = {id_: known.get(id_, other) for id_ in objects["id"]}
    return {"town": towns, "county": {id_: code for id_, code in counties.items() if code}}


def _item(
    one: Suggestion, names: Names, areas: Mapping[str, Mapping[str, str]], sites: Collection[str]
) -> Item:
    codes = {*names.within.get(one.object, ())}
    codes |= {areas["county"][one.object]} if one.object in areas["county"] else set()
    town = names.areas.get(areas["town"].get(one.object, ""), "")
    called = {names.areas[code] for code in codes if code in names.areas}
    return Item(
        kind="site" if one.object in sites else "enterprise",
        object=one.object, name=names.names.get(one.object) or one.object, town=town,
        within=frozenset(codes | called), suggestion=one, subjects={},
    )  # fmt: skip


def _area(
    one: Suggestion, names: Names, states: Mapping[str, pd.DataFrame],
    areas: Mapping[str, Mapping[str, str]],
) -> Item:  # fmt: skip
    name = names.areas.get(one.object, "")
    subjects: dict[tuple[str, str], str] = {}
    for register in {evidence.register for evidence in one.evidence}:
        frame = states[register]
        about = frame["id"] if register == "sites" else frame["object"]
        wanted = {evidence.id for evidence in one.evidence if evidence.register == register}
        subjects |= {
            (register, id_): names.names.get(object_) or object_
            for id_, object_ in zip(frame["id"], about, strict=True) if id_ in wanted
        }  # fmt: skip
    codes = {one.object}
    if one.object in areas["town"].values():
        codes.add(one.object[:_COUNTY_DIGITS])
    return Item(
        kind="area", object=one.object, name=name, town="", suggestion=one, subjects=subjects,
        within=frozenset(codes | {name} - {""}),
    )  # fmt: skip


def _in_order(items: Iterable[Item], rules: Rules) -> list[Item]:
    """Return items by the most urgent measure of their object, the oldest first."""
    ranks = {code: rank for rank, code in enumerate(rules.measures)}
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.object, []).append(item)
    for group in groups.values():
        group.sort(key=lambda item: ranks[item.rule.measure])

    def place(group: list[Item]) -> tuple[int, str, str]:
        first = group[0].suggestion
        return ranks[first.measure], str(first.since or ""), first.object

    return [item for group in sorted(groups.values(), key=place) for item in group]


# Where the evidence stands ------------------------------------------------------------------------


def sources(found: Measures, events: pd.DataFrame) -> dict[Evidence, str]:
    """Return file, sheet and row from which each record of the evidence came, where it is known.

    Parameters
    ----------
    events
        Events of :attr:`xunge.knowledge.Knowledge.events`; the one of the day of the record is
        taken, else its first.
    """
    from xunge.web.ledger import frames

    wanted = {one for item in (*found.suggested, *found.alerts) for one in item.suggestion.evidence}
    ids = {one.id for one in wanted}
    near = events[events["key"].isin(ids) | events["subject"].isin(ids)]
    first: dict[tuple[str, str], str] = {}
    of_day: dict[tuple[str, str, dt.date], str] = {}
    columns = (near[name] for name in ("uid", "kind", "subject", "key", "on"))
    for uid, kind, subject, key, on in zip(*columns, strict=True):
        register = OF_KIND.get(kind, "")
        for id_ in (key, subject):
            first.setdefault((register, id_), uid)
            of_day.setdefault((register, id_, on), uid)
    uids = {}
    for one in wanted:
        register = "sites" if one.register == "closures" else one.register
        uid = of_day.get((register, one.id, one.on)) or first.get((register, one.id))
        if uid is not None:
            uids[one] = uid
    told = frames.sources(uids.values())
    return {
        one: " ".join(filter(None, told[uid].split("!")))
        for one, uid in uids.items() if told.get(uid)
    }  # fmt: skip


def to_json(found: Measures, sources: Mapping[Evidence, str]) -> dict[str, Any]:
    """Return everything as plain JSON data."""
    return {
        "date": found.day.isoformat(), "counts": found.counts(), "objects": len(found.objects),
        "closures": found.closures,
        "measures": [_json(item, found.rules, sources) for item in found.suggested],
        "alerts": [_json(item, found.rules, sources) for item in found.alerts],
    }  # fmt: skip


def _json(item: Item, rules: Rules, sources: Mapping[Evidence, str]) -> dict[str, Any]:
    rule, since = item.rule, item.suggestion.since
    return {
        "object": item.object, "name": item.name, "town": item.town, "rule": rule.code,
        "title": rule.title, "title_en": rule.en, "measure": rule.measure,
        "measure_title": rules.measure(rule.measure),
        "measure_title_en": rules.measure(rule.measure, lang="en"),
        "source": rule.source, "status": rule.status,
        "since": None if since is None else since.isoformat(),
        "evidence": [
            {"register": one.register, "id": one.id, "on": one.on.isoformat(),
             "subject": item.subject(one), "source": sources.get(one, "")}
            for one in item.suggestion.evidence
        ],
    }  # fmt: skip
