"""How often the address resolver is right, kind by kind, beside other packages.

    python -m benchmarks.geocode [--splits test hand] [--peers …] [--json FILE]

The addresses and their labels are in tests/geo/labelled (its README says what they are and when an
answer is right). Xunge is measured by ``geo.address.Resolver`` and by ``xunge geocode`` on a CSV,
which must agree; jionlp, cpca and addressparser where they can be imported (PYTHONPATH), each in a
process of its own. Something else is benchmarks.county_places: the whole import of the example
county against its true coordinates.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from benchmarks import addresses, harness
from benchmarks.address_atlas import village_parts
from benchmarks.geocode_engines import OWN, PEERS, Given
from geo.crs import distance_m
from geo.gazetteer import Gazetteer
from geo.names import PSEUDO_CITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.addresses import Labelled
    from benchmarks.harness import Record

NAME = "geocode"
LEVELS = ("county", "town", "village")
PEER_LEVELS = {"cpca": 1, "addressparser": 1}
"""How many of the levels a peer knows, where not all."""

GRADES = ("high", "medium", "low")
_ROOT = Path(__file__).parents[1]


def ask(engine: str, cases: Sequence[Labelled], speed: Sequence[str]) -> dict[str, Any]:
    """Run an engine in a process of its own; see :func:`benchmarks.geocode_engines.run`."""
    asked = {"texts": [(case.home, case.address) for case in cases], "speed": list(speed)}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.geocode_engines", engine],
        input=json.dumps(asked), capture_output=True, encoding="utf-8",
        errors="replace", check=False, cwd=_ROOT,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{engine}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    found["answers"] = [Given._make(row) for row in found["answers"]]
    return found


def judge(case: Labelled, given: Given) -> dict[str, bool | None]:
    """Tell for each level whether the answer is right; None where it is not to be judged.

    ``county``, ``town`` and ``village`` where the text names them; ``open`` for the first level
    that the text leaves open, see tests/geo/labelled/README.md.
    """
    said: dict[str, bool | None] = dict.fromkeys((*LEVELS, "open"))
    for level in LEVELS:
        wanted, got = getattr(case, level), getattr(given, level)
        if wanted:
            said[level] = got == wanted
            continue
        said["open"] = not got or (
            any(code.startswith(got) for code in case.fits)
            and given.confidence != "high"
            and (given.confidence == "low" or not set(given.alternatives).isdisjoint(case.fits))
        )
        break
    return said


def wrong_at_high(case: Labelled, given: Given) -> bool:
    """Tell whether a county is claimed at high confidence that the text does not name."""
    return given.confidence == "high" and given.county != "" and given.county != case.county


def figures(cases: Sequence[Labelled], answers: Sequence[Given], *, kind: str) -> Record:
    """Return the shares of right answers and of grades."""
    judged = [judge(case, given) for case, given in zip(cases, answers, strict=True)]
    record: Record = {"kind": "geocode", "addresses": kind, "n": len(cases)}
    for level in (*LEVELS, "open"):
        said = [one[level] for one in judged if one[level] is not None]
        record[f"{level}_n"] = len(said)
        record[level] = round(sum(map(bool, said)) / len(said), 4) if said else -1.0
    wrong = sum(wrong_at_high(case, given) for case, given in zip(cases, answers, strict=True))
    record["wrong_county_at_high"] = wrong
    for grade in GRADES:
        share = sum(one.confidence == grade for one in answers) / len(answers)
        record[grade] = round(share, 4)
    return record


class Names:
    """Turns the names that peers answer with into codes."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._counties: dict[str, list[str]] = defaultdict(list)
        for place in gazetteer:
            if len(place.code) == 6:
                self._counties[place.name].append(place.code)

    def coded(self, given: Given) -> Given:
        """Return the codes of an answer in names, as far down as the names are known."""
        county = self._county(given)
        town = self._one(self._gazetteer.towns(county), given.town) if county else ""
        village = ""
        if town and given.village:
            stem = village_parts(given.village)[0]
            alike = [v for v in self._gazetteer.villages_of(town)
                     if v.name == given.village or village_parts(v.name)[0] == stem]  # fmt: skip
            village = self._one(alike, given.village) or (alike[0].code if alike else "")
        return Given(county=county, town=town, village=village)

    def _county(self, given: Given) -> str:
        codes = self._counties.get(given.county, [])
        if not given.county and given.city:
            codes = self._counties.get(given.city, [])
        for name, length in ((given.province, 2), (given.city, 4)):
            fine = [
                code for code in codes
                if not name or self._gazetteer.place(code[:length]).name in (name, *PSEUDO_CITIES)
            ]  # fmt: skip
            codes = fine
        return codes[0] if len(codes) == 1 else ""

    @staticmethod
    def _one(places: Iterable[Any], name: str) -> str:
        return next((place.code for place in places if name and place.name == name), "")


