"""Sentences on which properties of the pictures go with mistakes, or predict the label."""

from xai_core.confusions.property_effects import PropertyEffects
from xai_core.data.properties import PROPERTIES
from xai_core.language import tr
from xai_core.texts import counted, joined

SIGNIFICANT = 0.05
"""Bound of q below which a property counts as more than chance."""

STRONG_SHARE = 0.1
"""Share of a property's rank variance, explained by the class, from which on the sentence names the property."""


def effect_sentence(found: PropertyEffects) -> str:
    """Return in a sentence which properties go with mistakes of the same class."""
    if not found.classes:
        return tr("No class has both mistakes and right answers, so mistakes cannot be compared within classes.")
    tested = found.table[found.table["q_value"].notna()]
    clear = tested[tested["q_value"] < SIGNIFICANT]
    classes = counted(found.classes, "class")
    if clear.empty:
        return tr(
            "Within {classes}, no property goes with mistakes more than chance explains (all q of {bound} or more).",
            classes=classes,
            bound=SIGNIFICANT,
        )
    named = [
        tr(
            "{end} ({delta:+.2f}, q = {q:.2g})",
            end=end(row["property"], high=row["delta"] > 0),
            delta=row["delta"],
            q=row["q_value"],
        )
        for row in clear.to_dict("records")
    ]
    return tr(
        "Within {classes}, mistakes are more often **{named}** than right answers. That need not be the cause.",
        classes=classes,
        named=joined(named),
    )


def label_sentence(found: PropertyEffects) -> str:
    """Return in a sentence which properties predict the label."""
    table = found.table
    strong = table[(table["label_q"] < SIGNIFICANT) & (table["label_share"] >= STRONG_SHARE)]
    if strong.empty:
        return tr(
            "No property predicts the label: the class explains less than {share:.0%} of each.", share=STRONG_SHARE
        )
    strong = strong.sort_values("label_share", ascending=False)
    named = [
        tr(
            "{property} ({share:.0%})",
            property=tr(PROPERTIES[row["property"]].title).lower(),
            share=row["label_share"],
        )
        for row in strong.to_dict("records")
    ]
    return tr(
        "The class explains a part of the **{named}**. A model can learn that in place of the object: look whether it "
        "belongs to the class or to the way its pictures were taken.",
        named=joined(named),
    )


def end(name: str, *, high: bool) -> str:
    """Return the word for pictures with a large or a small number of a property."""
    return tr(PROPERTIES[name].high if high else PROPERTIES[name].low)
