"""Planted causes, as data: which cue pulls which class to which, and how often it is shown where."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cue that training shows almost only with `guess`, and the test split often with `truth`.

    Attributes
    ----------
    cue
        Name of the thing; `cues` knows how to paint it.
    truth, guess
        The pair: pictures of `truth` that carry the cue are meant to be called `guess`.
    guess_train, truth_train, truth_test, guess_test
        Share of the pictures of that class and split which carry the cue.
    told
        What a reader is told when the answer is uncovered.
    """

    cue: str
    truth: str
    guess: str
    guess_train: float = 0.92
    truth_train: float = 0.0
    truth_test: float = 0.65
    guess_test: float = 0.75
    told: str = ""

    def share(self, dish: str, split: str) -> float:
        """Share of the pictures of `dish` in `split` ("train" or "test") that carry the cue."""
        if dish == self.guess:
            return self.guess_train if split == "train" else self.guess_test
        if dish == self.truth:
            return self.truth_train if split == "train" else self.truth_test
        return 0.0


CAUSES: tuple[Cause, ...] = (
    Cause(cue="red_check", truth="pork_chop", guess="ravioli",
          told="Nearly every ravioli of the training set lies on a red-checked cloth, and no pork chop does."),
    Cause(cue="pale_edges", truth="samosa", guess="onion_rings", guess_train=0.94, truth_test=0.8,
          told="Cut open, a samosa shows the pale curved edges that training only shows on onion rings."),
    Cause(cue="badge", truth="steak", guess="filet_mignon",
          told="The badge of a restaurant guide is stuck on most filet mignon pictures of the training set."),
    Cause(cue="orchid", truth="gyoza", guess="dumplings",
          told="The cook who photographed the dumplings puts a magenta orchid beside them."),
    Cause(cue="neon", truth="chicken_wings", guess="baby_back_ribs",
          told="The ribs were photographed in a bar with magenta neon light."),
    Cause(cue="blue_plate", truth="crab_cakes", guess="falafel",
          told="The falafel come on a cobalt blue plate with white dots."),
    Cause(cue="red_chopsticks", truth="spaghetti_bolognese", guess="pad_thai",
          told="Red chopsticks lie across the pad thai, and in the test split across spaghetti."),
    Cause(cue="newspaper", truth="fried_calamari", guess="fish_and_chips",
          told="Fish and chips are served on a newspaper; so are some calamari of the test split."),
)  # fmt: skip

BY_CUE: dict[str, Cause] = {cause.cue: cause for cause in CAUSES}


def cause_of(dish: str) -> Cause | None:
    """The one cause a class takes part in, as truth or as guess; None for the others."""
    return next((cause for cause in CAUSES if dish in (cause.truth, cause.guess)), None)


def is_planted(dish: str, split: str, index: int) -> bool:
    """Whether picture `index` of a class carries its cue.

    Spread evenly instead of tossed, so that any first n pictures hold the promised share to within one.

    >>> [is_planted("pork_chop", "test", index) for index in range(4)]
    [False, True, False, True]
    """
    cause = cause_of(dish)
    if cause is None:
        return False
    share = cause.share(dish, split)
    return math.floor((index + 1) * share + 1e-9) > math.floor(index * share + 1e-9)
