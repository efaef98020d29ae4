"""Reading of files that `torch.save` wrote, without executing anything from them.

torch's restricted unpickler builds tensors and plain containers. Objects of other classes, which training scripts store
beside the weights, are replaced by inert stand-ins that only remember their values.
"""

import pickle
import re
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.sources.file_kinds import damaged

_LOCK = threading.Lock()
"""Lock around torch's list of allowed classes, which is one for the process."""

_SAVE_WEIGHTS = deferred("Save the weights alone: torch.save(model.state_dict(), FILE).")

A_MODULE = deferred("a module")
"""Name of an object of which nothing else is known."""

_FASTAI = ("fastai.", "fastcore.")
"""Starts of the names of fastai's classes and of those that it is built on."""

_MAX_CLASSES = 200
"""Most classes that a file may need."""

_DANGEROUS = re.compile(
    "_io|asyncio|bdb|builtins|cProfile|code|codeop|commands|ctypes|dill|cloudpickle|http|importlib|inspect|io|joblib|"
    "marshal|multiprocessing|nt|operator|os|pdb|pickle|pip|platform|posix|profile|pty|requests|runpy|shutil|signal|"
    "site|socket|subprocess|sys|sysconfig|tempfile|threading|timeit|trace|urllib|webbrowser"
)
"""Modules of which no model file needs anything; a file that names them is meant to run code."""


class Inert:
    """Stand-in for an object of a class that is not loaded.

    Attributes
    ----------
    values
        Attributes of the object by name, as far as the file has them.
    arguments
        Arguments of its constructor.
    """

    def __new__(cls, *arguments: object, **_named: object) -> Self:
        """Return a stand-in without running any constructor."""
        stand_in = super().__new__(cls)
        stand_in.values = {}
        stand_in.arguments = arguments
        return stand_in

    values: dict[str, Any]
    arguments: tuple[Any, ...]

    def __init__(self, *_arguments: object, **_named: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        parts = state if isinstance(state, tuple) else (state,)
        for part in parts:
            if isinstance(part, dict):
                self.values.update({str(key): value for key, value in part.items()})
        self.state = state

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class InertArray(Inert):
    """Stand-in for an array of numpy."""

    def array(self) -> NDArray[Any] | None:
        """Return the array of numbers or text, None for one of objects."""
        state = getattr(self, "state", None)
        if not isinstance(state, tuple) or len(state) != 5:
            return None
        _, shape, kind, by_columns, data = state
        dtype = kind.dtype() if isinstance(kind, InertType) else None
        if dtype is None or not isinstance(data, bytes):
            return None
        return np.frombuffer(data, dtype).reshape(shape, order="F" if by_columns else "C").copy()


class InertType(Inert):
    """Stand-in for a dtype of numpy."""

    def dtype(self) -> "np.dtype[Any] | None":
        """Return the dtype if it is one of numbers or text."""
        code = self.arguments[0] if self.arguments else ""
        if not isinstance(code, str) or not re.fullmatch(r"[<>|=]?[biufSU?]\d{0,4}", code):
            return None
        state = getattr(self, "state", None)
        order = state[1] if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">") else ""
        return np.dtype(order + code.lstrip("<>|="))


def _mapping(*_arguments: object) -> "OrderedDict[Any, Any]":
    return OrderedDict()


class _InertMapping(Inert):
    """Stand-in for a class of dictionaries."""

    def __new__(cls, *_arguments: object, **_named: object) -> Any:
        return OrderedDict()


def _array(*_arguments: object) -> InertArray:
    return InertArray()


def _scalar(kind: object, data: object = None) -> object:
    dtype = kind.dtype() if isinstance(kind, InertType) else None
    if dtype is None or not isinstance(data, bytes) or len(data) != dtype.itemsize:
        return Inert()
    return np.frombuffer(data, dtype)[0].item()


def _object(*arguments: object) -> Inert:
    return Inert(*arguments)


