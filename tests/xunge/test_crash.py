"""A process killed at any point leaves the last good state, and running again completes it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import EventKind
from scheduler.ledger import audit
from xunge import rounds
from xunge.publish import MANIFEST, STAGING
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.xunge.conftest import Office

pytestmark = [
    pytest.mark.skipif(
        not hasattr(os, "fork"), reason="crash tests: this system has neither SIGKILL nor fork"
    ),
    pytest.mark.xdist_group("crash"),
]

# A stage of the week (killed as it ends), or the n-th time that a file is written or moved.
PHASES = {
    "before the draw": (
        "stage:checked", "stage:set aside", "stage:kept enterprises", "stage:places",
    ),
    "between draw and plan": ("stage:drawn", "stage:planned", "stage:sheet 1"),
    "publishing": ("write:3", "stage:staged", "stage:recorded", "move:4"),
}  # fmt: skip
RECORDED = ("stage:recorded", "move:4")
RESULT_POINTS = ("read", "appended", "committed")

# Loads everything once; every job runs in a fork of its own, which kills itself where it is told.
SCRIPT = """
import datetime as dt, json, os, shutil, signal, sys
from pathlib import Path
from geo.address import Resolver
from layers.ledgers import read_ledgers
from scheduler import ruin
from xunge import china, publish, results
from xunge.web import database
from xunge.week import open_folder, run_week

folder = Path(sys.argv[1])
open_folder(folder)
database.close()
read_ledgers(folder)
Resolver(china.gazetteer(), home="431023").resolve("便江街道")
if ruin.available():
    ruin.get_ready()
    ruin.get_ready(bound=True)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def dying(call, *, at, after=True):
    seen = []
    def wrapped(*args, **kwargs):
        seen.append(1)
        if len(seen) == at and not after:
            die()
        result = call(*args, **kwargs)
        if len(seen) == at:
            die()
        return result
    return wrapped

def arm(kill):
    kind, _, at = kill.partition(":")
    if kind == "write":
        publish.os.fsync = dying(os.fsync, at=int(at))
    elif kind == "move":
        Path.replace = dying(Path.replace, at=int(at), after=False)
    elif kind == "read":
        results._Reading.checked = dying(results._Reading.checked, at=1)
    elif kind == "appended":
        from xunge.web.ledger import frames
        frames.append = dying(frames.append, at=1)
    elif kind == "committed":
        results.Taken = dying(results.Taken, at=1, after=False)

def run(job):
    folder = open_folder(Path(job["folder"]))
    kill = job.get("kill", "")
    if job["command"] == "results":
        arm(kill)
        taken = results.take_results(folder, Path(job["file"]), today=dt.date(2026, 11, 28))
        # A new site is registered and discovered.
        return sum(taken.counts.values()) + 2 * len(taken.sites)
    stage = kill.removeprefix("stage:")
    def progress(name):
        if name == stage:
            die()
        if name == "staged":
            arm(kill)
    if kill.startswith("write"):
        arm(kill)
    day = dt.date(2026, 11, 23)
    return run_week(folder, day=day, seed=job.get("seed"), progress=progress).status

