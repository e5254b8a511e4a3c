"""Home-care instances of the literature, and a judge that shares no code with the search.

The instances are those of Mankowska, Meisel and Bierwirth (Health Care Management Science, 2014)
in the format of Ceschia, Di Gaspero, Rosati and Schaerf (International Transactions in Operational
Research, 2024): JSON files with ``patients``, ``caregivers`` and ``distances``, gzipped or not, and
a table ``BEST.csv`` of the best costs published.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.calls import Call, Crew, Day, Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VARIABLE = "XUNGE_HOMECARE_DATA"
FINE = 1000
"""Moments of the search in one minute of the instances, which have three decimals."""

_BESIDE = Path(__file__).parents[2] / "shared" / "data" / "homecare"
_TABLE = "BEST.csv"
_EXACT = 1e-6  # minutes

Routes = dict[str, list[tuple[str, str, float]]]
"""Patient, service and start in minutes, in order of driving, by id of the caregiver."""


class NoInstances(FileNotFoundError):  # noqa: N818 - says what is missing
    """The instances are not where they were looked for; ``path`` says where."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"no home-care instances in {path}: name their folder with --data or {VARIABLE}, "
            "or put shared/data/homecare next to the checkout"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An instance as published, its best published cost, and the same as the search sees it."""

    name: str
    best: float
    content: dict[str, Any]
    day: Day


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the judge says of routes, in minutes; ``faults`` is empty where they are legal."""

    travel: float
    lateness: float
    largest: float
    faults: tuple[str, ...]

    @property
    def cost(self) -> float:
        """The objective of the literature."""
        return (self.travel + self.lateness + self.largest) / 3


def folder(named: Path | None = None) -> Path:
    """Return *named*, the folder of the environment, or the one beside the checkout.

    Raises
    ------
    NoInstances
        If it holds no table of best costs.
    """
    told = os.environ.get(VARIABLE)
    found = named or (Path(told) if told else _BESIDE)
    if not (found / _TABLE).is_file():
        raise NoInstances(found)
    return found


def cases(data: Path) -> list[Case]:
    """Return the instances of a folder in the order of its table."""
    with (data / _TABLE).open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    return [case(data, row["instance"], best=float(row["best_cost"])) for row in rows]


def case(data: Path, name: str, *, best: float) -> Case:
    """Return one instance of a folder."""
    packed = data / f"{name}.json.gz"
    if packed.is_file():
        content = json.loads(gzip.decompress(packed.read_bytes()))
    else:
        content = json.loads((data / f"{name}.json").read_text("utf-8"))
    return Case(name=name, best=best, content=content, day=as_day(content))


def as_day(content: Mapping[str, Any]) -> Day:
    """Return an instance as a day of calls; the office is place 0."""
    usual = {one["id"]: one["default_duration"] for one in content["services"]}
    return Day(
        calls=tuple(_call(one, at, usual) for at, one in enumerate(content["patients"], start=1)),
        crews=tuple(
            Crew(id=one["id"], place=0, abilities=frozenset(one["abilities"]))
            for one in content["caregivers"]
        ),
        drives=np.rint(np.asarray(content["distances"], dtype=float) * FINE).astype(np.int64),
    )


def _call(one: Mapping[str, Any], place: int, usual: Mapping[str, float]) -> Call:
    least, most = _distance(one)
    opens, due = one["time_window"]
    return Call(
        id=one["id"], place=place, opens=round(opens * FINE), due=round(due * FINE),
        parts=tuple(
            Part(
                ability=needed["service"],
                service=round(needed.get("duration", usual[needed["service"]]) * FINE),
                least=round(least * FINE) if at else 0, most=round(most * FINE) if at else 0,
            )
            for at, needed in enumerate(one["required_caregivers"])
        ),
    )  # fmt: skip


def _distance(patient: Mapping[str, Any]) -> tuple[float, float]:
    """Return the least and the most time between the starts of a double service."""
    least, most = patient.get("synchronization", {}).get("distance", (0, 0))
    return least, most


def judge(content: Mapping[str, Any], routes: Routes) -> Verdict:
    """Return what *routes* cost, and what is wrong with them, from the instance as published."""
    patients = {one["id"]: one for one in content["patients"]}
    place = {name: at for at, name in enumerate(patients, start=1)}
    able = {one["id"]: set(one["abilities"]) for one in content["caregivers"]}
    usual = {one["id"]: one["default_duration"] for one in content["services"]}
    faults: list[str] = []
    starts: dict[str, list[tuple[str, float, str]]] = {name: [] for name in patients}
    travel, lateness = 0.0, [0.0]
    for caregiver, stops in routes.items():
        at, free = 0, 0.0
        for name, service, start in stops:
            leg = content["distances"][at][place[name]]
            if start < free + leg - _EXACT:
                faults.append(f"{caregiver} cannot be at {name} in time")
            if service not in able[caregiver]:
                faults.append(f"{caregiver} is not able to do {service}")
            needed = patients[name]["required_caregivers"]
            lengths = {one["service"]: one.get("duration", usual[one["service"]]) for one in needed}
            opens, due = patients[name]["time_window"]
            if start < opens - _EXACT:
                faults.append(f"{name} is served before its opening")
            starts[name].append((service, start, caregiver))
            lateness.append(max(0.0, start - due))
            travel += leg
            at, free = place[name], start + lengths.get(service, 0.0)
        travel += content["distances"][at][0]
    for name, patient in patients.items():
        faults += _wrong(name, patient, starts[name])
    return Verdict(
        travel=travel, lateness=sum(lateness), largest=max(lateness), faults=tuple(faults)
    )


def _wrong(
    name: str, patient: Mapping[str, Any], served: Sequence[tuple[str, float, str]]
) -> list[str]:
    """Return what is wrong with the services that one patient gets."""
    needed = [one["service"] for one in patient["required_caregivers"]]
    if sorted(service for service, _, _ in served) != sorted(needed):
        return [f"{name} does not get what it needs"]
    if len({caregiver for _, _, caregiver in served}) < len(served):
        return [f"{name} needs different caregivers"]
    if len(needed) < 2:
        return []
    start = {service: moment for service, moment, _ in served}
    least, most = _distance(patient)
    apart = start[needed[1]] - start[needed[0]]
    if not least - _EXACT <= apart <= most + _EXACT:
        return [f"{name}: {apart:.3f} min between its services"]
    return []
