"""How often a site lies within the stated radius, level by level, in counties not fitted on.

    python -m benchmarks.radius [--fit] [--json FILE]

No list of sites with true places and addresses is at hand, so sites are drawn where the points of
villages tell whose land is whose: in the 104 counties in which at least 45 % of the villages have
a point. A site lies anywhere nearer to its village's point than to another's; where villages are
missing, land is shrunk by the share that is known. A point that is shared by several villages, or
has four nearest neighbours of other towns only, is taken to be wrong: its sites are drawn from the
other villages of its town. Half of the counties were fitted on (``--fit`` says what the figures
of geo/data/radius.toml would be), the other half is measured.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from benchmarks import harness
from geo.gazetteer import Gazetteer
from geo.radius import radius_of
from geo.radius_build import area_of, believed, town_spacing, village_spacing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record
    from geo.radius_build import Area

    Floats = NDArray[np.float64]

NAME = "radius"
LEVELS = ("village", "town", "county")
_LEAST_SHARE, _LEAST_VILLAGES, _LEAST_SOUND = 0.45, 50, 25
_SITES = 8
_TRIES = 400
_FEW_OF_TOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Sites drawn in one county: distances to the points of the places that they lie in, km.

    ``spacing`` is that of villages around the village's point, ``towns`` that of towns around the
    seat, ``uses`` whether the village's point is what an answer would give.
    """

    county: str
    villages: NDArray[np.str_]
    uses: NDArray[np.bool_]
    streets: NDArray[np.bool_]
    spacing: Floats
    towns: Floats
    to_village: Floats
    to_town: Floats
    to_county: Floats


def is_fitted(county: str) -> bool:
    """Tell whether a county belongs to the half that the figures are fitted on."""
    return hashlib.sha256(f"r{county}".encode()).digest()[0] % 2 == 1


def dense_counties(gazetteer: Gazetteer) -> list[str]:
    """Return the counties in which enough villages have a point."""
    found = []
    for place in gazetteer:
        if len(place.code) != 6:
            continue
        villages = gazetteer.villages(place.code)
        known = sum(village.lon is not None for village in villages)
        if len(villages) >= _LEAST_VILLAGES and known >= _LEAST_SHARE * len(villages):
            found.append(place.code)
    return found


def sites_of(gazetteer: Gazetteer, county: str) -> Sites | None:
    """Draw sites in a county, None where too few of its points are sound; always the same ones."""
    area = area_of(gazetteer, county[:4])
    towns = town_spacing(area)
    spacing, fine = village_spacing(area, towns), believed(area, towns)
    inside = np.array([code.startswith(county) for code in area.villages], dtype=bool)
    known = np.flatnonzero(inside & np.isfinite(area.village_xy[:, 0]))
    sound = _sound(area, known)
    if sound.sum() < _LEAST_SOUND:
        return None
    rng = np.random.default_rng(int(county))
    offsets = _land(area.village_xy[known[sound]], share=len(known) / inside.sum(), rng=rng)
    spots = area.village_xy[known[sound]][:, None] + offsets
    # Of a point that is not sound the true places are those of another village of its town.
    town = area.town_of[known]
    source = np.full(len(known), -1)
    source[sound] = np.arange(sound.sum())
    for place in np.flatnonzero(~sound):
        others = np.flatnonzero(town[sound] == town[place])
        if others.size:
            source[place] = rng.choice(others)
    kept = source >= 0
    rows, sites = known[kept], spots[source[kept]]
    vague = np.array([radius_of(area.villages[i]) > radius_of(area.towns[area.town_of[i]])
                      for i in rows])  # fmt: skip
    upper = area.upper_xy[list(area.uppers).index(county)]

    def away(points: Floats) -> Floats:
        return np.asarray(np.linalg.norm(sites - points, axis=-1), dtype=float).ravel()

    return Sites(
        county=county,
        villages=np.repeat(np.array(area.villages)[rows], _SITES),
        uses=np.repeat(fine[rows] & ~vague, _SITES),
        streets=np.repeat(area.streets[area.town_of[rows]], _SITES),
        spacing=np.repeat(spacing[rows], _SITES),
        towns=np.repeat(towns[area.town_of[rows]], _SITES),
        to_village=away(area.village_xy[rows][:, None]),
        to_town=away(area.town_xy[area.town_of[rows]][:, None]),
        to_county=away(upper),
    )


