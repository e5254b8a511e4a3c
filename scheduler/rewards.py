"""What a true report by the public is worth, and which payments do not fit the rule.

Nobody is named here: who reported is kept in its own table and is not needed for any of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layers.refusals import RuleSettingsError
from layers.rows import records
from scheduler.overlay import OWN_SOURCE, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from layers.refusals import WrongSetting

_FEN = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRule:
    """A rule of rewards.

    Attributes
    ----------
    least, most
        Yuan for one report.
    share
        Share of the fines that came of the report, 0–1; None leaves the amount to the bureau.
    per_death
        Yuan for each death of a concealed accident, by grade of the accident.
    source, status
        Document, and how far it was verified.
    """

    table: str
    least: float
    most: float
    source: str
    status: str
    share: float | None = None
    per_death: Mapping[str, float] = field(default_factory=dict)

    def range_of(self, *, fines: float, deaths: Mapping[str, int]) -> tuple[float, float]:
        """Return the least and most yuan for a true report.

        Parameters
        ----------
        fines
            Yuan levied in the cases that came of it.
        deaths
            Deaths of concealed accidents that came to light by it, by grade.
        """
        dead = sum(self.per_death.get(grade, 0) * count for grade, count in deaths.items())
        if dead:
            return float(dead), float(dead)
        if self.share is None:
            return self.least, self.most
        amount = min(max(self.share * fines, self.least), self.most)
        return amount, amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What one report was paid and may be paid, in yuan.

    ``doubt`` is empty, ``not_true`` (paid although the report was not found true), ``too_little``
    or ``too_much``; ``open`` tells that nothing was paid for a true report yet.
    """

    report: str
    outcome: str | None
    fines: float
    least: float
    most: float
    paid: float
    doubt: str
    open: bool


def load_reward_rule(overrides: Mapping[str, Any] | None = None) -> RewardRule:
    """Return the shipped rule with the bureau's settings laid over it.

    Parameters
    ----------
    overrides
        ``use`` (name of a table), ``least``, ``most``, ``share``; what is given has the status
        ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown or makes no sense.
    """
    raw = shipped("reward_rules.toml")
    extra = dict(overrides or {})
    bad = list(_bad_settings(extra, raw["tables"]))
    if bad:
        raise RuleSettingsError("bad_reward_rule", bad)
    name = extra.pop("use", raw["use"])
    table = {**raw["tables"][name], **extra}
    if table["least"] > table["most"]:
        raise RuleSettingsError("bad_reward_rule", [("least", "bad_setting", str(table["least"]))])
    if extra:
        table |= {"source": OWN_SOURCE, "status": "setting"}
    return RewardRule(table=name, **table)


def _bad_settings(extra: Mapping[str, Any], tables: Mapping[str, Any]) -> Iterator[WrongSetting]:
    for name, value in sorted(extra.items()):
        if name == "use":
            if value not in tables:
                yield name, "bad_setting", str(value)
        elif name not in ("least", "most", "share"):
            yield name, "unknown_setting", str(value)
        elif (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or value < 0
            or (name == "share" and value > 1)
        ):
            yield name, "bad_setting", str(value)


def rewards_of(
    reports: pd.DataFrame,
    *,
    cases: pd.DataFrame,
    penalties: pd.DataFrame,
    accidents: pd.DataFrame,
    rule: RewardRule,
) -> list[Reward]:
    """Return every report that is true or was paid for, in the order of the reports.

    Parameters
    ----------
    reports, cases, penalties, accidents
        States of :mod:`layers.cases`. A case names its report; a concealed accident belongs to a
        report of the class ``accident`` about the same object.
    """
    fines = _fines(cases, penalties)
    concealed = _concealed(accidents)
    found = []
    for row in records(reports):
        paid, true = float(row["rewarded"] or 0.0), row["outcome"] == "substantiated"
        if not true and not paid:
            continue
        about_accident = row["report_class"] == "accident"
        deaths = concealed.get(row["object"], {}) if about_accident else {}
        fined = fines.get(row["id"], 0.0)
        least, most = rule.range_of(fines=fined, deaths=deaths) if true else (0.0, 0.0)
        found.append(
            Reward(report=row["id"], outcome=row["outcome"], fines=fined, least=least, most=most,
                   paid=paid, doubt=_doubt(paid, least, most, true=true), open=true and not paid)
        )  # fmt: skip
    return found


def _fines(cases: pd.DataFrame, penalties: pd.DataFrame) -> dict[str, float]:
    """Return the fines levied by report."""
    report_of = {row["id"]: row["report"] for row in records(cases) if row["report"]}
    sums: dict[str, float] = {}
    for row in records(penalties):
        report = report_of.get(row["case"])
        if report is not None and row["kind"] == "fine":
            sums[report] = sums.get(report, 0.0) + float(row["amount"] or 0.0)
    return sums


def _concealed(accidents: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return the deaths of concealed accidents by object and grade."""
    found: dict[str, dict[str, int]] = {}
    for row in records(accidents):
        if row["concealed"]:
            grades = found.setdefault(row["object"], {})
            grades[row["grade"]] = grades.get(row["grade"], 0) + int(row["deaths"] or 0)
    return found


def _doubt(paid: float, least: float, most: float, *, true: bool) -> str:
    if not paid:
        return ""
    if not true:
        return "not_true"
    if paid > most + _FEN:
        return "too_much"
    return "too_little" if paid < least - _FEN else ""
