"""Sentences on which properties of the pictures go with mistakes, or predict the label."""

from xai_core.confusions.property_effects import PropertyEffects
from xai_core.data.properties import PROPERTIES
from xai_core.texts import counted

SIGNIFICANT = 0.05
"""Bound of q below which a property counts as more than chance."""

STRONG_SHARE = 0.1
"""Share of a property's rank variance, explained by the class, from which on the sentence names the property."""


def effect_sentence(found: PropertyEffects) -> str:
    """Return in a sentence which properties go with mistakes of the same class."""
    if not found.classes:
        return "No class has both mistakes and right answers, so mistakes cannot be compared within classes."
    tested = found.table[found.table["q_value"].notna()]
    clear = tested[tested["q_value"] < SIGNIFICANT]
    compared = f"Within {counted(found.classes, 'class')}"
    if clear.empty:
        return f"{compared}, no property goes with mistakes more than chance explains (all q of {SIGNIFICANT} or more)."
    named = [
        f"{end(row['property'], high=row['delta'] > 0)} ({row['delta']:+.2f}, q = {row['q_value']:.2g})"
        for row in clear.to_dict("records")
    ]
    return f"{compared}, mistakes are more often **{_listed(named)}** than right answers. That need not be the cause."


def label_sentence(found: PropertyEffects) -> str:
    """Return in a sentence which properties predict the label."""
    table = found.table
    strong = table[(table["label_q"] < SIGNIFICANT) & (table["label_share"] >= STRONG_SHARE)]
    if strong.empty:
        return f"No property predicts the label: the class explains less than {STRONG_SHARE:.0%} of each."
    strong = strong.sort_values("label_share", ascending=False)
    named = [
        f"{PROPERTIES[row['property']].title.lower()} ({row['label_share']:.0%})" for row in strong.to_dict("records")
    ]
    return (
        f"The class explains a part of the **{_listed(named)}**. A model can learn that in place of the object: look "
        "whether it belongs to the class or to the way its pictures were taken."
    )


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def end(name: str, *, high: bool) -> str:
    """Return the word for pictures with a large or a small number of a property."""
    return PROPERTIES[name].high if high else PROPERTIES[name].low
