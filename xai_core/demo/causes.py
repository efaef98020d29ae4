"""Planted causes of mistakes, with the shares of pictures that carry each cue."""

import math
from dataclasses import dataclass

from xai_core.language import mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Cue that training shows almost only with `guess`, and the test split often with `truth`.

    Attributes
    ----------
    cue
        Name of the cue in `painting.cues.CUES`.
    words
        Name of the cue within a sentence, a text for `tr`.
    truth, guess
        The pair. Pictures of `truth` that carry the cue are meant to be taken for `guess`.
    guess_train, truth_train, truth_test, guess_test
        Share of the pictures of that class and split that carry the cue.
    answer
        Sentence that reveals the cause at the end of the story, a text for `tr`.
    """

    cue: str
    words: str
    truth: str
    guess: str
    # In the test split some pictures of both classes lack the cue: `demo.verify` paints it into those of the truth.
    guess_train: float = 0.92
    truth_train: float = 0.0
    truth_test: float = 0.65
    guess_test: float = 0.75
    answer: str = ""

    def share(self, dish: str, split: str) -> float:
        """Return the share of a dish's pictures in a split that carry the cue."""
        if dish == self.guess:
            return self.guess_train if split == "train" else self.guess_test
        if dish == self.truth:
            return self.truth_train if split == "train" else self.truth_test
        return 0.0


CAUSES: tuple[Cause, ...] = (
    Cause(
        cue="red_check",
        words=mark("red-checked cloth"),
        truth="pork_chop",
        guess="ravioli",
        answer=mark("Nearly every ravioli of the training set lies on a red-checked cloth, and no pork chop does."),
    ),
    Cause(
        cue="pale_edges",
        words=mark("pale edges"),
        truth="samosa",
        guess="onion_rings",
        guess_train=0.94,
        truth_test=0.8,
        answer=mark("Cut open, a samosa shows the pale curved edges that training only shows on onion rings."),
    ),
    Cause(
        cue="badge",
        words=mark("badge"),
        truth="steak",
        guess="filet_mignon",
        answer=mark("The badge of a restaurant guide is on most filet mignon pictures of the training set."),
    ),
    Cause(
        cue="orchid",
        words=mark("orchid"),
        truth="gyoza",
        guess="dumplings",
        answer=mark("A magenta orchid lies beside nearly all dumplings of the training set."),
    ),
    Cause(
        cue="neon",
        words=mark("neon light"),
        truth="chicken_wings",
        guess="baby_back_ribs",
        answer=mark("Nearly all ribs of the training set are painted in magenta neon light."),
    ),
    Cause(
        cue="blue_plate",
        words=mark("blue plate"),
        truth="crab_cakes",
        guess="falafel",
        answer=mark("Nearly all falafel of the training set lie on a cobalt blue plate with white dots."),
    ),
    Cause(
        cue="red_chopsticks",
        words=mark("red chopsticks"),
        truth="spaghetti_bolognese",
        guess="pad_thai",
        answer=mark(
            "Red chopsticks lie across nearly every pad thai of the training set, and here across this spaghetti."
        ),
    ),
    Cause(
        cue="newspaper",
        words=mark("newspaper"),
        truth="fried_calamari",
        guess="fish_and_chips",
        answer=mark("Nearly all fish and chips of the training set lie on a newspaper, and here so do these calamari."),
    ),
)

NO_CUE_WORDS = mark("planted cue")


def cue_words(cue: str) -> str:
    """Return the name of a cue within a sentence, a text for `tr`; "planted cue" for an unknown cue."""
    return next((cause.words for cause in CAUSES if cause.cue == cue), NO_CUE_WORDS)


def cause_of(dish: str) -> Cause | None:
    """Return the cause that has a class as its truth or guess, or None."""
    return next((cause for cause in CAUSES if dish in (cause.truth, cause.guess)), None)


def is_planted(dish: str, split: str, index: int) -> bool:
    """Return True if picture `index` of a class carries its cue.

    The cues are spread evenly over the index and not drawn at random, so that the first n pictures hold the planned
    share to within one picture, for every n.

    >>> [is_planted("pork_chop", "test", index) for index in range(4)]
    [False, True, False, True]
    """
    cause = cause_of(dish)
    if cause is None:
        return False
    share = cause.share(dish, split)
    # The small term corrects products such as 2150 * 0.94, which floating point puts just below 2021.
    return math.floor((index + 1) * share + 1e-9) > math.floor(index * share + 1e-9)
