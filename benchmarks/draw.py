"""Are the promised chances the true ones, and what does a draw of a million objects cost.

python -m benchmarks.draw [--json FILE] [--objects 1000000] [--repeat 3]

The other samplers take part if they can be imported (``pip install consistent_sampler
cryptorandom``). They get a list of ids and return who is drawn, each with the same chance; so does
the first row of Xunge (:func:`scheduler.tickets.first_equally`). The second row also hashes the
frame with its weights before, draws by weight and then evenly, and knows everyone's chance
(:func:`scheduler.selection.select`). The record of all ranks is timed by itself.
"""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from benchmarks import harness
from benchmarks.harness import StageClock
from scheduler.draw import draw
from scheduler.draw_record import Candidate
from scheduler.fairness import measure
from scheduler.fairness_checks import ALPHA
from scheduler.rerun import frame_of
from scheduler.selection import select
from scheduler.tickets import Tickets, first_equally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.harness import Record
    from scheduler.fairness import Rerun

NAME = "draw"
WEIGHTS = (1, 1, 1, 1, 1, 2, 2, 2, 4, 4, 8, 8)
"""Weights of twelve firms, repeated for larger frames."""
FRAMES = ((12, 4, 0, 10_000), (4027, 42, 18, 10_000), (100_000, 700, 300, 400))
"""Firms, weighted draws, uniform draws and seeds."""
OWN = "xunge, equal chances"
COMMITTED = "xunge, committed and drawn by weight"
RATE = 100
"""One object in so many is drawn from the large frame."""
GOAL = 5.0
SEED = "福彩2026135期 03 07 18 21 25 30"


def frame(size: int) -> list[Candidate]:
    """Return candidates with ids like those of a county."""
    return [
        Candidate(id=f"YX{i:07d}", weight=WEIGHTS[i % len(WEIGHTS)]) for i in range(size)
    ]  # fmt: skip