def by_command(cases: Sequence[Labelled], gazetteer: Gazetteer, *, home: str) -> Record:
    """Place addresses with ``xunge geocode`` for one home; compare with the resolver's answers.

    ``inside``: of the addresses whose village has a trusted point, the share for which that point
    is within the stated radius.
    """
    answers = ask(OWN, [replace(case, home=home) for case in cases], [])["answers"]
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "addresses.csv", Path(folder) / "placed.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([("address",), *((case.address,) for case in cases)])
        subprocess.run(
            [sys.executable, "-c", "from xunge.cli import main; main()", "geocode", str(file),
             "--address", "address", "--lon", "-", "--lat", "-", "-o", str(out), "--json",
             *(("--county", home) if home else ())],
            check=True, capture_output=True, cwd=_ROOT,
        )  # fmt: skip
        with out.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    same = sum(
        row["code"] == (given.village or given.town or given.county)
        and (not row["code"] or row["confidence"] == given.confidence)
        for row, given in zip(rows, answers, strict=True)
    )
    inside, judged = 0, 0
    for case, row in zip(cases, rows, strict=True):
        true = gazetteer.find(case.village) if case.village else None
        if true is None or true.lon is None or true.lat is None or true.doubtful or not row["lon"]:
            continue
        off = distance_m(true.lon, true.lat, float(row["lon"]), float(row["lat"]))
        judged, inside = judged + 1, inside + bool(off <= float(row["radius_m"]))
    return {
        "kind": "command", "home": home, "n": len(cases), "same_as_resolver": same,
        "inside_n": judged, "inside": round(inside / judged, 4) if judged else -1.0,
    }  # fmt: skip


