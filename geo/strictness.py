"""What a visit makes one expect to find: by type of enterprise, kind of visit, season, and crew.

Inspectors differ in what they write down by factors of two and more, and they do not visit alike
enterprises. So what is found is compared with what this crew finds at enterprises of this type: a
product of factors, each drawn to 1 by a prior, fitted in turns (the mode of a Poisson likelihood
with gamma priors; only means count, so severities need not be whole numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

PRIOR_VISITS = 15.0
"""Weight of the prior of each factor, in visits of average severity."""
_ROUNDS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Which members of a group take part in which rows: a visit has one type, but several people.

    Attributes
    ----------
    row, member
        Places of the row and of the member, one pair for each participation.
    share
        Share of the member in the row; the shares of a row sum to 1, or there is none.
    count
        Number of members.
    """

    row: Ints
    member: Ints
    share: Floats
    count: int

    def until(self, rows: int) -> Links:
        """Return the links of the first *rows* rows; links are ordered by row."""
        end = int(np.searchsorted(self.row, rows))
        return Links(row=self.row[:end], member=self.member[:end], share=self.share[:end],
                     count=self.count)  # fmt: skip

    def of(self, rows: Ints) -> Links:
        """Return the links of the chosen *rows*, in their order."""
        place = np.full(int(max(self.row.max(initial=-1), rows.max(initial=-1))) + 1, -1)
        place[rows] = np.arange(len(rows))
        kept = np.flatnonzero(place[self.row] >= 0)
        row = place[self.row[kept]]
        kept = kept[np.argsort(row, kind="stable")]
        return Links(row=np.sort(row), member=self.member[kept], share=self.share[kept],
                     count=self.count)  # fmt: skip

    def logs(self, factors: Floats, *, rows: int) -> Floats:
        """Return by row the mean logarithm of its members' factors; 0 where it has none."""
        weights = self.share * np.log(factors)[self.member]
        return np.bincount(self.row, weights=weights, minlength=rows).astype(np.float64)

    def sums(self, values: Floats) -> Floats:
        """Return by member the sum of its shares of *values* of the rows."""
        weights = self.share * values[self.row]
        return np.bincount(self.member, weights=weights, minlength=self.count).astype(np.float64)


def link(members: Sequence[Sequence[str]], *, names: Sequence[str]) -> Links:
    """Return which of *names* takes part in which row, in equal shares."""
    place = {name: i for i, name in enumerate(names)}
    pairs = [
        (row, place[name], 1.0 / len(set(of)))
        for row, of in enumerate(members)
        for name in sorted(set(of))
    ]
    row, member, share = zip(*pairs, strict=True) if pairs else ((), (), ())
    return Links(
        row=np.array(row, np.int64), member=np.array(member, np.int64),
        share=np.array(share, np.float64), count=len(names),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strictness:
    """A fitted product: ``overall`` times a factor for each group.

    Attributes
    ----------
    overall
        Mean severity of a visit.
    factors
        By group the factor of each of its members, 1 for one of whom nothing is known.
    """

    overall: float
    factors: Mapping[str, Floats]

    def expected(self, groups: Mapping[str, Links], *, rows: int) -> Floats:
        """Return the severity expected of each row."""
        total = np.zeros(rows)
        for name, links in groups.items():
            total += links.logs(self.factors[name], rows=rows)
        return self.overall * np.exp(total)


def fit_strictness(
    severity: Floats, groups: Mapping[str, Links], *, prior_visits: float = PRIOR_VISITS
) -> Strictness:
    """Fit the factors to the severities of visits.

    Parameters
    ----------
    severity
        Severity of each visit, at least 0.
    groups
        What the factors are of, such as type, kind of visit, inspectors.
    prior_visits
        See :data:`PRIOR_VISITS`.
    """
    overall = float(severity.mean()) if len(severity) else 0.0
    factors = {name: np.ones(links.count) for name, links in groups.items()}
    if overall <= 0:
        return Strictness(overall=overall, factors=factors)
    prior = prior_visits * overall
    seen = {name: links.sums(severity) for name, links in groups.items()}
    logs = {name: np.zeros(len(severity)) for name in groups}
    total = np.full(len(severity), np.log(overall))
    for _ in range(_ROUNDS):
        for name, links in groups.items():
            due = links.sums(np.exp(total))
            factors[name] = factors[name] * (seen[name] + prior) / (due + prior * factors[name])
            now = links.logs(factors[name], rows=len(severity))
            total += now - logs[name]
            logs[name] = now
    return Strictness(overall=overall, factors=factors)
