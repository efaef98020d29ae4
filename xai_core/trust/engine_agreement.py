"""Agreement of two engines about one picture."""

from dataclasses import dataclass, replace

import numpy as np

from xai_core.explain.certainty import within_noise
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust.agreement import AgreementLevel, agreement_level, rank_correlations


@dataclass(frozen=True, slots=True)
class EngineAgreement:
    """Agreement of two explanations of one picture.

    Attributes
    ----------
    correlation
        Rank correlation of all pixels; see `agreement.rank_correlations`.
    beyond_noise
        Share of the picture where every value that has a standard error is beyond noise. None if no value has one.
    same_side
        Share of that part in which both values have the same sign. None if `beyond_noise` is None or 0.
    """

    correlation: float
    beyond_noise: float | None = None
    same_side: float | None = None

    @property
    def level(self) -> AgreementLevel:
        """Agreement in words."""
        return agreement_level(self.correlation)


def other_engines(settings: ExplainSettings) -> tuple[ExplainSettings, ...]:
    """Return the same settings with every other engine, in the order of the table of engines."""
    others = (engine for engine in ENGINES if engine != settings.engine)
    return tuple(replace(settings, engine=engine) for engine in others)


def compare_engines(first: Explanation, second: Explanation, target: Target) -> EngineAgreement:
    """Compare two explanations of one picture in either order.

    Parameters
    ----------
    first, second
        Explanations of pictures of one size.
    target
        Label or contrast whose maps are compared.
    """
    maps = [target.map_of(explanation) for explanation in (first, second)]
    correlation = float(rank_correlations(maps)[0, 1])
    estimated = [explanation for explanation in (first, second) if explanation.uncertainty is not None]
    if not estimated:
        return EngineAgreement(correlation)
    # Signs of values within noise are coin flips, so they are counted neither for nor against agreement.
    noisy = [within_noise(explanation, target)[explanation.region_of] for explanation in estimated]
    clear = ~np.any(noisy, axis=0)
    if not clear.any():
        return EngineAgreement(correlation, 0.0)
    same = np.sign(maps[0][clear]) == np.sign(maps[1][clear])
    return EngineAgreement(correlation, float(clear.mean()), float(same.mean()))
