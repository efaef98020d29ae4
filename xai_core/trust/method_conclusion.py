"""Conclusion of a comparison of methods by two yardsticks."""

from collections.abc import Mapping

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
        Name of the method whose map is checked.
    """
    best = max(correlations, key=correlations.__getitem__)
    if correlations[best] < RELIABLE:
        return (
            f"None of these maps predicts well what hiding parts does: the best, {best}, has a correlation of "
            f"{correlations[best]:.2f}. Rely on what they agree on, and test it by hiding it."
        )
    known = f"{best} predicts best what hiding parts does ({correlations[best]:.2f})"
    if not gains:
        return f"{known}. {_own_sentence(correlations, best, own)}"
    first = max(gains, key=gains.__getitem__)
    if first == best:
        return f"{known}, and finds first what decides ({gains[first]:.2f}). {_own_sentence(correlations, best, own)}"
    return (
        f"{known}, and {first} finds first what decides ({gains[first]:.2f}). Read amounts from {best}, and look for "
        f"the decisive place with {first}. {_own_sentence(correlations, best, own)}"
    )


def _own_sentence(correlations: Mapping[str, float], best: str, own: str) -> str:
    behind = correlations[best] - correlations[own]
    if own == best:
        return "That is the map checked here."
    if behind <= NEAR:
        return f"The map checked here, by {own}, is as good in amounts ({correlations[own]:.2f})."
    return f"The map checked here, by {own}, has {correlations[own]:.2f}."