def _sound(area: Area, known: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which points agree with those around them, whatever their distance to the seat."""
    spots, town = area.village_xy[known], area.town_of[known]
    _, place, count = np.unique(spots.round(2), axis=0, return_inverse=True, return_counts=True)
    alone = count[place.ravel()] == 1
    near = np.asarray(cKDTree(spots).query(spots, k=min(5, len(spots)))[1], dtype=np.int64)
    same = (town[near[:, 1:]] == town[:, None]).any(axis=1)
    few = np.bincount(town, minlength=len(area.towns))[town] < _FEW_OF_TOWN
    return np.asarray(alone & (same | few), dtype=bool)


def _land(spots: Floats, *, share: float, rng: np.random.Generator) -> Floats:
    """Return offsets of sites from each of *spots* that are nearer to it than to another."""
    tree = cKDTree(spots)
    # At the county's border land would have no end: no farther than the fourth neighbour.
    reach = np.asarray(tree.query(spots, k=5)[0], dtype=float)[:, 4]
    found = np.zeros((len(spots), _SITES, 2))
    for place, spot in enumerate(spots):
        angle = rng.random(_TRIES) * 2 * np.pi
        far = reach[place] * np.sqrt(rng.random(_TRIES))
        tried = np.column_stack((far * np.cos(angle), far * np.sin(angle)))
        own = tried[np.asarray(tree.query(spot + tried)[1]) == place]
        if len(own):
            found[place] = own[np.arange(_SITES) % len(own)]
    return np.asarray(found * np.sqrt(share), dtype=float)


def measured(drawn: Sequence[Sites]) -> list[Record]:
    """Return for each level how many sites lie within its radius, and how far off they are."""
    records: list[Record] = []
    for level in LEVELS:
        inside, off, radii = [], [], []
        for one in drawn:
            chosen = one.uses if level == "village" else np.isfinite(one.to_town)
            away = {"village": one.to_village, "town": one.to_town, "county": one.to_county}[level]
            length = {"village": 12, "town": 9, "county": 6}[level]
            radius = np.array([radius_of(code[:length]) / 1000 for code in one.villages])
            inside.append((away <= radius)[chosen])
            off.append(away[chosen])
            radii.append(radius[chosen])
        shares = [float(one.mean()) for one in inside if one.size]
        apart = np.concatenate(off)
        records.append({
            "kind": "radius", "level": level, "counties": len(shares), "sites": len(apart),
            "inside": round(float(np.concatenate(inside).mean()), 4),
            "inside_p10_of_counties": round(float(np.quantile(shares, 0.1)), 4),
            "median_km": round(float(np.median(apart)), 2),
            "p90_km": round(float(np.quantile(apart, 0.9)), 2),
            "radius_median_km": round(float(np.median(np.concatenate(radii))), 2),
        })  # fmt: skip
    return records


def nation(gazetteer: Gazetteer, drawn: Sequence[Sites]) -> Record:
    """Return the error to be expected at all villages of China whose point would be used.

    Spacings are those of the whole country, errors in spacings those of the sites drawn.
    """
    ratio = np.concatenate([(one.to_village / one.spacing)[one.uses] for one in drawn])
    spacings = []
    for place in gazetteer:
        if len(place.code) == 4 and place.lon is not None:
            area = area_of(gazetteer, place.code)
            towns = town_spacing(area)
            fine = believed(area, towns)
            spacings.append(village_spacing(area, towns)[fine])
    everywhere = np.concatenate(spacings)
    shares = np.quantile(ratio[np.isfinite(ratio)], np.linspace(0.005, 0.995, 100))
    off = np.outer(everywhere[np.isfinite(everywhere)], shares)
    return {
        "kind": "nation", "villages": int(np.isfinite(everywhere).sum()),
        "median_km": round(float(np.median(off)), 2),
        "p90_km": round(float(np.quantile(off, 0.9)), 2),
    }  # fmt: skip


def fit(drawn: Sequence[Sites]) -> Record:
    """Return what the figures of geo/data/radius.toml would be for these sites."""
    village = np.concatenate([(one.to_village / one.spacing)[one.uses] for one in drawn])
    off, towns, streets = (
        np.concatenate([np.asarray(getattr(one, name), dtype=float) for one in drawn])
        for name in ("to_town", "towns", "streets")
    )
    fine = np.isfinite(off)
    off, towns, streets = off[fine], towns[fine], streets[fine] > 0

    def loss(at: Floats) -> float:
        over = off - (np.where(streets, at[0], at[1]) * towns + at[2])
        return float((np.where(over > 0, 0.95 * over, -0.05 * over) / (towns + 1)).mean())

    best = minimize(loss, np.array((1.0, 1.0, 1.0)), method="Nelder-Mead").x
    return {
        "kind": "fit", "village_reach": round(float(np.nanquantile(village, 0.95)), 3),
        "town_street_reach": round(float(best[0]), 3), "town_reach": round(float(best[1]), 3),
        "town_plus_m": round(1000 * float(best[2])),
    }  # fmt: skip


def _table(found: Sequence[Record], *, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in found[0]:
        if name != "kind":
            table.add_column(name.replace("_", " "), justify="right")
    for one in found:
        table.add_row(*(str(value) for name, value in one.items() if name != "kind"))
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    asked = harness.plain_parser("Measure how often sites lie within the stated radius.")
    asked.add_argument("--fit", action="store_true", help="say what the fitted figures would be")
    asked.add_argument("--most", type=int, default=None, help="at most so many counties")
    chosen = asked.parse_args(arguments)
    gazetteer, out = Gazetteer.load(), harness.console()
    counties = dense_counties(gazetteer)
    halves = {side: [c for c in counties if is_fitted(c) == side] for side in (False, True)}
    drawn = [one for c in halves[False][: chosen.most] if (one := sites_of(gazetteer, c))]
    records = measured(drawn)
    out.print(harness.machine_line())
    out.print(_table(records, title="sites in counties not fitted on"))
    records.append(nation(gazetteer, drawn))
    out.print(_table(records[-1:], title="error where a village is named and known, all of China"))
    if chosen.fit:
        used = [one for c in halves[True][: chosen.most] if (one := sites_of(gazetteer, c))]
        records.append(fit(used))
        out.print(_table(records[-1:], title="figures fitted on the other half"))
    harness.write_json(chosen.json, records, benchmark=NAME)


if __name__ == "__main__":
    main()
