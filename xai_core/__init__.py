"""Explanations of image classifier confusions, without any user interface.

`Explainer` explains pictures with any model, `open_study` reads a study. docs/api.md has a five-line start.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xai_core.api import Explainer, Explanation, OpenStudy, PictureExplanation, open_study

__version__ = "0.2.0"

__all__ = ["Explainer", "Explanation", "OpenStudy", "PictureExplanation", "__version__", "open_study"]


def __getattr__(name: str) -> Any:
    """Import the Python API on first use, because `python -m xai_core --help` must not wait for pandas."""
    if name in __all__:
        return getattr(importlib.import_module("xai_core.api"), name)
    raise AttributeError(f"module 'xai_core' has no attribute {name!r}")
