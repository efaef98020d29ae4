"""How far the two engines agree about one picture."""

from dataclasses import dataclass, replace

import numpy as np

from xai_core.explain.certainty import within_noise
from xai_core.explain.explanation import Explanation
from xai_core.settings import ENGINES, ExplainSettings
from xai_core.trust.agreement import Word, agreement, word_for
from xai_core.trust.target import Target


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two explanations of a picture agree.

    Attributes
    ----------
    correlation
        Rank correlation of all pixels; see `masklab.agreement`.
    beyond_noise
        Share of the picture where a value that has a standard error is beyond noise; None where none has.
    same_side
        Of that part, the share in which both speak for the same side; None like `beyond_noise`, and where it is 0.
    """

    correlation: float
    beyond_noise: float | None = None
    same_side: float | None = None

    @property
    def word(self) -> Word:
        """How far, in a word."""
        return word_for(self.correlation)


def other_engine(settings: ExplainSettings) -> ExplainSettings:
    """Return the same question to the other engine."""
    (other,) = (each for each in ENGINES if each != settings.engine)
    return replace(settings, engine=other)


def engines_agree(first: Explanation, second: Explanation, target: Target) -> Agreement:
    """Compare two explanations of one picture, in whatever order.

    Parameters
    ----------
    first, second
        Explanations of pictures of one size.
    target
        What their maps speak for.
    """
    maps = [target.map_of(each) for each in (first, second)]
    correlation = float(agreement(maps)[0, 1])
    estimated = [each for each in (first, second) if each.uncertainty is not None]
    if not estimated:
        return Agreement(correlation)
    noisy = [within_noise(each, target.label, target.rather_than)[each.region_of] for each in estimated]
    clear = ~np.any(noisy, axis=0)
    if not clear.any():
        return Agreement(correlation, 0.0)
    same = np.sign(maps[0][clear]) == np.sign(maps[1][clear])
    return Agreement(correlation, float(clear.mean()), float(same.mean()))
