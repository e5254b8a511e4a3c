"""What the rules suggest as the next measure, for every object, with the facts that raised it.

Rules are data (``measures.toml``, and a bureau's own ``措施规则.toml``). Nothing is decided here:
a suggestion names its measure, its clause and its evidence, and goes away when the facts do.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from layers.measure_facts import FACTS, Evidence, histories

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from layers.measure_facts import History

OWN_RULES = "措施规则.toml"
"""A bureau's own rules, beside its ledgers."""
OF = ("enterprise", "site", "any")
ALERTS = ("unchecked_sites", "simple_share")
LEVELS = ("town", "county")
_RULE = ("code", "of", "measure", "title", "source", "status", "when")
_ALERT = ("code", "kind", "level", "measure", "title", "source", "status", "days")


class MeasureRuleError(ValueError):
    """A rule that cannot be used.

    Attributes
    ----------
    file, rule
        Where it stands.
    code
        ``measure_rules_unreadable``, ``measure_rule_incomplete``, ``measure_rule_fact``,
        ``measure_rule_measure`` or ``measure_rule_value``.
    value
        What it is about.
    """

    def __init__(self, file: str, rule: str, code: str, value: str) -> None:
        super().__init__(f"{file} {rule}: {code} {value}")
        self.file = file
        self.rule = rule
        self.code = code
        self.value = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule about an object; ``when`` are facts with their settings, all of which are needed."""

    code: str
    of: str
    measure: str
    title: str
    en: str
    source: str
    status: str
    when: tuple[tuple[str, Mapping[str, Any]], ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One rule about an area."""

    code: str
    kind: str
    level: str
    measure: str
    title: str
    en: str
    source: str
    status: str
    days: int
    times: int = 1
    share: float = 1.0
    industries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules in force.

    ``measures`` has Chinese and English title by code, in the order in which they are listed.
    """

    measures: Mapping[str, tuple[str, str]]
    rules: tuple[Rule, ...]
    alerts: tuple[Alert, ...]

    def measure(self, code: str, *, lang: str = "zh") -> str:
        """Return the title of a measure in *lang*."""
        return self.measures[code][1 if lang == "en" else 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A measure that a rule suggests for an object or area.

    ``evidence`` are the records that raised it, oldest first; ``since`` is the day on which the
    last of them happened.
    """

    object: str
    rule: Rule | Alert
    evidence: tuple[Evidence, ...] = field(default=())

    @property
    def measure(self) -> str:
        """Code of the suggested measure."""
        return self.rule.measure

    @property
    def since(self) -> dt.date | None:
        """The day of the last fact."""
        return self.evidence[-1].on if self.evidence else None


# Reading ------------------------------------------------------------------------------------------


def load_measures(folder: Path | None = None) -> Rules:
    """Return the shipped rules, with those of a ledger folder added or put in their place.

    Raises
    ------
    MeasureRuleError
        If a rule cannot be used.
    """
    shipped = files("layers").joinpath("measures.toml").read_text("utf-8")
    raws = [("measures.toml", _parsed("measures.toml", shipped))]
    own = None if folder is None else folder / OWN_RULES
    if own is not None and own.is_file():
        try:
            text = own.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise MeasureRuleError(own.name, "", "measure_rules_unreadable", str(error)) from error
        raws.append((own.name, _parsed(own.name, text)))
    measures: dict[str, tuple[str, str]] = {}
    rules: dict[str, Rule] = {}
    alerts: dict[str, Alert] = {}
    for file, raw in raws:
        for code, row in raw.get("measures", {}).items():
            measures[code] = (row["title"], row.get("en", row["title"]))
        for row in raw.get("rules", []):
            _put(rules, row, _rule, file, measures)
        for row in raw.get("alerts", []):
            _put(alerts, row, _alert, file, measures)
    return Rules(measures=measures, rules=tuple(rules.values()), alerts=tuple(alerts.values()))


