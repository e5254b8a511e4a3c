"""How much a week can hold: typical driving, due work within its share, quota of the draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import distance_m, project
from scheduler.quota import Quota, Split, split_quota, weekly_quota
from xunge.geography import travel_between
from xunge.tasks import Desk, Task, within_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from scheduler.problem import TeamDay
    from xunge.geography import Geography
    from xunge.planning import Station

_SAMPLE = 60
# Windows, days, specialities and lunch make real tours longer than good tours without them:
# 0.95 to 1.4 times in four weeks of the example county.
_DETOURS = 1.25
_VISITS_A_DAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What the week holds: due tasks (the most urgent mandatory), quota and its split."""

    due: tuple[Task, ...]
    quota: Quota
    split: Split
    leg_seconds: int


def typical_leg(
    objects: pd.DataFrame,
    stations: Sequence[Station],
    geography: Geography,
    *,
    visits: int,
    desk: Desk,
) -> int:
    """Estimate seconds of driving per visit before anyone knows which visits there are.

    The length of good tours through *visits* random points of an area A, *m* a tour, at mean
    distance r from the station is about ``2 r / m + 0.57 sqrt(A / visits)`` per visit (C. Daganzo,
    Transportation Science 18, 1984). Straight metres become seconds at the rate measured on
    the folder's own roads between a sample of its objects.
    """
    here = objects[(objects["kind"] == "enterprise") & objects["lon"].notna()].sort_index()
    if here.empty or not stations:
        return 0
    sample = here.iloc[np.unique(np.linspace(0, len(here) - 1, _SAMPLE).astype(int))]
    lon = sample["lon"].to_numpy(float)
    lat = sample["lat"].to_numpy(float)
    start = desk.settings.places.start_seconds
    ways = travel_between(lon, lat, geography, settings=desk.settings)
    x, y = project(lon, lat, geography.crs)
    straight = np.hypot(x[:, None] - x, y[:, None] - y)
    driven = ways.seconds - start * (straight > 0)
    rate = float(driven.sum() / max(1.0, straight.sum()))
    apart = np.min(
        [distance_m(lon, lat, np.full_like(lon, s.lon), np.full_like(lat, s.lat))
         for s in stations],
        axis=0,
    )  # fmt: skip
    area = shapely.transform(
        geography.border, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1], geography.crs))
    ).area
    metres = 2 * float(np.mean(apart)) / _VISITS_A_DAY + 0.57 * float(
        np.sqrt(area / max(1, visits))
    )
    return int(_DETOURS * metres * rate) + start


def workload(
    due: Sequence[Task],
    team_days: Sequence[TeamDay],
    *,
    leg_seconds: int,
    mean_service: int,
    certain: Sequence[int],
    desk: Desk,
) -> Workload:
    """Return due work within its share and how many objects are drawn beside it.

    Parameters
    ----------
    certain
        For every object of the certainty stratum the weeks left until its deadline.
    """
    draw = desk.settings.draw
    quota = weekly_quota(
        team_days,
        due_visits_service_seconds=[
            task.service for task in due if task.mandatory and not task.night
        ],
        mean_service_s=mean_service,
        mean_leg_s=leg_seconds,
        min_draw_share=draw.min_share,
        target=draw.weekly_visits or None,
        reserve=draw.reserve,
    )
    kept = within_share(due, seconds_free=quota.usable - quota.guaranteed, leg_seconds=leg_seconds)
    split = split_quota(
        quota.draws, key_remaining=0, weeks_left=0, others=certain,
        weighted_share=draw.weighted_share, max_key_share=desk.settings.year.key_share,
    )  # fmt: skip
    return Workload(due=tuple(kept), quota=quota, split=split, leg_seconds=leg_seconds)
