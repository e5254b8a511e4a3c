"""How fast lines of sight are: observers along a road over rough ground, cells seen per second.

python -m benchmarks.sight
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from geo.sightline import bend_of, spread_sight


def ground(size: int, *, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return hills of three sizes and a rough surface, metres."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size].astype(float)
    hills = 90 * np.sin(x / 70 + y / 130) + 70 * np.cos(y / 55 - x / 210)
    return np.asarray(hills + 45 * np.sin(x / 23) * np.cos(y / 29) + rng.normal(0, 2, x.shape))


def measure(
    *, size: int, cell_m: float, observers: int, reach_m: float, seed: int
) -> dict[str, Any]:
    """Return CPU seconds for observers on a line through the middle, and what they see."""
    heights = ground(size, seed=seed)
    seen = np.zeros(heights.shape, dtype=np.bool_)
    how: dict[str, Any] = {
        "target": 3.0, "steps": (cell_m, cell_m), "reach": reach_m, "bend": bend_of(0.13),
    }  # fmt: skip
    spread_sight(heights, seen.copy(), col=1, row=1, eye=heights[1, 1] + 1.6, **how)  # compiles
    start = time.process_time()
    for col in np.linspace(size * 0.1, size * 0.9, observers).round():
        eye = heights[size // 2, int(col)] + 1.6
        spread_sight(heights, seen, col=float(col), row=float(size // 2), eye=float(eye), **how)
    return {
        "cells": size * size, "cell_m": cell_m, "reach_m": reach_m, "observers": observers,
        "cpu_s": round(time.process_time() - start, 2), "seen_share": round(float(seen.mean()), 3),
    }  # fmt: skip


def main() -> None:
    """Print the table, and keep it as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observers", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    rows = [
        measure(size=size, cell_m=cell, observers=wanted.observers, reach_m=reach, seed=wanted.seed)
        for size, cell, reach in ((1_000, 30.0, 3_000.0), (2_000, 12.5, 3_000.0))
    ]
    print("| cells | m | reach m | observers | CPU s | seen |")
    print("|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        print("| " + " | ".join(str(value) for value in row.values()) + " |")
    if wanted.json:
        wanted.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
