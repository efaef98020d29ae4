"""Conclusion of a comparison of methods by two yardsticks."""

from collections.abc import Mapping

from xai_core.language import tr
from xai_core.texts import paragraph

RELIABLE, NEAR = 0.4, 0.05
"""Faithfulness correlation below which no map is to be relied on, and difference that is no difference."""


def conclusion(correlations: Mapping[str, float], gains: Mapping[str, float], own: str) -> str:
    """Return what follows from the two yardsticks for the map of one method among several.

    Parameters
    ----------
    correlations
        Faithfulness correlation by name of the method: how well a map predicts the effect of hiding random parts.
    gains
        Insertion minus deletion by name: how early a map finds the parts that decide. It may lack methods, or be empty
        where the areas are not defined.
    own
        Name of the method whose map is checked. Names are in English, and the sentence has their translations.
    """
    best = max(correlations, key=correlations.__getitem__)
    if correlations[best] < RELIABLE:
        return tr(
            "None of these maps predicts well what hiding parts does: the best, {best}, has a correlation of "
            "{correlation:.2f}. Rely on what they agree on, and test it by hiding it.",
            best=tr(best),
            correlation=correlations[best],
        )
    return paragraph(_best_sentence(correlations, gains, best), _own_sentence(correlations, best, own))


def _best_sentence(correlations: Mapping[str, float], gains: Mapping[str, float], best: str) -> str:
    values = {"best": tr(best), "correlation": correlations[best]}
    if not gains:
        return tr("{best} predicts best what hiding parts does ({correlation:.2f}).", **values)
    first = max(gains, key=gains.__getitem__)
    if first == best:
        return tr(
            "{best} predicts best what hiding parts does ({correlation:.2f}), and finds first what decides "
            "({gain:.2f}).",
            gain=gains[first],
            **values,
        )
    return tr(
        "{best} predicts best what hiding parts does ({correlation:.2f}), and {first} finds first what decides "
        "({gain:.2f}). Read amounts from {best}, and look for the decisive place with {first}.",
        first=tr(first),
        gain=gains[first],
        **values,
    )


def _own_sentence(correlations: Mapping[str, float], best: str, own: str) -> str:
    behind = correlations[best] - correlations[own]
    if own == best:
        return tr("That is the map checked here.")
    if behind <= NEAR:
        return tr(
            "The map checked here, by {own}, is as good in amounts ({correlation:.2f}).",
            own=tr(own),
            correlation=correlations[own],
        )
    return tr("The map checked here, by {own}, has {correlation:.2f}.", own=tr(own), correlation=correlations[own])
