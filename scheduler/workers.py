"""Who does many jobs: this process, processes on this machine, or an existing Dask cluster.

All three keep one promise: ``map(function, jobs)`` yields a result for every job, in the order of
the jobs. A job's result depends on the job alone, so who does it changes the time and nothing else.
Functions stand at the top of a module and jobs can be pickled.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")

_PATIENCE = "10s"  # for a cluster to answer


class WorkersError(RuntimeError):
    """A cluster cannot be used; ``code`` says why, ``address`` which one."""

    def __init__(self, code: str, address: str) -> None:
        self.code, self.address = code, address
        super().__init__(f"{code}: {address}")


class Workers(Protocol):
    """Who does jobs; ``size`` of them at a time."""

    @property
    def size(self) -> int:
        """Jobs that are done at the same time."""

    def map(self, function: Callable[[_Job], _Result], jobs: Sequence[_Job]) -> Iterator[_Result]:
        """Yield the result of *function* for each of *jobs*, in their order."""

    def close(self) -> None:
        """Let the workers go."""

    def __enter__(self) -> Self:
        """Return the workers, to be let go at the end of a ``with`` statement."""

    def __exit__(self, *_: object) -> None:
        """Let the workers go."""


class _Closing:
    """What is closed at the end of a ``with`` statement."""

    def close(self) -> None:
        """Let the workers go."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Here(_Closing):
    """Nobody but this process: one job after the other."""

    size = 1

    def map(self, function: Callable[[_Job], _Result], jobs: Sequence[_Job]) -> Iterator[_Result]:
        """Yield the result of *function* for each of *jobs*, in their order."""
        yield from map(function, jobs)


class Processes(_Closing):
    """Processes on this machine, started when they are first needed.

    They are started afresh and not forked, as Windows knows no other way; what has been compiled
    before they read from the disk. Where no process can be started (by a script that does not ask
    for ``__name__ == "__main__"``, say) the jobs are done here: slower, with the same results.
    """

    def __init__(self, size: int) -> None:
        """Take *size* processes."""
        self.size = size
        self._pool: ProcessPoolExecutor | None = None
        self._broken = False

    def map(self, function: Callable[[_Job], _Result], jobs: Sequence[_Job]) -> Iterator[_Result]:
        """Yield the result of *function* for each of *jobs*, in their order."""
        done = 0
        if not self._broken and len(jobs) > 1:
            try:
                for result in self._started().map(function, jobs):
                    yield result
                    done += 1
            except BrokenProcessPool:
                self._broken = True
        yield from map(function, jobs[done:])

    def close(self) -> None:
        """Drop jobs that have not begun and let the processes end."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.size, mp_context=multiprocessing.get_context("spawn"), initializer=_listen
            )
        return self._pool


def _listen() -> None:
    """Listen to the process that gives the orders only, not to the keyboard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Cluster(_Closing):
    """A Dask cluster that is there already; its workers have the same version of Xunge."""

    def __init__(self, address: str) -> None:
        """Connect to the scheduler at *address*, such as ``tcp://127.0.0.1:8786``.

        Raises
        ------
        WorkersError
            ``no_dask`` where the package is missing, ``no_cluster`` where nobody answers.
        """
        try:
            from distributed import Client
        except ImportError as missing:
            raise WorkersError("no_dask", address) from missing
        try:
            connect: Any = Client
            self._client = connect(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as trouble:
            raise WorkersError("no_cluster", address) from trouble

    @property
    def size(self) -> int:
        """Threads of all workers."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def map(self, function: Callable[[_Job], _Result], jobs: Sequence[_Job]) -> Iterator[_Result]:
        """Yield the result of *function* for each of *jobs*, in their order."""
        # Jobs travel by themselves: inside the task graph they would be too big for it.
        sent = self._client.scatter(list(jobs), hash=False)
        futures = self._client.map(function, sent, pure=False)
        try:
            for future in futures:
                yield future.result()
        finally:
            self._client.cancel(futures)

    def close(self) -> None:
        """Disconnect; the cluster goes on."""
        self._client.close()


def hire(number: int | str = "auto", *, dask: str = "") -> Here | Processes | Cluster:
    """Return who is to do the jobs.

    Parameters
    ----------
    number
        Processes on this machine; ``auto`` takes one for each core that this process may use. One
        process is this one.
    dask
        Address of the scheduler of a Dask cluster, which then does everything.

    Raises
    ------
    WorkersError
        If the cluster cannot be used.
    ValueError
        If *number* is neither ``auto`` nor at least 1.
    """
    if dask:
        return Cluster(dask)
    size = cores() if number == "auto" else int(number)
    if size < 1:
        raise ValueError(number)
    return Here() if size == 1 else Processes(size)


def cores() -> int:
    """Return the cores that this process may use."""
    if sys.platform in ("win32", "darwin"):
        return os.cpu_count() or 1
    return len(os.sched_getaffinity(0))
