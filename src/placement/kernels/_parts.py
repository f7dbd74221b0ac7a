"""How numba compiles a function that is inlined into kernels: only as far as they need it.

In: nothing.  Out: ``InlinedCompiler``, the pipeline that ``_jit.inlined`` gives to numba.

By itself, numba optimizes every function and makes machine code of it, and optimizes it again in
each function that calls it.  For functions that are only ever inlined the first is of no use: it is
a fifth of what the first placement takes where nothing is compiled yet.
"""

from __future__ import annotations

from typing import Any

from numba.core import codegen, compiler, compiler_machinery, cpu, typed_passes

__all__ = ["InlinedCompiler"]

_Library: Any = codegen.JITCodeLibrary
_Lowering: Any = typed_passes.NativeLowering
_Builder: Any = compiler.DefaultPassBuilder
_register: Any = compiler_machinery.register_pass
_cpu: Any = cpu
_make_function: Any = _cpu._dynfunc.make_function
"""Parts of numba, which have no types."""


def _leave(_: Any) -> None:
    """Do nothing where numba would optimize code that callers optimize."""


def _finish(library: Any) -> None:
    """Be ready to be linked into callers, without machine code."""
    library._finalize_dynamic_globals()
    library._finalized = True


_InlinedLibrary: Any = type(
    "_InlinedLibrary",
    (_Library,),
    {"_optimize_final_module": _leave, "_finalize_final_module": _finish},
)


def _lower(_: Any, state: Any) -> bool:
    """Write the code of a function, as numba does, into a library that stays as it is."""
    state.library = _InlinedLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
    state.library.enable_object_caching()
    state.flags.no_compile = True
    _Lowering.run_pass(_Lowering(), state)
    state.flags.no_compile = False
    lowered = state["cr"]
    named = lowered.fndesc
    # numba knows a compiled function by an object of this type, which nobody calls.
    entry = _make_function(
        named.lookup_module(), named.qualname, "inlined", 0, lowered.env, (state.library,)
    )
    state.targetctx.insert_user_function(entry, named, [state.library])
    state.reload_init.extend(state.library._reload_init)
    state["cr"] = lowered._replace(cfunc=entry)
    return True


_InlinedLowering: Any = _register(mutates_CFG=True, analysis_only=False)(
    type("_InlinedLowering", (_Lowering,), {"_name": "inlined_lowering", "run_pass": _lower})
)


def _pipelines(self: Any) -> list[Any]:
    """Return numba's own passes, with another one that writes the code."""
    builder = _Builder.define_nopython_pipeline(self.state)
    builder.passes = [
        (_InlinedLowering if step is _Lowering else step, text) for step, text in builder.passes
    ]
    builder.finalize()
    return [builder]


InlinedCompiler: Any = type(
    "InlinedCompiler", (compiler.CompilerBase,), {"define_pipelines": _pipelines}
)
