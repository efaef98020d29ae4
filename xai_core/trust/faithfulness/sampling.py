"""Which pictures methods are judged on."""

import numpy as np
import pandas as pd

from xai_core.confusions import confusion


def drawn(table: pd.DataFrame, count: int, seed: int) -> tuple[str, ...]:
    """Draw pictures at random, mistakes and right answers in turns until one of them runs out.

    Parameters
    ----------
    table
        A study's table of guesses.
    count
        How many; a study with fewer readable pictures gives all.
    seed
        Of the draw. A larger draw begins with the smaller one.

    Returns
    -------
    Image ids, a mistake first.
    """
    seen = confusion.readable(table).sort_values("image_id")
    wrong = (seen["truth"] != seen["guess"]).to_numpy()
    ids = seen["image_id"].to_numpy(object)
    random = np.random.default_rng(seed)
    decks = [random.permutation(ids[which]) for which in (wrong, ~wrong)]
    # By place in its deck, mistakes first: what is left of the longer deck comes last.
    places = [(place, number, str(each)) for number, deck in enumerate(decks) for place, each in enumerate(deck)]
    return tuple(image_id for _, _, image_id in sorted(places)[:count])
