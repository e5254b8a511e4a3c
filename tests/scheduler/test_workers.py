"""Workers: results in the order of the jobs, whoever does them; trouble is named."""

from __future__ import annotations

import builtins
import importlib.util
import operator
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scheduler import workers

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HAS_DASK = importlib.util.find_spec("distributed") is not None
needs_dask = pytest.mark.skipif(not HAS_DASK, reason="distributed is not installed")

UNGUARDED = """
import operator
from scheduler.workers import Processes
with Processes(2) as crew:
    print(list(crew.map(operator.neg, [1, 2, 3])))
"""


@pytest.fixture(scope="module")
def processes() -> Iterator[workers.Processes]:
    """Return two processes on this machine."""
    with workers.Processes(2) as crew:
        yield crew


def test_here_keeps_the_order_and_waits_to_be_asked() -> None:
    """One process does one job at a time, each only when its result is asked for."""
    results = workers.Here().map(operator.truth, [3, 0, 1])
    assert list(results) == [True, False, True]
    half = workers.Here().map(operator.index, [1, "not a number"])
    assert next(half) == 1


def test_processes_keep_the_order(processes: workers.Processes) -> None:
    """Jobs that take their time differently come back in the order in which they were given."""
    jobs = [10**6, 10, 10**5, 1]
    assert list(processes.map(range, jobs)) == [range(job) for job in jobs]


def test_a_job_that_fails_in_a_process_says_so(processes: workers.Processes) -> None:
    """What a job raises in another process is raised here, and the processes go on."""
    with pytest.raises(TypeError):
        list(processes.map(operator.neg, [1, "text", 2]))
    assert list(processes.map(operator.neg, [1, 2])) == [-1, -2]


def test_processes_that_cannot_start_leave_the_jobs_to_this_one(tmp_path: Path) -> None:
    """A script without a guard, which no process can be started from, still gets its results."""
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED, "utf-8")
    run = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.stdout.splitlines()[-1] == "[-1, -2, -3]"


def test_hiring_by_number() -> None:
    """One process is this one; ``auto`` is a process for each core; none is refused."""
    assert isinstance(workers.hire(1), workers.Here)
    with workers.hire(3) as crew:
        assert (type(crew), crew.size) == (workers.Processes, 3)
    assert workers.hire("auto").size == workers.cores()
    with pytest.raises(ValueError, match="0"):
        workers.hire(0)


def test_without_the_package_a_cluster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Dask is not installed the error says so and names the address."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> object:
        if name == "distributed":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(workers.WorkersError) as refused:
        workers.hire(dask="tcp://127.0.0.1:1")
    assert (refused.value.code, refused.value.address) == ("no_dask", "tcp://127.0.0.1:1")


@needs_dask
def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers the error names the address after a short while."""
    monkeypatch.setattr(workers, "_PATIENCE", "300ms")
    with pytest.raises(workers.WorkersError) as refused:
        workers.hire(dask="tcp://127.0.0.1:1")
    assert (refused.value.code, refused.value.address) == ("no_cluster", "tcp://127.0.0.1:1")


@needs_dask
def test_a_cluster_keeps_the_order(cluster: str) -> None:
    """A Dask cluster gives results in the order of the jobs and raises what a job raises."""
    with workers.hire(dask=cluster) as crew:
        assert isinstance(crew, workers.Cluster)
        assert crew.size >= 1
        assert list(crew.map(operator.neg, [3, 1, 2])) == [-3, -1, -2]
        with pytest.raises(TypeError):
            list(crew.map(operator.neg, [1, "text"]))
