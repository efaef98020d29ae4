"""Ranking of all pairs by evidence in their mistakes that right answers do not have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xai_core.confusions import confusion
from xai_core.confusions.companions import companions
from xai_core.errors import PictureUnreadable
from xai_core.evidence.permutation_test import GroupDifference, group_difference
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore
from xai_core.explain.target import Target
from xai_core.progress import Progress, ignore_progress
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study

FEWEST = 3
"""Smallest number of mistakes of a pair that is tested, and of right answers beside them."""

MOST_MISTAKES, MOST_RIGHT = 16, 12
"""Largest numbers of explained pictures of a pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """Pair of classes with the evidence for the guess in its mistakes and in right answers of the truth.

    Evidence is the sum of the positive contrast (guess minus truth) over a picture, in logits.

    Attributes
    ----------
    truth, guess
        The pair.
    count
        Number of all its mistakes.
    mistakes, right
        Number of explained mistakes and right answers.
    in_mistakes, in_right
        Mean evidence in each group, in logits.
    low, high
        95 % interval of the difference of the means (Welch).
    p_value
        Permutation test of the difference, see `GroupDifference`.
    q_value
        The same, corrected for all tested pairs (Benjamini and Hochberg 1995).
    delta
        Cliff's delta of the two groups, -1 to 1.
    """

    truth: str
    guess: str
    count: int
    mistakes: int
    right: int
    in_mistakes: float
    in_right: float
    low: float
    high: float
    p_value: float
    q_value: float
    delta: float

    @property
    def effect(self) -> float:
        """Evidence in a mistake beyond that in a right answer, in logits."""
        return self.in_mistakes - self.in_right

    @property
    def total(self) -> float:
        """Effect times the number of mistakes, by which pairs are ranked."""
        return self.effect * self.count


@dataclass(frozen=True, slots=True)
class PairPictures:
    """Pictures that the suspicion about a pair rests on.

    Attributes
    ----------
    truth, guess, count
        The pair, and the number of all its mistakes.
    mistakes
        Its most confident mistakes.
    right
        Right answers of the true class, those nearest to the mistakes.
    """

    truth: str
    guess: str
    count: int
    mistakes: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suspects:
    """Ranked suspects with what could not be tested.

    Attributes
    ----------
    ranked
        Tested pairs, the largest total first.
    pairs
        Number of all pairs of the study.
    too_few
        Number of pairs that are not looked at, most of them because they have too few mistakes or right answers.
    unexplained
        Image ids without a stored explanation, in the order in which explaining them helps most.
    """

    ranked: tuple[Suspect, ...]
    pairs: int
    too_few: int
    unexplained: tuple[str, ...]


def pictures_to_explain(study: Study, *, most_pairs: int | None = None) -> tuple[PairPictures, ...]:
    """Return the pictures of every pair that can be tested, the most frequent pair first.

    Parameters
    ----------
    study
        The study.
    most_pairs
        Number of the most frequent pairs that are looked at; None for all.
    """
    ranked = confusion.pairs(study.table)
    frequent = ranked[ranked["count"] >= FEWEST][:most_pairs]
    found = []
    for truth, guess, count in zip(frequent["truth"], frequent["guess"], frequent["count"], strict=True):
        mistakes = tuple(confusion.mistakes(study.table, truth, guess)["image_id"])[:MOST_MISTAKES]
        near = [companions(study.table, study.embeddings, image_id, truth, count=MOST_RIGHT) for image_id in mistakes]
        # The nearest right answer of each mistake comes first, then the second nearest of each.
        in_turns = dict.fromkeys(image_id for rank in zip(*near, strict=True) for image_id in rank)
        right = tuple(in_turns)[:MOST_RIGHT]
        if len(right) >= FEWEST:
            found.append(PairPictures(truth, guess, int(count), mistakes, right))
    return tuple(found)


