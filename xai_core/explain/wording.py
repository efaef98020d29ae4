"""Sentences for people about an explanation and the certainty of its values."""

from collections.abc import Iterable, Sequence

from xai_core.explain.certainty import TOP, WITHIN, Noise, Ranking, holdout_r2, ranking
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.texts import paragraph

NOISE_HIDDEN = mark("Without colour: regions within noise, whose 95% interval contains 0.")
"""Line of a legend where regions within noise have no colour."""

NOISE_SHOWN = mark("Regions within noise, whose 95% interval contains 0, are coloured too.")
"""Line of a legend where regions within noise are coloured."""

DRAWING_ONLY = mark(
    "Only the drawing changes: base, sum, values and shares are of all regions, including those within noise."
)
"""Effect of the choice between `NOISE_HIDDEN` and `NOISE_SHOWN`."""

SHARES_OF_WHOLE_MAP = mark(
    "The shares of the evidence are of the whole map, including regions within noise. Without those regions the "
    "shares would be too large, because the regions that remain are those whose estimates came out large."
)
"""Note beside shares of the evidence where the drawn map leaves out regions within noise."""

HOLDOUT_R2_HELP = mark(
    "How well values from earlier evaluations predict the logits of masked pictures that came later (hold-out R2). "
    "100% would mean that the effects of the regions simply add up. The rest is due to regions that act together, and "
    "to what is not known of them yet."
)
PREVIEW = mark(
    "A preview from two evaluations: the picture with all regions shown, and with all hidden. More sharpen it."
)
PLACES_HELP = mark(
    "Where a network ends in a mean over the places of its last feature map, each evaluation gives the share of every "
    "place in a logit. Each place is then fitted by itself, mainly by the regions near it, so that fewer evaluations "
    "are needed. Other networks are fitted as one place."
)


def ranking_help() -> str:
    """Return what the stability of a ranking means."""
    return tr(
        "The values are sampled many times within their standard errors. The figure is how many of the {top} regions "
        "with the largest values, for or against, are on average among the largest again. From 8 in 10 the ranking "
        "counts as settled. More evaluations make the errors smaller; the figure can fall for a while.",
        top=TOP,
    )


def noise_help() -> str:
    """Return what it means that a region is within noise."""
    text = tr(
        "A region is within noise when its value is less than {within} standard errors from 0: its true value may be "
        "0. Of 100 regions whose true value is 0, about 5 are coloured by chance. A region within noise may still have "
        "an effect, and more evaluations can show it.",
        within=WITHIN,
    )
    return paragraph(text, tr(DRAWING_ONLY))


def outdated_note(answers: Iterable[Explanation | None]) -> str:
    """Return a sentence if any of some shown maps is by an earlier version of its engine, else ""."""
    found = [answer for answer in answers if answer is not None]
    old = [answer for answer in found if answer.engine_version < ENGINES[answer.settings.engine].version]
    if not old:
        return ""
    engine, version = ENGINES[old[0].settings.engine], max(answer.engine_version for answer in old)
    values = {"old": version, "engine": tr(engine.title), "new": engine.version}
    if len(old) > 1:
        return tr(
            "Maps are by version {old} of the engine {engine}, and are shown until they are computed anew by version "
            "{new}.",
            **values,
        )
    if len(found) == 1:
        return tr(
            "The map is by version {old} of the engine {engine}, and is shown until it is computed anew by version "
            "{new}.",
            **values,
        )
    return tr(
        "One map is by version {old} of the engine {engine}, and is shown until it is computed anew by version {new}.",
        **values,
    )


def probability_text(probability: float) -> str:
    """Return a probability in percent with one decimal, the same way everywhere.

    >>> probability_text(0.6294), probability_text(1e-5), probability_text(0.99999)
    ('62.9%', 'under 0.1%', 'over 99.9%')
    """
    if probability < 0.0005:
        return tr("under 0.1%")
    return tr("over 99.9%") if probability >= 0.9995 else f"{probability:.1%}"


_R2_UNKNOWN = mark("Hold-out R2: not known yet.")


def engine_title(explanation: Explanation) -> str:
    """Return the name of the engine that computed an explanation."""
    return tr(ENGINES[explanation.settings.engine].title)


def engine_meaning(explanation: Explanation) -> str:
    """Return the definition of an explanation's values."""
    return tr(explanation.meaning)


def fitted_by(explanation: Explanation) -> str:
    """Return whether the values were fitted place by place, "" for an engine that has no places.

    Examples are "fitted place by place, 7 x 7" and "one place: this network does not show its places".
    """
    engine = ENGINES[explanation.settings.engine]
    if not engine.uses_places or explanation.engine_version in engine.earlier:
        return ""
    if explanation.places is None:
        return tr("one place: this network does not show its places")
    rows, columns = explanation.places
    return tr("fitted place by place, {rows} x {columns}", rows=rows, columns=columns)


