"""Python API for notebooks and scripts.

An `Explainer` explains pictures with any model. `open_study` opens a study with its pictures and stored explanations.
Everything runs in the calling thread, and nothing here starts a service.
"""

from xai_core.api.explainer import Explainer
from xai_core.api.opened_study import OpenStudy, open_study
from xai_core.api.picture_explanation import PictureExplanation
from xai_core.explain.explanation import Explanation

__all__ = ["Explainer", "Explanation", "OpenStudy", "PictureExplanation", "open_study"]