def _kind_table(found: Sequence[Record], *, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("addresses", "n", *LEVELS, "open", "wrong county at high", *GRADES):
        table.add_column(heading, justify="left" if heading == "addresses" else "right")
    for one in found:
        table.add_row(
            str(one["addresses"]), str(one["n"]),
            *(_share(one[level]) for level in (*LEVELS, "open")),
            str(one["wrong_county_at_high"]), *(_share(one[grade]) for grade in GRADES),
        )  # fmt: skip
    return table


def _peer_table(found: dict[str, list[Record]], *, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("addresses")
    for name in found:
        known = " / ".join(LEVELS[: PEER_LEVELS.get(name, 3)])
        table.add_column(f"{name} {known}", justify="right")
    for rows in zip(*found.values(), strict=True):
        shares = [
            " / ".join(_share(row[level]) for level in LEVELS[: PEER_LEVELS.get(name, 3)])
            for name, row in zip(found, rows, strict=True)
        ]
        table.add_row(str(rows[0]["addresses"]), *shares)
    return table


def _share(value: harness.Scalar) -> str:
    return "—" if float(value) < 0 else f"{100 * float(value):.1f} %"


def _cost_table(found: Sequence[Record]) -> Table:
    table = Table(title="load and speed, addresses without home", title_justify="left")
    headings = ("engine", "addresses", "load wall s", "load CPU s", "per CPU s",
                "two workers per wall s", "RSS MiB", "of which engine")  # fmt: skip
    for heading in headings:
        table.add_column(heading, justify="left" if heading in headings[:2] else "right")
    for one in found:
        two = f"{one['per_wall_s_2']:,.0f}" if float(one["per_wall_s_2"]) >= 0 else "—"
        table.add_row(
            str(one["engine"]), str(one["split"]), f"{one['load_wall_s']:.2f}",
            f"{one['load_cpu_s']:.2f}", f"{one['per_cpu_s_1']:,.0f}", two,
            f"{one['rss_mib']:.0f}", f"{one['grown_mib']:.0f}",
        )  # fmt: skip
    return table


def measured(
    engine: str, split: str, cases: Sequence[Labelled], speed: Sequence[str], names: Names
) -> tuple[list[Record], Record]:
    """Ask an engine; return figures by kind, and what it costs."""
    found = ask(engine, cases, speed)
    answers = [given if engine == OWN else names.coded(given) for given in found["answers"]]
    kinds = list(dict.fromkeys(case.kind for case in cases))
    rows = [figures(cases, answers, kind=f"all of {split}")]
    for kind in kinds:
        chosen = [i for i, case in enumerate(cases) if case.kind == kind]
        rows.append(figures([cases[i] for i in chosen], [answers[i] for i in chosen], kind=kind))
    cost: Record = {"kind": "cost", "engine": engine, "split": split, "per_wall_s_2": -1.0}
    cost |= {key: round(value, 3) for key, value in found.items() if key != "answers"}
    return [{"split": split, "engine": engine, **row} for row in rows], cost


def speed_texts(split: str, most: int) -> list[str]:
    """Return *most* different addresses: those of a set with house numbers behind."""
    found = [case.address for case in addresses.read(split)]
    copies = most // len(found) + 1
    return [f"{text}{n}号" for n in range(1, copies + 1) for text in found][:most]


def _commands(split: str, cases: Sequence[Labelled], gazetteer: Gazetteer) -> list[Record]:
    """Measure ``xunge geocode`` without a home on all, and with the commonest home on its own."""
    homes = Counter(case.home for case in cases if len(case.home) == 6)
    found = []
    for home in ("", homes.most_common(1)[0][0]):
        own = [case for case in cases if home in ("", case.home)]
        found.append({"split": split, **by_command(own, gazetteer, home=home)})
    return found


def _said(command: Record) -> str:
    return (
        f"xunge geocode, home {command['home'] or 'none'}: {command['same_as_resolver']} of "
        f"{command['n']} rows as the resolver answers; village point inside radius "
        f"{_share(command['inside'])} of {command['inside_n']}"
    )


def _measure(
    split: str, engines: Sequence[str], gazetteer: Gazetteer, *, most: int | None, speed: int
) -> tuple[list[Record], list[Record]]:
    """Measure one set with all engines, print its tables, return its records and the costs."""
    out, names, cases = harness.console(), Names(gazetteer), addresses.read(split)[:most]
    tables: dict[str, list[Record]] = {}
    costs = []
    for engine in engines:
        texts = speed_texts(split, speed if engine == OWN else speed // 20)
        tables[engine], cost = measured(engine, split, cases, texts, names)
        costs.append(cost)
    out.print(_kind_table(tables[OWN], title=f"{split}: {OWN}"))
    if len(tables) > 1:
        out.print(_peer_table(tables, title=f"{split}: beside others"))
    commands = _commands(split, cases, gazetteer)
    for command in commands:
        out.print(_said(command))
    return [*(row for rows in tables.values() for row in rows), *commands], costs


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    asked = harness.plain_parser("Measure the resolver on labelled addresses.")
    asked.add_argument("--splits", nargs="+", default=["test", "hand"], help="tune test hand")
    asked.add_argument("--peers", nargs="*", default=list(PEERS), help="packages to compare with")
    asked.add_argument("--most", type=int, default=None, help="at most so many of each split")
    asked.add_argument("--speed", type=int, default=20_000, help="addresses to take the time of")
    chosen = asked.parse_args(arguments)
    out, gazetteer = harness.console(), Gazetteer.load()
    out.print(harness.machine_line())
    absent = [name for name in chosen.peers if importlib.util.find_spec(PEERS[name]) is None]
    out.print("".join(f"{name}: not installed\n" for name in absent), end="")
    engines = [OWN, *(name for name in chosen.peers if name not in absent)]
    records: list[Record] = []
    costs: list[Record] = []
    for split in chosen.splits:
        rows, spent = _measure(split, engines, gazetteer, most=chosen.most, speed=chosen.speed)
        records, costs = [*records, *rows], [*costs, *spent]
    out.print(_cost_table(costs))
    harness.write_json(chosen.json, [*records, *costs], benchmark=NAME)


if __name__ == "__main__":
    main()
