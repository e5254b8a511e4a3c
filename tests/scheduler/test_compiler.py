"""What is compiled is kept on disk, and made anew when any file of the kernel changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scheduler import ordered, ruin, solve
from scheduler.kernel import bound_search, compiler, order_search, week_search
from tests.scheduler import test_exact_weeks, test_meetings

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduler.problem import Problem

    Doubling = Callable[[int], int]

KERNEL = Path(compiler.__file__).parent
ROOT = KERNEL.parents[1]


# Begun before all others: what is compiled here once is read by every process of the run.
@pytest.mark.early
@pytest.mark.xdist_group("compiled")
@pytest.mark.parametrize(
    ("get_ready", "search"),
    [
        (ruin.get_ready, week_search.search),
        (lambda: ruin.get_ready(bound=True), bound_search.search_bound),
        (ordered.get_ready, order_search.search),
    ],
    ids=["plain", "bound", "ordered"],
)
def test_a_search_that_is_ready_is_on_the_disk(get_ready: Callable[[], None], search: Any) -> None:  # noqa: ANN401
    """Whoever gets a search ready leaves it, compiled, in the cache."""
    pytest.importorskip("numba")
    get_ready()
    assert search.signatures
    assert list(Path(search.stats.cache_path).glob(f"*{search.__name__}*.nbc"))


@pytest.mark.xdist_group("compiled")
@pytest.mark.parametrize(
    ("week", "search"),
    [
        (test_exact_weeks.small_week, week_search.search),
        (test_meetings.small_week, bound_search.search_bound),
    ],
    ids=["plain", "bound"],
)
def test_weeks_are_searched_with_the_code_that_is_ready(
    week: Callable[[int], Problem],
    search: Any,  # noqa: ANN401
) -> None:
    """Tables of real weeks are laid out as those made ready: nothing is compiled once more."""
    pytest.importorskip("numba")
    ruin.get_ready()
    ruin.get_ready(bound=True)
    solve.plan(week(1), effort=1)
    assert len(search.signatures) == 1


def test_the_stamp_changes_with_every_file_of_the_kernel(tmp_path: Path) -> None:
    """Whichever source file is altered, renamed or added, the stamp is another one."""
    copy = tmp_path / "kernel"
    shutil.copytree(KERNEL, copy, ignore=shutil.ignore_patterns("__pycache__"))
    files = sorted(copy.glob("*.py"))
    seen = {compiler.stamp(copy)}
    assert seen == {compiler.stamp(KERNEL)}
    for file in files:
        file.write_text(file.read_text(encoding="utf-8") + "# altered\n", encoding="utf-8")
        seen.add(compiler.stamp(copy))
    files[0].rename(copy / "another.py")
    seen.add(compiler.stamp(copy))
    (copy / "one_more.py").touch()
    seen.add(compiler.stamp(copy))
    (copy / "no_source.txt").touch()
    assert compiler.stamp(copy) in seen
    assert len(seen) == len(files) + 3
    assert compiler.stamp(tmp_path / "frozen") == compiler.stamp(tmp_path)


def test_searches_are_kept_under_the_stamp() -> None:
    """The name under which a search is kept on disk ends in the stamp of all files."""
    pytest.importorskip("numba")
    for search in (week_search.search, bound_search.search_bound, order_search.search):
        assert search.py_func.__qualname__.endswith(f"-{compiler.stamp(KERNEL)}")


def test_what_calls_a_changed_function_is_compiled_anew(tmp_path: Path) -> None:
    """A function kept on disk does not outlive a change in another file that it calls."""
    pytest.importorskip("numba")
    package = tmp_path / "tiny"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in ("compiler.py", "linking.py"):
        source = (KERNEL / name).read_text(encoding="utf-8")
        (package / name).write_text(source.replace("scheduler.kernel", "tiny"), encoding="utf-8")
    called = "from tiny.compiler import inner\n@inner\ndef number(x):\n    return x + {}\n"
    (package / "caller.py").write_text(
        "from tiny.called import number\nfrom tiny.compiler import compiled\n"
        "@compiled\ndef ask(x):\n    return number(x)\n"
    )
    code = "from tiny.caller import ask; print(ask(40), sum(ask.stats.cache_hits.values()))"

    def run(more: int) -> str:
        (package / "called.py").write_text(called.format(more))
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": ""},
        ).stdout  # fmt: skip

    assert [run(1), run(1), run(2)] == ["41 0\n", "41 1\n", "42 0\n"]


def test_a_cache_that_cannot_be_kept_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither the package nor the home can be written, numba compiles without a cache."""
    numba = pytest.importorskip("numba")
    numba.njit(lambda x: x)(0)  # with the first one numba loads parts that it compiles itself
    real, asked = numba.njit, []

    def njit(**options: bool) -> Callable[[Doubling], Doubling]:
        asked.append(options.get("cache", False))

        def compile_(function: Doubling) -> Doubling:
            if options.get("cache"):
                raise RuntimeError("no locator available")
            return real(**options)(function)

        return compile_

    monkeypatch.setattr(numba, "njit", njit)
    double: Doubling = compiler.compiled(lambda x: 2 * x)
    assert double(21) == 42
    assert asked == [True, False]


