"""A compiler for functions that only compiled ones call: it translates them and does no more.

numba optimises every function together with all that it calls, and makes machine code of it, also
of one that is never called from Python: what is called five calls deep goes through all that five
times. Here it is translated once. What calls it from Python is optimised as a whole, which takes
half of the time, and the search is faster for it.

It stands on the insides of numba, so :mod:`scheduler.kernel.compiler` asks which one it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba import _dynfunc  # type: ignore[attr-defined]
from numba.core import typed_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass

if TYPE_CHECKING:
    from numba.core.compiler import StateDict


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
        super().run_pass(state)
        lowered = state["cr"]
        # The door for Python, which every function has to have, leads nowhere.
        module = lowered.fndesc.lookup_module()
        door = _dynfunc.make_function(module, name, "", 0, lowered.env, (state.library,))
        state.targetctx.insert_user_function(door, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=door)
        return True


class Translator(CompilerBase):
    """The usual compiler but for the last steps."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state).passes
        manager = PassManager("part")
        manager.passes.extend(
            (_Translation if one is typed_passes.NativeLowering else one, text)
            for one, text in passes
        )
        manager.finalize()
        return [manager]
