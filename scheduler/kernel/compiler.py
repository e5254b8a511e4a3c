"""The compiler of the searches, and how what it made is kept on disk."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import numba

    COMPILED = not getattr(numba.config, "DISABLE_JIT", False)
except ImportError:
    COMPILED = False

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
    return _njit(function) if COMPILED else function


def inner(function: _Function) -> _Function:
    """Compile a *function* that only compiled ones call: it needs no door to Python."""
    if not COMPILED:
        return function
    return _njit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _njit(function: _Function, **options: Any) -> _Function:
    # numba keeps compiled code under the function's name until the file of the function changes,
    # and would not notice a change in another file that the function calls.
    function.__qualname__ += f"-{_STAMP}"
    # No function makes an array, so references need no counting: that took half of the time.
    options |= {"error_model": "numpy", "_nrt": False}
    compiler: Any = numba.njit(cache=True, **options)
    try:
        return compiler(function)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        compiler = numba.njit(**options)
        return compiler(function)  # type: ignore[no-any-return]