def chances(size: int, weighted: int, uniform: int, seeds: int) -> Rerun:
    """Draw a frame once by the product and again with many seeds."""
    record = draw(
        frame(size), seed=SEED, round_id="bench", quota={"weighted": weighted, "uniform": uniform}
    )
    return measure(frame_of(record.to_json()), seeds=seeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one way of drawing costs: the least CPU seconds of all repeats."""

    name: str
    cpu_s: float
    drawn: int

    def per_object(self, objects: int) -> float:
        """Return microseconds for each object of the frame."""
        return self.cpu_s / objects * 1e6


def quota_of(count: int) -> dict[str, int]:
    """Return seven tenths of the draws for the weighted stratum, the rest for the uniform one."""
    return {"weighted": count * 7 // 10, "uniform": count - count * 7 // 10}


def samplers(candidates: Sequence[Candidate], count: int) -> dict[str, Callable[[], int] | None]:
    """Return every way of drawing as a function that returns how many it drew; None if absent."""
    ids = [one.id for one in candidates]

    def committed() -> int:
        found = select(candidates, seed=SEED, round_id="bench", quota=quota_of(count))
        return len(found.selected)

    def xunge() -> int:
        tickets = Tickets.of_stratum(seed=SEED, round_id="bench", stratum="uniform")
        return len(first_equally(ids, taken=count, tickets=tickets))

    found: dict[str, Callable[[], int] | None] = {
        OWN: xunge, COMMITTED: committed,
    }  # fmt: skip
    consistent = _module("consistent_sampler")
    found["consistent_sampler"] = consistent and (
        lambda: len(list(consistent.sampler(ids, SEED, take=count, output="id")))
    )
    random, sample = _module("cryptorandom.cryptorandom"), _module("cryptorandom.sample")
    for method in ("PIKK", "sample_by_index"):
        found[f"cryptorandom {method}"] = (random and sample) and _cryptorandom(
            random, sample, ids, count, method
        )
    return found


def _cryptorandom(
    random: Any,  # noqa: ANN401 - a module without types
    sample: Any,  # noqa: ANN401
    ids: Sequence[str],
    count: int,
    method: str,
) -> Callable[[], int]:
    return lambda: len(
        sample.random_sample(list(ids), count, method=method, prng=random.SHA256(SEED))
    )


def _module(name: str) -> Any:  # noqa: ANN401 - an optional package without types
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def costs(objects: int, *, repeat: int) -> list[Cost | str]:
    """Return what each sampler costs on the same ids, turn by turn; a name if it is absent."""
    ways = samplers(frame(objects), max(1, objects // RATE))
    times: dict[str, list[float]] = {name: [] for name in ways}
    drawn = dict.fromkeys(ways, 0)
    for _ in range(repeat):
        for name, way in ways.items():
            if way is not None:
                start = time.process_time()
                drawn[name] = way()
                times[name].append(time.process_time() - start)
    return [
        Cost(name=name, cpu_s=min(taken), drawn=drawn[name]) if taken else name
        for name, taken in times.items()
    ]


def committed(objects: int) -> StageClock:
    """Commit to a large frame and draw from it, without the record of all ranks."""
    candidates = frame(objects)
    clock = StageClock()
    clock("frame in memory")
    select(candidates, seed=SEED, round_id="bench", quota=quota_of(objects // RATE))
    clock("committed and drawn")
    return clock


def recorded(objects: int) -> tuple[StageClock, int]:
    """Draw a large frame with its whole record; return the stages and the bytes of the record."""
    candidates = frame(objects)
    clock = StageClock()
    quota = quota_of(objects // RATE)
    record = draw(candidates, seed=SEED, round_id="bench", quota=quota)
    clock("hash of the frame, draw with all ranks")
    text = record.dumps()
    clock("canonical JSON")
    return clock, len(text.encode("utf-8"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    parser = harness.parser("Check the chances of the draw and time a large one.")
    parser.add_argument("--objects", type=int, default=1_000_000, help="large frame (1,000,000)")
    parser.add_argument("--repeat", type=int, default=3, help="turns of every sampler (3)")
    chosen = parser.parse_args(arguments)
    out = harness.console()
    out.print(harness.machine_line())
    flat: list[Record] = []
    first = committed(chosen.objects)  # before all else: a peak of memory stays
    out.print(harness.stage_table(first, title=f"{chosen.objects} objects, no ranks on record"))
    out.print(_chances(flat))
    found = costs(chosen.objects, repeat=chosen.repeat)
    out.print(_costs(found, chosen.objects, flat))
    for name in found:
        if isinstance(name, str):
            out.print(f"skipped: {name} is not installed")
    clock, size = recorded(chosen.objects)
    out.print(harness.stage_table(clock, title=f"{chosen.objects} objects, all ranks on record"))
    out.print(f"record: {size / 1e6:.0f} MB")
    flat += [{**stage.record(), "objects": chosen.objects} for stage in (*first, *clock)]
    flat.append({"kind": "measure", "name": "record", "value": size, "unit": "bytes"})
    harness.write_json(chosen.json, flat, benchmark=NAME)


def _chances(flat: list[Record]) -> Table:
    table = Table(title="class chances, promised and realised", title_justify="left")
    for number, heading in enumerate(
        ("firms", "class", "promised", "realised", "95 % limits", "p of frame", "CPU s")
    ):
        table.add_column(heading, justify="left" if number == 1 else "right")
    for size, weighted, uniform, seeds in FRAMES:
        start = time.process_time()
        report = chances(size, weighted, uniform, seeds)
        spent = time.process_time() - start
        p = next(c.p for c in report.checks if (c.code, c.about) == ("chances", "class"))
        for group in (one for one in report.groups if one.dimension == "class"):
            table.add_row(
                str(size), group.name, f"{group.promised:.5f}", f"{group.realised:.5f}",
                f"{group.low:.5f}–{group.high:.5f}", f"{p:.3f}", f"{spent:.1f}",
            )  # fmt: skip
            flat.append(
                {"kind": "chance", "firms": size, "class": group.name, "seeds": seeds,
                 "promised": group.promised, "realised": group.realised, "low": group.low,
                 "high": group.high, "p": p, "within": p >= ALPHA}
            )  # fmt: skip
        if report.gap is not None:
            flat.append({"kind": "measure", "name": f"gap of {size}", "value": report.gap,
                         "unit": "probability"})  # fmt: skip
    return table


def _costs(found: Sequence[Cost | str], objects: int, flat: list[Record]) -> Table:
    table = Table(title=f"who is drawn: one in {RATE} of {objects} objects", title_justify="left")
    table.add_column("sampler")
    for heading in ("CPU s", "µs/object", "times equal", "times committed"):
        table.add_column(heading, justify="right")
    known = [one for one in found if isinstance(one, Cost)]
    own, committed = known[0].cpu_s, known[1].cpu_s
    for one in known:
        ratio = one.cpu_s / own
        goal = f" (goal {GOAL:g})" if one.name == "consistent_sampler" else ""
        table.add_row(
            one.name,
            f"{one.cpu_s:.2f}",
            f"{one.per_object(objects):.2f}",
            f"{ratio:.1f}{goal}",
            f"{one.cpu_s / committed:.1f}",
        )
        flat.append(
            {"kind": "sampler", "name": one.name, "objects": objects, "drawn": one.drawn,
             "cpu_s": round(one.cpu_s, 4), "ratio": round(ratio, 2),
             "ratio_committed": round(one.cpu_s / committed, 2)}
        )  # fmt: skip
    return table


if __name__ == "__main__":
    main()
