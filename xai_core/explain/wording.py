"""What is said of an explanation whose values are estimated: what is within noise, whether it is enough, in words."""

from collections.abc import Sequence

from xai_core.engines.search import MEANINGS, TITLES
from xai_core.explain.certainty import TOP, WITHIN, Noise, Ranking, foreseen_share, ranking
from xai_core.explain.explanation import Explanation
from xai_core.labels import words

HIDDEN = "Without colour: regions within noise, whose 95% interval holds 0."
"""For legends, where they are hidden."""

SHOWN = "Regions within noise, whose 95% interval holds 0, are coloured too."
"""For legends, where they are not."""

ONLY_DRAWN = "Only the drawing changes: base, sum, values and shares are of all regions, those within noise too."
"""What is not changed by it."""


SHARES_OF_ALL = (
    "How much lies where, below, is of the whole map, regions within noise included: what stands out without them is "
    "what came out large, and says too much."
)
"""Where shares of the evidence are told beside a picture that does not show all of it."""


def engine_title(explanation: Explanation) -> str:
    """What found its values, for people."""
    return TITLES[explanation.settings.engine]


def engine_meaning(explanation: Explanation) -> str:
    """What its values are."""
    return MEANINGS[explanation.settings.engine]


def noise_told(found: Noise) -> str:
    """How much is within noise.

    >>> noise_told(Noise(146, 171, 0.868))
    'Within noise: 146 of 171 regions, 87% of the picture.'
    """
    return f"Within noise: {found.regions:,} of {found.of:,} regions, {found.area:.0%} of the picture."


def noise_line(found: Noise) -> str:
    """The same for where there is little room.

    >>> noise_line(Noise(146, 171, 0.868))
    'within noise: 87% of the picture'
    """
    return f"within noise: {found.area:.0%} of the picture"


def ranking_told(found: Ranking | None) -> str:
    """Whether what has been computed is enough to know the strongest regions.

    >>> ranking_told(Ranking(0.92, 10))
    'Ranking settled: 9 of the 10 strongest regions would stay.'
    >>> ranking_told(Ranking(0.63, 10))
    'Not settled yet: about 6 of the 10 strongest regions would stay; more evaluations help.'
    >>> ranking_told(None)
    'Not settled yet: there is too little to rank regions by.'
    """
    if found is None:
        return "Not settled yet: there is too little to rank regions by."
    if found.settled:
        return f"Ranking settled: {found.stay} of the {found.top} strongest regions would stay."
    return (
        f"Not settled yet: about {found.stay} of the {found.top} strongest regions would stay; more evaluations help."
    )


def ranking_line(found: Ranking) -> str:
    """The same for where there is little room.

    >>> ranking_line(Ranking(0.92, 10)), ranking_line(Ranking(0.63, 10))
    ('settled: 9 of 10 strongest stay', 'not settled: 6 of 10 strongest stay')
    """
    return f"{'' if found.settled else 'not '}settled: {found.stay} of {found.top} strongest stay"


def foresight_told(explanation: Explanation, labels: Sequence[str]) -> str:
    """How far the sum of regions foresees the logits of some labels, one at least, in masked pictures."""
    shares = [(words(label), foreseen_share(explanation, label)) for label in dict.fromkeys(labels)]
    known = [f"{max(0.0, share):.0%} for {name}" for name, share in shares if share is not None]
    if not known:
        return "How far the sum of regions foresees the logit is not known yet."
    return f"Of how the logit varies, the sum of regions foresees {' and '.join(known)}."


def enough_told(explanation: Explanation, a: str, b: str) -> tuple[str, str]:
    """Whether it is enough for one picture, and how far the sum foresees both logits of the contrast."""
    return ranking_told(ranking(explanation, a, b)), foresight_told(explanation, (a, b))


def enough_of_all(explanations: Sequence[Explanation], a: str, b: str) -> str:
    """Whether it is enough for some pictures, one at least, explained alike; see `ranking_told`, `foresight_told`."""
    rankings = [ranking(each, a, b) for each in explanations]
    stays = sorted(0 if each is None else each.stay for each in rankings)
    settled = sum(each is not None and each.settled for each in rankings)
    stay = " to ".join(dict.fromkeys((str(stays[0]), str(stays[-1]))))
    more = "" if settled == len(rankings) else "; more evaluations help"
    return (
        f"Ranking of the contrast settled in {settled} of {len(rankings)} pictures: {stay} of the {TOP} strongest "
        f"regions would stay{more}. {_foreseen_of_all(explanations, a)}"
    )


def _foreseen_of_all(explanations: Sequence[Explanation], label: str) -> str:
    shares = sorted(max(0.0, each) for one in explanations if (each := foreseen_share(one, label)) is not None)
    if not shares:
        return "How far the sum of regions foresees the logit is not known yet."
    span = " to ".join(dict.fromkeys((f"{shares[0]:.0%}", f"{shares[-1]:.0%}")))
    return f"Of how the logit of {words(label)} varies, the sum of regions foresees {span}."


RANKING_MEANS = (
    f"Values are drawn again and again as their standard errors allow; counted is how many of the {TOP} regions with "
    "the largest values, for or against, are among the largest again. From 8 in 10 the ranking counts as settled. "
    "Regions become finer with more evaluations, so that the figure can fall for a while."
)
FORESIGHT_MEANS = (
    "How far values that were found before foretell the logit of masked pictures that came after (R2): 100% would mean "
    "that regions only add up. What is missing is what regions do together, and what is not known of them yet."
)
NOISE_MEANS = (
    f"A region is within noise when its value is less than {WITHIN} standard errors away from 0: it may as well be "
    "worth nothing. Of 100 regions worth nothing about 5 are coloured all the same, by chance, and a region within "
    f"noise need not be worth nothing: more evaluations tell more apart. {ONLY_DRAWN}"
)