def _parsed(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MeasureRuleError(file, "", "measure_rules_unreadable", str(error)) from error


def _put(
    into: dict[str, Any], row: Mapping[str, Any], read: Any, file: str,  # noqa: ANN401
    measures: Mapping[str, tuple[str, str]],
) -> None:  # fmt: skip
    code = str(row.get("code", ""))
    into.pop(code, None)
    if row.get("use", True):
        into[code] = read(file, row)
        if row["measure"] not in measures:
            raise MeasureRuleError(file, code, "measure_rule_measure", str(row["measure"]))


def _complete(file: str, row: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if not row.get(name):
            raise MeasureRuleError(file, str(row.get("code", "")), "measure_rule_incomplete", name)


def _rule(file: str, row: Mapping[str, Any]) -> Rule:
    _complete(file, row, _RULE)
    if row["of"] not in OF:
        raise MeasureRuleError(file, row["code"], "measure_rule_value", f"of = {row['of']}")
    when = []
    for condition in row["when"]:
        settings = {key: value for key, value in condition.items() if key != "fact"}
        when.append((str(condition.get("fact", "")), settings))
    unless = tuple(row.get("unless", ()))
    for fact, settings in (*when, *((name, {}) for name in unless)):
        if fact not in FACTS:
            raise MeasureRuleError(file, row["code"], "measure_rule_fact", fact)
        strange = set(settings) - FACTS[fact].settings
        if strange:
            raise MeasureRuleError(
                file, row["code"], "measure_rule_value", f"{fact}: {', '.join(sorted(strange))}"
            )
    return Rule(
        code=row["code"], of=row["of"], measure=row["measure"], title=row["title"],
        en=row.get("en", row["title"]), source=row["source"], status=row["status"],
        when=tuple(when), unless=unless,
    )  # fmt: skip


def _alert(file: str, row: Mapping[str, Any]) -> Alert:
    _complete(file, row, _ALERT)
    if row["kind"] not in ALERTS or row["level"] not in LEVELS:
        where = f"{row['kind']}, {row['level']}"
        raise MeasureRuleError(file, row["code"], "measure_rule_value", where)
    return Alert(
        code=row["code"], kind=row["kind"], level=row["level"], measure=row["measure"],
        title=row["title"], en=row.get("en", row["title"]), source=row["source"],
        status=row["status"], days=int(row["days"]), times=int(row.get("times", 1)),
        share=float(row.get("share", 1.0)), industries=tuple(row.get("industries", ())),
    )  # fmt: skip


# Evaluating ---------------------------------------------------------------------------------------


def suggest(
    states: Mapping[str, pd.DataFrame], day: dt.date, *, rules: Rules, sites: Iterable[str] = ()
) -> list[Suggestion]:
    """Return what the rules suggest on *day*, by object, then in the order of the rules.

    Parameters
    ----------
    states
        Frames of :data:`layers.cases.STATES` on that day; those that are missing are empty.
    sites
        Ids of illegal sites besides those that the states know; all else is an enterprise.
    """
    found = histories(states, day)
    known_sites = {*sites, *(key for key, one in found.items() if one.is_site)}
    return [
        suggestion
        for object_ in sorted(found)
        for suggestion in _of(object_, found[object_], rules, site=object_ in known_sites)
    ]


def _of(object_: str, history: History, rules: Rules, *, site: bool) -> list[Suggestion]:
    suggestions = []
    for rule in rules.rules:
        if rule.of != "any" and (rule.of == "site") != site:
            continue
        evidence: dict[Evidence, None] = {}
        for fact, settings in rule.when:
            shown = FACTS[fact].look(history, **settings)
            if not shown:
                break
            evidence.update(dict.fromkeys(shown))
        else:
            if not any(FACTS[name].look(history) for name in rule.unless):
                order = sorted(evidence, key=lambda one: (one.on, one.register, one.id))
                suggestions.append(Suggestion(object=object_, rule=rule, evidence=tuple(order)))
    return suggestions


def alerts(
    states: Mapping[str, pd.DataFrame], day: dt.date, *, rules: Rules,
    areas: Mapping[str, Mapping[str, str]], industries: Mapping[str, str | None],
) -> list[Suggestion]:  # fmt: skip
    """Return the alerts about areas; ``object`` of each is the code of the area.

    Parameters
    ----------
    areas
        For every level (town, county) the area of each object; objects without one count nowhere.
    industries
        Industry of each site.
    """
    found: list[Suggestion] = []
    known: dict[str, History] = {}
    if "sites" in states and any(alert.kind == "unchecked_sites" for alert in rules.alerts):
        known = histories(states, day, only=frozenset(states["sites"]["id"]))
    for alert in rules.alerts:
        where = areas.get(alert.level, {})
        by_area = (
            _unchecked(known, alert, where, industries)
            if alert.kind == "unchecked_sites"
            else _simple(states, day, alert, where)
        )
        found.extend(
            Suggestion(object=area, rule=alert, evidence=tuple(evidence))
            for area, evidence in sorted(by_area.items())
        )
    return found


def _unchecked(
    known: Mapping[str, History], alert: Alert, where: Mapping[str, str],
    industries: Mapping[str, str | None],
) -> dict[str, list[Evidence]]:  # fmt: skip
    """Return open sites of some industries found lately against which nothing was done."""
    found: dict[str, list[Evidence]] = {}
    for id_, history in known.items():
        fresh = FACTS["illegal_site"].look(history, days=alert.days)
        if not fresh or industries.get(id_) not in alert.industries or id_ not in where:
            continue
        if not FACTS["measure_taken"].look(history):
            found.setdefault(where[id_], []).extend(fresh)
    return {area: sorted(one, key=lambda e: (e.on, e.id)) for area, one in found.items()
            if len(one) >= alert.times}  # fmt: skip


def _simple(
    states: Mapping[str, pd.DataFrame], day: dt.date, alert: Alert, where: Mapping[str, str]
) -> dict[str, list[Evidence]]:
    """Return the cases by the simple procedure where they are more than the share of all."""
    first = day - dt.timedelta(days=alert.days)
    counts: dict[str, int] = {}
    simple: dict[str, list[Evidence]] = {}
    frame = states["cases"]
    columns = (frame[name] for name in ("id", "object", "filed", "procedure"))
    for id_, object_, filed, procedure in zip(*columns, strict=True):
        area = where.get(object_)
        if area is None or filed < first:
            continue
        counts[area] = counts.get(area, 0) + 1
        if procedure == "simple":
            simple.setdefault(area, []).append(Evidence("cases", id_, filed))
    return {area: one for area, one in simple.items() if len(one) > alert.share * counts[area]}
