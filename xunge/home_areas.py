"""Home areas of the teams (相对固定区域): towns shared out by what is supervised in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from geo.crs import project
from scheduler.areas import Town, area_prices, areas_of, homes
from scheduler.shifts import is_night

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from scheduler.problem import Problem
    from xunge.geography import Geography
    from xunge.tasks import Desk, Task

_FIRST_MONDAY = dt.date(2024, 1, 1)


def with_areas(
    problem: Problem,
    tasks: Mapping[str, Task],
    objects: pd.DataFrame,
    geography: Geography,
    *,
    monday: dt.date,
    desk: Desk,
) -> tuple[Problem, dict[int, list[str]]]:
    """Return the problem with prices for leaving home, and the towns of each team.

    Joint visits, night rounds and experts know no areas. Without a price nothing changes.

    Parameters
    ----------
    objects
        Frame of :func:`xunge.objects.objects`: all that is supervised says how much work a town is.
    """
    plan = desk.settings.plan
    days = [
        day for day in problem.team_days
        if not day.expert and not is_night(day) and desk.lead in day.departments
    ]  # fmt: skip
    if not plan.area_price_minutes or not days:
        return problem, {}
    teams = {day.team for day in days}
    found = homes(
        areas_of(_towns(objects, geography), count=len(teams)), teams,
        week=(monday - _FIRST_MONDAY).days // 7, every=plan.area_rotation_weeks,
    )  # fmt: skip
    towns = objects["town_code"].to_dict()
    prices = area_prices(
        [one for one in problem.visits if not one.meets and len(one.departments) < 2], days,
        homes=found, price=plan.area_price_minutes * 60,
        towns={id_: str(towns.get(task.object) or "") for id_, task in tasks.items()},
    )  # fmt: skip
    return (
        problem.replace(prices={**problem.prices, **prices}),
        {team: sorted(area) for team, area in found.items()},
    )


def _towns(objects: pd.DataFrame, geography: Geography) -> list[Town]:
    here = objects[objects["lon"].notna() & objects["town_code"].notna()]
    here = here[here["active"].astype(bool)]
    x, y = project(here["lon"].to_numpy(float), here["lat"].to_numpy(float), geography.crs)
    grouped = here.assign(x=x, y=y).groupby("town_code")
    return [
        Town(id=str(code), x=round(rows["x"].mean()), y=round(rows["y"].mean()), work=len(rows))
        for code, rows in grouped
    ]
