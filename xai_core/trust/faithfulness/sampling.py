"""Random choice of the pictures on which methods are evaluated."""

import numpy as np
import pandas as pd

from xai_core.confusions import confusion


def sample_pictures(table: pd.DataFrame, count: int, seed: int) -> tuple[str, ...]:
    """Choose pictures at random, half of them mistakes.

    Mistakes and correct pictures alternate until either runs out.

    Parameters
    ----------
    table
        A study's table of guesses.
    count
        Number of pictures. A study with fewer readable pictures gives all of them.
    seed
        Seed of the choice. A larger sample begins with the smaller one.

    Returns
    -------
    Image ids, a mistake first.
    """
    # Sorted by id, so that the sample does not depend on the order of the table.
    readable = confusion.readable(table).sort_values("image_id")
    wrong = (readable["truth"] != readable["guess"]).to_numpy()
    ids = readable["image_id"].to_numpy(object)
    random = np.random.default_rng(seed)
    decks = [random.permutation(ids[group]) for group in (wrong, ~wrong)]
    # Sorting by position, then by deck, alternates between the decks, mistakes first, and puts what is left of the
    # longer deck last.
    ranked = [
        (position, deck_number, str(image_id))
        for deck_number, deck in enumerate(decks)
        for position, image_id in enumerate(deck)
    ]
    return tuple(image_id for _, _, image_id in sorted(ranked)[:count])