def test_any_numba_compiles_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that the quick compiler is not made for takes the usual way, to the same end."""
    numba = pytest.importorskip("numba")
    quick = compiler.inner(lambda x: 3 * x)
    compiler._compilers.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(numba, "__version__", "9.0")
        usual = compiler.inner(lambda x: 3 * x)
        assert compiler._compilers() is None
    compiler._compilers.cache_clear()
    made = (compiler.compiled(lambda x: quick(x)), compiler.compiled(lambda x: usual(x)))
    assert [one(5) for one in made] == [15, 15]


def test_what_numba_remembers_while_compiling_ends_with_it() -> None:
    """Numba is as it was afterwards; in between each of its definitions is looked up once."""
    pytest.importorskip("numba")
    context = pytest.importorskip("numba.core.typing.context").BaseContext
    usual = context.resolve_function_type
    with compiler.undisturbed():
        assert (context.resolve_function_type is usual) == (compiler._compilers() is None)
        assert compiler.compiled(lambda x: max(x, 2) + x // 2)(7) == 10
    assert context.resolve_function_type is usual


def test_no_index_of_the_kernel_counts_from_the_end() -> None:
    """Compiled code takes every index as it is, so a negative one would read something else."""
    code = (
        "import sys\n"
        "sys.modules['numba'] = None\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from dataclasses import replace\n"
        "import numpy as np\n"
        "import test_exact_rich_weeks, test_exact_weeks, test_meetings, test_ordered, test_ruin\n"
        "from scheduler import balance, bonds, ordered, ruin\n"
        "from scheduler.kernel import bound_search, order_search, week_search\n"
        "class Watched(np.ndarray):\n"
        "    def __getitem__(self, at):\n"
        "        return super().__getitem__(watched(at))\n"
        "    def __setitem__(self, at, value):\n"
        "        super().__setitem__(watched(at), value)\n"
        "def watched(at):\n"
        "    for one in at if isinstance(at, tuple) else (at,):\n"
        "        assert isinstance(one, slice) or one >= 0, at\n"
        "    return at\n"
        "def watch(module, name):\n"
        "    plain = getattr(module, name)\n"
        "    def run(*given):\n"
        "        return plain(*(type(one)(*(table.view(Watched) for table in one))\n"
        "                       if isinstance(one, tuple) else one for one in given))\n"
        "    setattr(module, name, run)\n"
        "for module in (bound_search, bonds):\n"
        "    watch(module, 'search_bound')\n"
        "watch(week_search, 'search')\n"
        "watch(order_search, 'search')\n"
        "compared = []\n"
        "weeks = [test_ruin._week(7, visits=25, days=30)]\n"
        "for at in range(4):\n"
        "    weeks += [test_meetings.small_week(at), test_exact_weeks.small_week(at),\n"
        "              test_exact_rich_weeks.rich_week(at)]\n"
        "for week in weeks:\n"
        "    days = [replace(day, end=day.start + 32_400) for day in week.team_days]\n"
        "    even = week.replace(spread=50, team_days=tuple(days))\n"
        "    compared.append(len(balance.teams(even)) > 1)\n"
        "    for one in (week, even):\n"
        "        ruin.search(one, visits=week.visits, iterations=40, seed=3,\n"
        "                    penalties={visit.id: 9_000 for visit in week.visits})\n"
        "ordered.search(test_ordered._day(1, calls=9, crews=3), seed=1, iterations=300)\n"
        "print(len(weeks), sum(compared))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("13 13\n", 0), done.stderr