def rank_suspects(
    study: Study,
    settings: ExplainSettings,
    *,
    most_pairs: int | None = None,
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> Suspects:
    """Rank the pairs of a study by suspect evidence, from stored explanations alone.

    A mistake has evidence for the guess by definition, or it would be none. What makes a pair suspect is how much more
    of it there is than in right answers of the same class, and in how many pictures. Whether it is the cause is for
    `cause_test` to say.

    Parameters
    ----------
    study
        The study.
    settings
        Settings of the explanations.
    most_pairs
        See `pictures_to_explain`.
    seed
        Seed of the permutation tests.
    progress
        Receives the numbers of pictures looked up and planned.
    """
    groups = pictures_to_explain(study, most_pairs=most_pairs)
    wanted = list(dict.fromkeys(image_id for group in groups for image_id in (*group.mistakes, *group.right)))
    explained: dict[str, Explanation] = {}
    store = ExplanationStore(study.explanations)
    for number, image_id in enumerate(wanted, start=1):
        found = _stored(study, image_id, settings, store)
        if found is not None:
            explained[image_id] = found
        progress(number, len(wanted))
    tested = [suspect for group in groups if (suspect := suspect_of(group, explained, seed)) is not None]
    pairs = len(confusion.pairs(study.table))
    return Suspects(
        ranked=rank(tested),
        pairs=pairs,
        too_few=pairs - len(groups),
        unexplained=tuple(image_id for image_id in wanted if image_id not in explained),
    )


def rank(tested: Sequence[Suspect]) -> tuple[Suspect, ...]:
    """Correct the p-values for the number of pairs, and sort by total, ties by truth and guess."""
    if not tested:
        return ()
    from scipy.stats import false_discovery_control  # noqa: PLC0415 - the first page need not wait for it

    corrected = false_discovery_control([suspect.p_value for suspect in tested])
    found = [replace(suspect, q_value=float(q)) for suspect, q in zip(tested, corrected, strict=True)]
    return tuple(sorted(found, key=lambda suspect: (-suspect.total, suspect.truth, suspect.guess)))


def evidence_for_guess(explanation: Explanation, truth: str, guess: str) -> float:
    """Return the sum of the positive contrast of a picture, in logits."""
    contrast = explanation.values_of(Target(guess, truth)).astype(np.float64)
    return float(np.maximum(contrast, 0).sum())


def _stored(study: Study, image_id: str, settings: ExplainSettings, store: ExplanationStore) -> Explanation | None:
    try:
        return store.get(study.explanation_key(image_id, settings))
    except PictureUnreadable:
        return None


def suspect_of(group: PairPictures, explained: Mapping[str, Explanation], seed: int = 0) -> Suspect | None:
    """Compare the evidence in mistakes and right answers of a pair.

    Parameters
    ----------
    group
        The pictures of the pair.
    explained
        Explanations by image id.
    seed
        Seed of the permutation test.

    Returns
    -------
    The suspect, with the uncorrected p-value as its `q_value`; None if too few pictures are explained.
    """
    mistakes, right = (
        np.array(
            [
                evidence_for_guess(explained[image_id], group.truth, group.guess)
                for image_id in members
                if image_id in explained
            ]
        )
        for members in (group.mistakes, group.right)
    )
    if min(len(mistakes), len(right)) < FEWEST:
        return None
    found = group_difference(mistakes, right, seed=seed)
    assert found is not None
    low, high = _interval(mistakes, right, found)
    return Suspect(
        truth=group.truth,
        guess=group.guess,
        count=group.count,
        mistakes=len(mistakes),
        right=len(right),
        in_mistakes=found.mean_mistakes,
        in_right=found.mean_correct,
        low=low,
        high=high,
        p_value=found.p_value,
        q_value=found.p_value,
        delta=found.delta,
    )


def _interval(mistakes: NDArray[np.float64], right: NDArray[np.float64], found: GroupDifference) -> tuple[float, float]:
    difference = found.mean_mistakes - found.mean_correct
    if np.ptp(mistakes) == 0 and np.ptp(right) == 0:
        return difference, difference
    from scipy.stats import ttest_ind  # noqa: PLC0415 - the first page need not wait for it

    interval = ttest_ind(mistakes, right, equal_var=False).confidence_interval()
    return float(interval.low), float(interval.high)