for line in sys.stdin:
    job = json.loads(line)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, json.dumps(run(job)).encode())
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    said = os.read(reader, 9999)
    os.close(reader)
    if job.get("keep"):
        shutil.copytree(job["folder"], job["keep"])
    print(json.dumps([os.waitstatus_to_exitcode(status), json.loads(said or "null")]), flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A folder as the killed process left it, and as the following runs left it."""

    exit_code: int
    killed: Office
    mended: Office
    said: tuple[Any, ...]


@pytest.fixture(scope="module")
def tiny(_county: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Give the county with as little to do as a week can have."""
    office = _county.copy(tmp_path_factory.mktemp("tiny") / "永兴县")
    settings = office.path / "xunge.toml"
    text = settings.read_text("utf-8").replace("teams = 2", "teams = 1")
    settings.write_text(text.replace("days = 3", "days = 1"), "utf-8")
    open_folder(office.path)  # an empty database with its tables
    return office


@dataclass(frozen=True, slots=True)
class Workshop:
    """A process that does jobs in forks of its own, one after the other."""

    process: subprocess.Popen[str]
    errors: Path

    def run(self, jobs: list[Mapping[str, Any]]) -> list[list[Any]]:
        """Return exit code and answer of each job."""
        reader, writer = self.process.stdout, self.process.stdin
        assert reader is not None
        assert writer is not None
        answers = []
        for job in jobs:
            writer.write(json.dumps(job) + "\n")
            writer.flush()
            line = reader.readline()
            assert line, self.errors.read_text("utf-8")
            answers.append(json.loads(line))
        return answers


@pytest.fixture(scope="module")
def workshop(tiny: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Start the process; it ends with the last test, at the latest after a quarter of an hour."""
    root, errors = Path(__file__).parents[2], tmp_path_factory.mktemp("errors") / "errors.txt"
    with (
        errors.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tiny.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True,
            encoding="utf-8", cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1"},
        ) as process,
    ):  # fmt: skip
        patience = Timer(900, process.kill)
        patience.start()
        yield Workshop(process, errors)
        patience.cancel()


@pytest.fixture(scope="module")
def whole(tiny: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Give the same county after a week that nobody interrupted."""
    office = tiny.copy(tmp_path_factory.mktemp("whole") / "永兴县")
    office.week(seed="甲")
    return office


def _crashes(
    workshop: Workshop,
    job: dict[str, Any],
    office: Office,
    points: tuple[str, ...],
    base: Path,
    **first: Any,
) -> dict[str, Crash]:
    """Kill *job* at every point in a copy of *office*, keep what is left, and run it twice more."""
    jobs: list[dict[str, Any]] = []
    for point in points:
        mine = {**job, "folder": str(office.copy(base / point).path)}
        kept = str(base / f"{point} killed")
        jobs += [{**mine, **first, "kill": point, "keep": kept}, mine, mine]
    answers = workshop.run(jobs)
    made = {}
    for number, point in enumerate(points):
        (code, _), *again = answers[3 * number : 3 * number + 3]
        made[point] = Crash(
            exit_code=code, killed=replace(office, path=base / f"{point} killed"),
            mended=replace(office, path=base / point), said=tuple(said for _, said in again),
        )  # fmt: skip
    return made


@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_week_leaves_the_last_good_state_and_is_completed(
    workshop: Workshop, tiny: Office, whole: Office, tmp_path: Path, phase: str
) -> None:
    """The import is in whole or not at all; a draw on record is the draw of the finished week."""
    drawn = phase != "before the draw"
    crashes = _crashes(workshop, {"command": "week"}, tiny, PHASES[phase], tmp_path, seed="甲")
    everything = len(whole.events(EventKind.REGISTERED))
    for point, crash in crashes.items():
        assert crash.exit_code == -9, point
        rows = len(crash.killed.events(EventKind.REGISTERED))
        assert rows == (everything if drawn else 0), point
        assert len(crash.killed.events(EventKind.DRAWN)) == drawn, point
        assert audit(rounds.chain()) == [], point

        assert crash.said == ("restored" if point in RECORDED else "published", "unchanged")
        files = crash.mended.files("out/2026-W48")
        manifest = json.loads(files[MANIFEST])
        found = {name: hashlib.sha256(files[name]).hexdigest() for name in manifest}
        assert found == manifest, point
        assert set(files) == {*manifest, MANIFEST}, point
        assert not (crash.mended.out / STAGING).exists(), point
        # The second run has a seed of its own: only a draw on record is the same.
        same = files["draw.json"] == (whole.out / "draw.json").read_bytes()
        assert same == drawn, point
        assert len(crash.mended.events(EventKind.REGISTERED)) == everything, point
        assert [one["record"]["kind"] for one in rounds.chain()] == ["draw", "plan"], point
        assert audit(rounds.chain()) == [], point


def test_results_come_in_whole_or_not_at_all(
    workshop: Workshop, planned: Office, reported: Office, tmp_path: Path
) -> None:
    """Before the commit nothing is in, after it everything; running again leaves all in once."""
    filled = tmp_path / "结果回填_已填.xlsx"
    shutil.copy(reported.out / filled.name, filled)
    before, after = planned.count(), reported.count()
    job = {"command": "results", "file": str(filled)}
    for point, crash in _crashes(workshop, job, planned, RESULT_POINTS, tmp_path).items():
        committed = point == "committed"
        assert crash.exit_code == -9, point
        assert crash.killed.count() == (after if committed else before), point
        assert crash.mended.count() == after, point
        assert crash.said == (0 if committed else after - before, 0), point
