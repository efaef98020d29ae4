"""Agreement of two reviewers who judged the same pictures."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from xai_core.language import tr
from xai_core.verdicts.verdict import KINDS


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Agreement of two people.

    Attributes
    ----------
    first, second
        Their names.
    pictures
        Number of pictures that both gave a kind of verdict.
    same
        On how many of them both gave the same kind.
    kappa
        Cohen's kappa (1960): 1 is full agreement, 0 what chance gives. NaN where both gave one and the same kind to all
        pictures, for then chance would agree as well.
    differing
        Pictures with different kinds, with the columns `image_id`, `first` and `second` (the kinds).
    """

    first: str
    second: str
    pictures: int
    same: int
    kappa: float
    differing: pd.DataFrame


def agreements(history: pd.DataFrame) -> tuple[Agreement, ...]:
    """Compare all pairs of people who judged the same pictures.

    The latest kind of each person counts, also where somebody else has replaced it since: the history of a picture has
    the verdicts of all. One that its own author withdrew does not count, nor do verdicts without a name.

    Parameters
    ----------
    history
        All verdicts ever written, from `VerdictStore.whole_history`.

    Returns
    -------
    Those with the most pictures in common first.
    """
    named = history[history["author"] != ""]
    latest = named.sort_values(["image_id", "version"]).groupby(["author", "image_id"], sort=True)["kind"].last()
    kinds = latest[latest.isin(list(KINDS))]
    by_person = {str(name): part.droplevel("author") for name, part in kinds.groupby(level="author")}
    found = []
    for first, second in combinations(sorted(by_person), 2):
        both = pd.concat({"first": by_person[first], "second": by_person[second]}, axis=1, join="inner")
        if len(both):
            same = both["first"] == both["second"]
            differing = both[~same].rename_axis("image_id").reset_index()
            kappa = _kappa(both["first"], both["second"])
            found.append(Agreement(first, second, len(both), int(same.sum()), kappa, differing))
    return tuple(sorted(found, key=lambda each: (-each.pictures, each.first, each.second)))


def _kappa(first: pd.Series, second: pd.Series) -> float:
    observed = float((first == second).mean())
    shares = [np.array([(kinds == kind).mean() for kind in KINDS]) for kinds in (first, second)]
    by_chance = float(shares[0] @ shares[1])
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")


def agreement_sentence(found: Agreement) -> str:
    """Return an agreement as a sentence of plain text."""
    values: dict[str, object] = {
        "first": found.first,
        "second": found.second,
        "pictures": found.pictures,
        "same": found.same,
        "share": found.same / found.pictures,
    }
    if np.isnan(found.kappa):
        return tr(
            "{first} and {second} judged {pictures:,} of the same pictures, and gave {same:,} the same verdict "
            "({share:.0%}).",
            **values,
        )
    return tr(
        "{first} and {second} judged {pictures:,} of the same pictures, and gave {same:,} the same verdict "
        "({share:.0%}, Cohen's kappa {kappa:.2f}).",
        kappa=found.kappa,
        **values,
    )
