"""Compilers for functions that only compiled ones call, and for those that Python calls.

numba optimises every function together with all that it calls, and makes machine code of it, also
of one that is never called from Python: what is called five calls deep goes through all that five
times. Here it is only translated, once. What Python calls is optimised as a whole with copies of
all that it calls, of which the optimiser then knows that nobody else does: most are laid into what
calls them, the others lose the arguments that they never look at, of which every array has eight.
Nor is an index asked whether it counts from the end: in the kernel none does. With both the search
takes two thirds of the time. Of the passes of numba it goes through those that such functions need,
and what numba has found out once it is not asked to find out again.

It stands on the insides of numba, so :mod:`scheduler.kernel.compiler` asks which one it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from numba import _dynfunc  # type: ignore[attr-defined]
from numba.core import typed_passes, types, untyped_passes
from numba.core.base import BaseContext as Target
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typing.context import BaseContext as Typing
from numba.np import arrayobj

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numba.core.compiler import StateDict
    from numba.core.typing.templates import Signature

_SPARED = frozenset(
    {
        typed_passes.AnnotateTypes,
        typed_passes.DumpParforDiagnostics,
        typed_passes.InlineOverloads,
        typed_passes.NopythonRewrites,
        untyped_passes.DeadBranchPrune,
        untyped_passes.FindLiterallyCalls,
        untyped_passes.InlineClosureLikes,
        untyped_passes.InlineInlinables,
        untyped_passes.LiteralPropagationSubPipelinePass,
        untyped_passes.LiteralUnroll,
        untyped_passes.MakeFunctionToJitFunction,
        untyped_passes.RewriteDynamicRaises,
        untyped_passes.RewriteSemanticConstants,
        untyped_passes.WithLifting,
    }
)
"""Passes for closures, whole arrays, exceptions and the like, of which the kernel has none."""

_SHARED = "linkonce_odr"  # how numba links what it links


@contextmanager
def _counting_from_the_front() -> Iterator[None]:
    """Take every index as it is, while this lasts, also one below zero."""
    usual = arrayobj.fix_integer_index

    def as_it_is(context: Target, builder: Any, kind: Any, index: Any, _size: Any) -> Any:  # noqa: ANN401
        return context.cast(builder, index, kind, types.intp)

    arrayobj.fix_integer_index = as_it_is
    try:
        yield
    finally:
        arrayobj.fix_integer_index = usual


class _Part(JITCodeLibrary):
    """Code that is only ever linked into other code."""

    def _optimize_final_module(self) -> None:
        """Leave it to the code that this is linked into."""

    def _finalize_final_module(self) -> None:
        """Be ready for linking, without machine code."""
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _Translation(typed_passes.NativeLowering):
    """Lowering without the steps after it."""

    _name = "part_lowering"

    def run_pass(self, state: StateDict) -> bool:
        """Translate a function, and let others call it by linking."""
        name = state.func_id.func_qualname
        state.library = _Part(state.targetctx.codegen(), name)
        state.flags.no_compile = True
        with _counting_from_the_front():
            super().run_pass(state)
        lowered = state["cr"]
        # The door for Python, which every function has to have, leads nowhere.
        module = lowered.fndesc.lookup_module()
        door = _dynfunc.make_function(module, name, "", 0, lowered.env, (state.library,))
        state.targetctx.insert_user_function(door, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=door)
        return True


class _Whole(JITCodeLibrary):
    """Code that Python calls, with copies of its own of all that it calls."""

    def _optimize_final_module(self) -> None:
        """Tell the optimiser that nobody else calls the copies."""
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage.name == _SHARED:
                function.linkage = "internal"
        super()._optimize_final_module()


@register_pass(mutates_CFG=True, analysis_only=False)
class _Compilation(typed_passes.NativeLowering):
    """Lowering into such code."""

    _name = "whole_lowering"

    def run_pass(self, state: StateDict) -> bool:
        """Compile a function."""
        state.library = _Whole(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        with _counting_from_the_front():
            return bool(super().run_pass(state))


def _passes(compiler: CompilerBase, lowering: type) -> PassManager:
    """Return the usual passes but those that are spared, with *lowering* for numba's own."""
    usual = DefaultPassBuilder.define_nopython_pipeline(compiler.state).passes
    manager = PassManager(lowering.__name__)
    manager.passes.extend(
        (lowering if one is typed_passes.NativeLowering else one, text)
        for one, text in usual
        if one not in _SPARED
    )
    manager.finalize()
    return manager


class Translator(CompilerBase):
    """The usual compiler but for the last steps."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        return [_passes(self, _Translation)]


class Finisher(CompilerBase):
    """The usual compiler but for the code that it makes."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        return [_passes(self, _Compilation)]


@contextmanager
def remembering() -> Iterator[None]:
    """Let numba remember what it finds out about its own functions, while this lasts.

    For each sum of two integers it tries some twenty definitions of a sum, and for each array
    looked at it loads its registries anew.
    """
    known: dict[Any, Signature | None] = {}
    resolve, get = Typing.resolve_function_type, Target.get_function

    def resolve_once(context: Typing, func: Any, args: Any, kws: Any) -> Any:  # noqa: ANN401
        if kws or not isinstance(func, types.Function):
            return resolve(context, func, args, kws)
        key = context, func, tuple(args)
        if key not in known:
            known[key] = resolve(context, func, args, kws)
        return known[key]

    # What has a name only is defined in numba itself, from the beginning or not at all.
    def get_known(context: Target, fn: Any, sig: Any, _firstcall: Any = True) -> Any:  # noqa: ANN401
        return get(context, fn, sig, _firstcall and not isinstance(fn, str))

    Typing.resolve_function_type = resolve_once  # type: ignore[method-assign]
    Target.get_function = get_known  # type: ignore[method-assign]
    try:
        yield
    finally:
        Typing.resolve_function_type = resolve  # type: ignore[method-assign]
        Target.get_function = get  # type: ignore[method-assign]
