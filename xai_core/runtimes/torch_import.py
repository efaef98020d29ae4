"""Import of torch that other threads may watch.

For every type that they meet, SciPy and scikit-learn ask `sys.modules["torch"].Tensor` once there is such a module.
Python puts a module there before it has any content, and importing torch takes seconds. A thread that calls SciPy
meanwhile would fail with "partially initialized module 'torch' has no attribute 'Tensor'".
"""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType

_NAME = "torch"


class _Nothing:
    """Type of which nothing is an instance, in place of the type of tensors until there is one."""


class _Loader(SourceFileLoader):
    """Loader that gives a module the attribute `Tensor` before the module runs."""

    def exec_module(self, module: ModuleType) -> None:
        module.Tensor = _Nothing  # type: ignore[attr-defined]
        super().exec_module(module)


class _Finder(MetaPathFinder):
    """Finder that hands torch to `_Loader`, and takes part in no other import."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - of the protocol
        target: ModuleType | None = None,  # noqa: ARG002 - of the protocol
    ) -> ModuleSpec | None:
        if fullname != _NAME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(_NAME)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def allow_other_threads() -> None:
    """Let other threads use SciPy while a later import of torch is under way."""
    if _NAME not in sys.modules and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
