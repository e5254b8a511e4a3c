"""A process killed at any point leaves the last good state, and running again completes it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import EventKind
from scheduler.ledger import audit
from xunge import rounds
from xunge.publish import MANIFEST, STAGING
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.xunge.conftest import Office

pytestmark = [
    pytest.mark.skipif(
        not hasattr(os, "fork"), reason="crash tests: this system has neither SIGKILL nor fork"
    ),
    pytest.mark.xdist_group("crash"),
]

# A stage of the week (killed as it ends), or the n-th time that a file is written or moved.
WEEK_POINTS = (
    "stage:checked", "stage:set aside", "stage:kept enterprises", "stage:places", "stage:drawn",
    "stage:planned", "stage:sheet 1", "write:3", "stage:staged", "stage:recorded", "move:4",
)  # fmt: skip
RESULT_POINTS = ("read", "appended", "committed")
DRAWN_FROM = WEEK_POINTS.index("stage:drawn")

# Loads everything once; every job runs in a fork of its own, which kills itself where it is told.
SCRIPT = """
import datetime as dt, json, os, shutil, signal, sys
from pathlib import Path
from geo.address import Resolver
from xunge import intake, publish, results
from xunge.week import open_folder, run_week

Resolver(intake._gazetteer(), home="431023").resolve("便江街道")

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
        results._checked = dying(results._checked, at=1)
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
        return sum(taken.counts.values())
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


def _run(jobs: list[Mapping[str, Any]]) -> list[list[Any]]:
    """Run jobs one after the other; return exit code and answer of each."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input="\n".join(json.dumps(job) for job in jobs), text=True, capture_output=True,
        encoding="utf-8", timeout=900, check=False, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def tiny(_county: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Give the county with as little to do as a week can have."""
    office = _county.copy(tmp_path_factory.mktemp("tiny") / "永兴县")
    settings = office.path / "xunge.toml"
    text = settings.read_text("utf-8").replace("teams = 2", "teams = 1")
    settings.write_text(text.replace("days = 3", "days = 1"), "utf-8")
    open_folder(office.path)  # an empty database with its tables
    return office


@pytest.fixture(scope="module")
def crashes(tiny: Office, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Crash]:
    """Kill a week at every point, keep what is left, and run it twice more."""
    base = tmp_path_factory.mktemp("crashes")
    whole = tiny.copy(base / "whole")
    jobs: list[dict[str, Any]] = [{"command": "week", "folder": str(whole.path), "seed": "甲"}]
    for number, point in enumerate(WEEK_POINTS):
        job = {"command": "week", "folder": str(tiny.copy(base / f"{number}").path)}
        kept = str(base / f"{number}-killed")
        jobs += [{**job, "seed": "甲", "kill": point, "keep": kept}, {**job, "seed": "乙"}, job]
    (_, *answers) = _run(jobs)
    made = {"": Crash(exit_code=0, killed=whole, mended=whole, said=())}
    for number, point in enumerate(WEEK_POINTS):
        (code, _), *again = answers[3 * number : 3 * number + 3]
        made[point] = Crash(
            exit_code=code, killed=type(tiny)(path=base / f"{number}-killed"),
            mended=type(tiny)(path=base / f"{number}"), said=tuple(said for _, said in again),
        )  # fmt: skip
    return made


@pytest.mark.parametrize("point", WEEK_POINTS)
def test_a_week_that_was_killed_leaves_the_last_good_state(
    crashes: dict[str, Crash], point: str
) -> None:
    """The import is in whole or not at all, the chain is whole, a draw is there or it is not."""
    crash, at = crashes[point], WEEK_POINTS.index(point)
    assert crash.exit_code == -9
    all_rows = len(crashes[""].killed.events(EventKind.REGISTERED))
    rows = len(crash.killed.events(EventKind.REGISTERED))
    assert rows == (all_rows if at >= DRAWN_FROM else 0)
    assert len(crash.killed.events(EventKind.DRAWN)) == (at >= DRAWN_FROM)
    assert audit(rounds.chain()) == []


@pytest.mark.parametrize("point", WEEK_POINTS)
def test_running_again_completes_a_killed_week(crashes: dict[str, Crash], point: str) -> None:
    """Every file is there, and a draw that was recorded is the draw of the week."""
    crash, whole = crashes[point], crashes[""].mended
    recorded = WEEK_POINTS.index(point) >= WEEK_POINTS.index("stage:recorded")
    assert crash.said == ("restored" if recorded else "published", "unchanged")
    files = crash.mended.files("out/2026-W48")
    manifest = json.loads(files[MANIFEST])
    assert {name: hashlib.sha256(files[name]).hexdigest() for name in manifest} == manifest
    assert set(files) == {*manifest, MANIFEST}
    assert not (crash.mended.out / STAGING).exists()
    same = files["draw.json"] == whole.files("out/2026-W48")["draw.json"]
    assert same == (WEEK_POINTS.index(point) >= DRAWN_FROM)
    open_folder(crash.mended.path)
    assert [one["record"]["kind"] for one in rounds.chain()] == ["draw", "plan"]
    assert audit(rounds.chain()) == []
    everything = len(whole.events(EventKind.REGISTERED))
    assert len(crash.mended.events(EventKind.REGISTERED)) == everything


@pytest.fixture(scope="module")
def result_crashes(
    _planned: Office, _reported: Office, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Crash]:
    """Kill the intake of results at every point, keep what is left, and run it twice more."""
    base = tmp_path_factory.mktemp("result-crashes")
    filled = base / "结果回填_已填.xlsx"
    shutil.copy(_reported.out / filled.name, filled)
    jobs: list[dict[str, Any]] = []
    for point in RESULT_POINTS:
        folder = _planned.copy(base / point).path
        job = {"command": "results", "folder": str(folder), "file": str(filled)}
        jobs += [{**job, "kill": point, "keep": str(base / f"{point}-killed")}, job, job]
    answers = _run(jobs)
    made = {}
    for number, point in enumerate(RESULT_POINTS):
        (code, _), *again = answers[3 * number : 3 * number + 3]
        made[point] = Crash(
            exit_code=code, killed=type(_planned)(path=base / f"{point}-killed"),
            mended=type(_planned)(path=base / point), said=tuple(said for _, said in again),
        )  # fmt: skip
    return made


@pytest.mark.parametrize("point", RESULT_POINTS)
def test_results_come_in_whole_or_not_at_all(
    result_crashes: dict[str, Crash], planned: Office, reported: Office, point: str
) -> None:
    """Before the commit nothing is in, after it everything; running again leaves all in once."""
    crash, before, after = result_crashes[point], planned.count(), reported.count()
    assert crash.exit_code == -9
    assert crash.killed.count() == (after if point == "committed" else before)
    assert crash.mended.count() == after
    assert crash.said == (0 if point == "committed" else after - before, 0)
