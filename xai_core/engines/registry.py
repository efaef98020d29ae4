"""Construction of searches by the name of their engine."""

from collections.abc import Sequence
from pkgutil import resolve_name

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.search import Search
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings


def new_search(
    view: NDArray[np.uint8],
    settings: ExplainSettings,
    known: NDArray[np.floating] | None = None,
    labels: Sequence[str] = (),
    grid: tuple[int, int] | None = None,
) -> Search:
    """Start the search of the engine that the settings name.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    settings
        Engine, budget, steering labels and seed.
    known : (n, L) float
        Logits of the first n coalitions, in logits, from an earlier search with the same picture, model and settings
        except for the budget (`Search.logits`). The search takes them over and does not ask for these coalitions.
    labels
        Names of the L outputs, for settings that steer by name.
    grid
        Rows and columns of the P places of the network's last feature map, None if it shows none. An engine that uses
        places (`Engine.uses_places`) then takes rows of L + P * K numbers (`model.places.answer_rows`), where the K
        labels are those of `steering.steering_labels`. Other engines ignore it and take logits.
    """
    engine = ENGINES[settings.engine]
    start = resolve_name(engine.search)
    search: Search = (
        start(view, settings, known, labels, grid=grid) if engine.uses_places else start(view, settings, known, labels)
    )
    return search
