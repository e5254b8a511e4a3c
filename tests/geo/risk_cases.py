"""A made-up history of visits in which firms, types and inspectors differ by known factors."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

START = dt.date(2024, 1, 1)
STRICT = {"lenient": 0.5, "usual": 1.0, "strict": 2.0}
TYPES = {"mine": 2.0, "shop": 0.5}


def history(
    *, firms: int = 150, visits: int = 1500, spread: float = 0.6, seed: int = 1
) -> pd.DataFrame:
    """Return visits as :func:`geo.risk_visits.read_visits` wants them, with the column size.

    The severity of a visit is Poisson with mean type × inspector × the firm's own factor, whose
    logarithm has the standard deviation *spread*; three or more is serious.
    """
    random = np.random.default_rng(seed)
    own = np.exp(random.normal(0.0, spread, firms))
    kinds = random.choice(list(TYPES), firms)
    where = random.uniform(0, 20_000, (firms, 2))
    days = np.sort(random.integers(0, 700, visits))
    firm = random.integers(0, firms, visits)
    people = random.choice(list(STRICT), visits)
    mean = [
        1.2 * TYPES[kinds[i]] * STRICT[who] * own[i] for i, who in zip(firm, people, strict=True)
    ]
    found = random.poisson(mean)
    return pd.DataFrame(
        {
            "id": [f"V{i:05d}" for i in range(visits)],
            "object": [f"F{i:03d}" for i in firm],
            "on": [START + dt.timedelta(days=int(day)) for day in days],
            "type": kinds[firm], "kind": "random", "inspectors": [(one,) for one in people],
            "severity": found.astype(float), "serious": found >= 3,
            "area": [f"T{i % 5}" for i in firm], "kin": [f"K{i % 40}" for i in firm],
            "x": where[firm, 0], "y": where[firm, 1], "size": 10.0 + firm % 7,
            "truth": own[firm],
        }
    )  # fmt: skip