def _path(*parts: object) -> str:
    return "/".join(str(part) for part in parts)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "collections.defaultdict": _mapping,
    "collections.deque": _object,
    "copyreg._reconstructor": _object,
    "copy_reg._reconstructor": _object,
    "functools.partial": _object,
    "getattr": _object,
    "builtins.getattr": _object,
    **{f"pathlib.{kind}": _path for kind in ("Path", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")},
    **{f"pathlib._local.{kind}": _path for kind in ("Path", "PosixPath", "WindowsPath")},
    **{f"datetime.{kind}": _object for kind in ("datetime", "date", "time", "timedelta", "timezone")},
    **{f"builtins.{kind}": _object for kind in ("object", "slice", "range", "frozenset")},
    **dict.fromkeys(("object", "slice", "range", "frozenset", "type", "int", "float", "str", "list", "dict"), _object),
    **{
        f"{module}.multiarray.{function}": stand_in
        for module in ("numpy.core", "numpy._core")
        for function, stand_in in (("_reconstruct", _array), ("scalar", _scalar))
    },
}
"""Stand-ins for what is no class by its name."""

_CLASSES: dict[str, type[Inert]] = {"numpy.dtype": InertType, "numpy.ndarray": InertArray}
"""Stand-ins of their own; all other classes get a subclass of `Inert`."""


def read_torch_file(path: Path) -> object:
    """Read the content of a file that `torch.save` wrote, of any version.

    Raises
    ------
    ModelRefused
        If the file is damaged, or names functions that opening it would call.
    """
    allowed: dict[str, Any] = _named_in_archive(path)
    while True:
        try:
            with warnings.catch_warnings(), _LOCK:
                warnings.simplefilter("ignore")
                with torch.serialization.safe_globals([(stand_in, name) for name, stand_in in allowed.items()]):
                    return torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as fault:
            if not _learn(str(fault), allowed) or len(allowed) > _MAX_CLASSES:
                raise _refused(path, fault, allowed) from fault
        except Exception as fault:  # a damaged archive surfaces as almost any exception
            raise damaged(path, fault) from fault


def _named_in_archive(path: Path) -> dict[str, Any]:
    """Return stand-ins for the classes that an archive names, as far as torch can list them."""
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:  # noqa: BLE001 - it reads no files of old versions; the loop of the caller finds the names
        return {}
    return {name: stand_in for name in names if (stand_in := _stand_in(name)) is not None}


def _learn(message: str, allowed: dict[str, Any]) -> bool:
    """Add a stand-in for what the unpickler missed, and return False if there is none."""
    if missing := re.search(r"GLOBAL (\S+) was not", message):
        name = missing[1]
        # torch leaves "builtins." out in its message.
        full = name if "." in name else f"builtins.{name}"
        stand_in = _stand_in(full) or _stand_in(name)
        if stand_in is None or full in allowed:
            return False
        allowed[full] = stand_in
        return True
    # An object that is filled like a dictionary is one of a subclass of dict.
    filled = re.search(r"SETITEMS?.*?got.*?'?Inert_(\w+)", message)
    for name, stand_in in allowed.items() if filled else ():
        if isinstance(stand_in, type) and stand_in.__name__ == f"Inert_{filled[1] if filled else ''}":
            allowed[name] = type(f"InertMapping_{len(allowed)}", (_InertMapping,), {})
            return True
    return False


def _stand_in(name: str) -> Any:
    """Return the stand-in for a name in a pickle, or None where the name is one of a function."""
    if name in _FUNCTIONS:
        # A new function for each name: torch looks names up by the function.
        return _FUNCTIONS[name]
    if name in _CLASSES:
        return _CLASSES[name]
    module, _, last = name.rpartition(".")
    # Classes begin with a capital letter by custom. Were it a function, its stand-in would still do nothing; the
    # file is refused then because its author expected code to run.
    if not module or _DANGEROUS.fullmatch(module.partition(".")[0]) or not last[:1].isupper():
        return None
    return type(f"Inert_{abs(hash(name))}", (Inert,), {"origin": name})


def _refused(path: Path, fault: Exception, allowed: dict[str, Any]) -> ModelRefused:
    if foreign := re.search(r"GLOBAL (\S+)", str(fault)):
        # The first name in an exported learner is one of fastcore, on which fastai is built.
        if foreign[1].startswith(_FASTAI) or any(name.startswith(_FASTAI) for name in allowed):
            return holds_objects(path, foreign[1])
        return ModelRefused(_holds_code(path, foreign[1]), _SAVE_WEIGHTS)
    # Versions of torch before 1.6 store a module's source beside it.
    if "persistent_load of storage" in str(fault):
        return holds_objects(path, next((name for name in allowed if name not in _FUNCTIONS), A_MODULE))
    return damaged(path, fault)


def holds_objects(path: Path, name: str) -> ModelRefused:
    """Return the error for a file that holds an object whose class would have to be loaded."""
    if name.startswith(_FASTAI):
        return ModelRefused(
            deferred(
                "{file} is a fastai learner ({name}), and opening it would run code from the file.",
                file=path.name,
                name=name,
            ),
            deferred(
                "Where you trust it, in Python: {code}",
                code="import torch; from fastai.learner import load_learner; "
                f'learn = load_learner("{path.name}"); torch.save({{"state_dict": learn.model.state_dict(), '
                f'"classes": list(learn.dls.vocab)}}, "{path.stem}-weights.pth")',
            ),
        )
    return ModelRefused(
        _holds_code(path, name),
        deferred(
            "Where you trust it, in Python: {code}. {further}",
            code=f'model = torch.load("{path.name}", weights_only=False)',
            further=_SAVE_WEIGHTS,
        ),
    )


def _holds_code(path: Path, name: str) -> str:
    return deferred(
        "{file} holds a pickled module or other Python objects ({name}), and opening it would run code from the file.",
        file=path.name,
        name=name,
    )