def noise_sentence(found: Noise) -> str:
    """Return how much of a map is within noise, as a sentence.

    >>> noise_sentence(Noise(146, 171, 0.868))
    'Within noise: 146 of 171 regions, 87% of the picture.'
    """
    return tr(
        "Within noise: {regions:,} of {of:,} regions, {area:.0%} of the picture.",
        regions=found.regions,
        of=found.of,
        area=found.area,
    )


def noise_phrase(found: Noise) -> str:
    """Return how much of a map is within noise, as a short phrase.

    >>> noise_phrase(Noise(146, 171, 0.868))
    'within noise: 87% of the picture'
    """
    return tr("within noise: {area:.0%} of the picture", area=found.area)


def ranking_sentence(found: Ranking | None) -> str:
    """Return how stable the ranking of the strongest regions is, as a sentence.

    >>> ranking_sentence(Ranking(0.92, 10))
    'Ranking settled: 9 of the 10 strongest regions would stay.'
    >>> ranking_sentence(Ranking(0.63, 10))
    'Not settled yet: about 6 of the 10 strongest regions would stay; more evaluations help.'
    >>> ranking_sentence(None)
    'Not settled yet: there are too few evaluations to rank the regions.'
    """
    if found is None:
        return tr("Not settled yet: there are too few evaluations to rank the regions.")
    if found.settled:
        return tr("Ranking settled: {stay} of the {top} strongest regions would stay.", stay=found.stay, top=found.top)
    return tr(
        "Not settled yet: about {stay} of the {top} strongest regions would stay; more evaluations help.",
        stay=found.stay,
        top=found.top,
    )


def ranking_phrase(found: Ranking) -> str:
    """Return how stable the ranking of the strongest regions is, as a short phrase.

    >>> ranking_phrase(Ranking(0.92, 10)), ranking_phrase(Ranking(0.63, 10))
    ('settled: 9 of 10 strongest stay', 'not settled: 6 of 10 strongest stay')
    """
    if found.settled:
        return tr("settled: {stay} of {top} strongest stay", stay=found.stay, top=found.top)
    return tr("not settled: {stay} of {top} strongest stay", stay=found.stay, top=found.top)


def holdout_r2_sentence(explanation: Explanation, labels: Sequence[str]) -> str:
    """Return the hold-out R2 of one or more labels, as a sentence.

    Values below 0 are given as 0%: the sum of the regions predicts nothing then.
    """
    shares = [(words(label), holdout_r2(explanation, label)) for label in dict.fromkeys(labels)]
    known = [(f"{max(0.0, share):.0%}", name) for name, share in shares if share is not None]
    if not known:
        return tr(_R2_UNKNOWN)
    (share, name), *others = known
    if not others:
        return tr(
            "Hold-out R2: the sum of the regions predicts {share} of the variance of the logit for {name}.",
            share=share,
            name=name,
        )
    # "and" between all of them, as a comma would read as one between two shares.
    more = tr(" and ").join(tr("{share} for {name}", share=share, name=name) for share, name in others)
    return tr(
        "Hold-out R2: the sum of the regions predicts {share} of the variance of the logit for {name} and {more}.",
        share=share,
        name=name,
        more=more,
    )


def convergence_sentences(explanation: Explanation, target: Target) -> tuple[str, str]:
    """Return the stability of the ranking of a contrast, and the hold-out R2 of its labels, as sentences."""
    return ranking_sentence(ranking(explanation, target)), holdout_r2_sentence(explanation, target.labels)


def convergence_summary(explanations: Sequence[Explanation], target: Target) -> str:
    """Return the stability of rankings and the hold-out R2 of one or more pictures."""
    rankings = [ranking(explanation, target) for explanation in explanations]
    stays = sorted(0 if found is None else found.stay for found in rankings)
    settled = sum(found is not None and found.settled for found in rankings)
    values = {"settled": settled, "pictures": len(rankings), "stay": _span(map(str, stays)), "top": TOP}
    if settled == len(rankings):
        sentence = tr(
            "Ranking of the contrast settled in {settled} of {pictures} pictures: {stay} of the {top} strongest "
            "regions would stay.",
            **values,
        )
    else:
        sentence = tr(
            "Ranking of the contrast settled in {settled} of {pictures} pictures: {stay} of the {top} strongest "
            "regions would stay; more evaluations help.",
            **values,
        )
    return paragraph(sentence, _r2_summary(explanations, target.label))


def _r2_summary(explanations: Sequence[Explanation], label: str) -> str:
    found = [holdout_r2(explanation, label) for explanation in explanations]
    shares = sorted(max(0.0, share) for share in found if share is not None)
    if not shares:
        return tr(_R2_UNKNOWN)
    return tr(
        "Hold-out R2: the sum of the regions predicts {share} of the variance of the logit for {name}.",
        share=_span(f"{share:.0%}" for share in shares),
        name=words(label),
    )


def _span(figures: Iterable[str]) -> str:
    """Return the first and the last of some figures, or one if they are equal.

    >>> _span(["6", "8", "9"]), _span(["9", "9"])
    ('6 to 9', '9')
    """
    first, *others = figures
    last = others[-1] if others else first
    return first if first == last else tr("{first} to {last}", first=first, last=last)
