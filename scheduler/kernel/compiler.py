"""The compiler of the searches, and how what it made is kept on disk."""

from __future__ import annotations

import gc
import hashlib
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from numba.core.compiler import CompilerBase

try:
    import numba

    COMPILED = not getattr(numba.config, "DISABLE_JIT", False)
except ImportError:
    COMPILED = False

# No function makes an array, so references need no counting: that took half of the time.
_OPTIONS = {"error_model": "numpy", "_nrt": False}

_TRIED = "0.68."  # versions of numba whose insides the quick compiler knows

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def stamp(folder: Path) -> str:
    """Return a few letters that change with any source file of *folder*.

    Without source files (in a frozen program) they never do.
    """
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(f"{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


_STAMP = stamp(Path(__file__).parent)


def compiled(function: _Function) -> _Function:
    """Compile *function* at its first call where numba is there, and keep the result on disk."""
    if not COMPILED:
        return function
    makers = _compilers()
    return _kept(function, {**_OPTIONS, **({"pipeline_class": makers[1]} if makers else {})})


@contextmanager
def undisturbed() -> Iterator[None]:
    """Look for no garbage, of which there is little, while compiling, and ask nothing twice."""
    collects = gc.isenabled()
    gc.disable()
    try:
        with _remembering():
            yield
    finally:
        if collects:
            gc.enable()


def _remembering() -> AbstractContextManager[None]:
    if not COMPILED or _compilers() is None:
        return nullcontext()
    from scheduler.kernel.linking import remembering

    return remembering()


def missing(function: Callable[..., object]) -> bool:
    """Tell whether compiled code of *function* could be kept on disk and is not there yet."""
    folder = getattr(getattr(function, "stats", None), "cache_path", None)
    if folder is None:
        return False
    name = getattr(function, "py_func", function).__qualname__
    return not any(Path(folder).glob(f"*.{name}-*.nbc"))


def inner(function: _Function) -> _Function:
    """Compile a *function* that only compiled ones call: it is kept on disk as a part of them."""
    if not COMPILED:
        return function
    options: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **_OPTIONS}
    makers = _compilers()
    if makers:
        return numba.njit(pipeline_class=makers[0], **options)(function)  # type: ignore[no-any-return]
    return _kept(function, options)


@cache
def _compilers() -> tuple[type[CompilerBase], type[CompilerBase]] | None:
    """Return compilers of inner functions and of others, where numba is what they are made for."""
    if not numba.__version__.startswith(_TRIED):
        return None
    from scheduler.kernel.linking import Finisher, Translator

    return Translator, Finisher


def _kept(function: _Function, options: dict[str, Any]) -> _Function:
    # numba keeps compiled code under the function's name until the file of the function changes,
    # and would not notice a change in another file that the function calls.
    function.__qualname__ += f"-{_STAMP}"
    compiler: Any = numba.njit(cache=True, **options)
    try:
        return compiler(function)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        compiler = numba.njit(**options)
        return compiler(function)  # type: ignore[no-any-return]
