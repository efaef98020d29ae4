"""Properties of pictures that go with mistakes, or with the annotated class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from xai_core.confusions.confusion import readable
from xai_core.language import mark

RESAMPLES = 999
"""Permutations of the labels."""

BINS = 10
"""Steps of equally many pictures in `error_by_step`."""

COLUMNS = (
    "property",
    "delta",
    "low",
    "high",
    "p_value",
    "q_value",
    "label_share",
    "label_p",
    "label_q",
    "pictures",
    "mistakes",
)
"""Columns of `PropertyEffects.table`."""

CLASS_COLUMNS = ("truth", "property", "delta", "low", "high", "p_value", "q_value", "pictures", "mistakes")
"""Columns of `class_effects`."""

_Z = float(scipy.special.ndtri(0.975))


@dataclass(frozen=True, slots=True, eq=False)
class PropertyEffects:
    """Effects of all properties of a study's pictures.

    Attributes
    ----------
    table
        One row per property, the largest effect first, with the columns `COLUMNS`. `delta` is Cliff's delta between
        mistakes and right answers of the same class, -1 to 1, positive where mistakes have the larger numbers; `low`
        and `high` are its 95 % interval; `p_value` is that of van Elteren's rank test and `q_value` the same after the
        correction for all properties (Benjamini and Hochberg). All five are NaN where no class has both mistakes and
        right answers. `label_share` is the share of the variance of the ranks that the class explains, beyond chance
        (epsilon squared), with the p-value of a permutation test and its correction; NaN for a single class.
        `pictures` and `mistakes` are counts of what was compared.
    left_out
        Reason by property, for those without a row.
    classes
        Number of classes with both mistakes and right answers.
    """

    table: pd.DataFrame
    left_out: Mapping[str, str]
    classes: int


def property_effects(table: pd.DataFrame, properties: pd.DataFrame, *, seed: int = 0) -> PropertyEffects:
    """Compare mistakes with right answers of the same class in each property.

    Comparing within classes keeps a class that is hard and, say, dark from making darkness a cause of mistakes.

    Parameters
    ----------
    table
        A study's table of guesses, one row per picture.
    properties
        Numbers of the same pictures in the same order, one column per property; NaN where one is unknown.
    seed
        Seed of the permutations.
    """
    seen = np.flatnonzero(table.index.isin(readable(table).index))
    wrong = (table["truth"] != table["guess"]).to_numpy()[seen]
    classes, truth = np.unique(table["truth"].to_numpy()[seen].astype(object), return_inverse=True)
    rows, left_out = [], {}
    ranked: dict[bytes, list[str]] = {}
    for name in properties.columns:
        values = properties[name].to_numpy(np.float64)[seen]
        known = np.isfinite(values)
        if not known.any():
            left_out[name] = mark("no picture has a number")
        elif np.ptp(values[known]) == 0:
            left_out[name] = mark("it is the same in all pictures")
        else:
            effect = stratified_effect(values[known], wrong[known], truth[known])
            counts = {"pictures": int(known.sum()), "mistakes": int(wrong[known].sum())}
            rows.append({"property": name} | effect | counts)
            ranked.setdefault(known.tobytes(), []).append(name)
    shares: dict[str, tuple[float, float]] = {}
    for mask, names in ranked.items():
        known = np.frombuffer(mask, np.bool_)
        values = properties[names].to_numpy(np.float64)[seen][known]
        shares |= dict(zip(names, _label_shares(values, truth[known], seed), strict=True))
    for row in rows:
        row["label_share"], row["label_p"] = shares[str(row["property"])]
    found = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"property": "str"})
    for p_value, q_value in (("p_value", "q_value"), ("label_p", "label_q")):
        tested = found[p_value].notna()
        found[q_value] = np.nan
        if tested.any():
            found.loc[tested, q_value] = scipy.stats.false_discovery_control(
                found.loc[tested, p_value].to_numpy(np.float64)
            )
    order = found["delta"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    mixed = sum(0 < float(wrong[truth == label].mean()) < 1 for label in range(len(classes)))
    return PropertyEffects(found.loc[order].reset_index(drop=True), left_out, mixed)


def class_effects(table: pd.DataFrame, properties: pd.DataFrame) -> pd.DataFrame:
    """Compare mistakes with right answers of each class on its own, in each property.

    Parameters
    ----------
    table, properties
        See `property_effects`.

    Returns
    -------
    Columns `truth`, `property`, `delta`, `low`, `high`, `p_value`, `q_value`, `pictures` and `mistakes`, see
    `PropertyEffects`; the strongest evidence first. The correction is for all classes and properties together. Classes
    without both mistakes and right answers have no row, nor have properties that are constant in a class.
    """
    seen = np.flatnonzero((table["unreadable"] == "").to_numpy())
    wrong = (table["truth"] != table["guess"]).to_numpy()
    rows = []
    for truth, of_class in pd.Series(seen).groupby(table["truth"].to_numpy()[seen]):
        places = of_class.to_numpy()
        for name in properties.columns:
            values = properties[name].to_numpy(np.float64)[places]
            known = np.isfinite(values)
            if not known.any() or np.ptp(values[known]) == 0:
                continue
            mistaken = wrong[places][known]
            effect = stratified_effect(values[known], mistaken, np.zeros(int(known.sum()), np.intp))
            if np.isfinite(effect["p_value"]):
                counts = {"pictures": len(mistaken), "mistakes": int(mistaken.sum())}
                rows.append({"truth": truth, "property": name} | effect | counts)
    found = pd.DataFrame(rows, columns=list(CLASS_COLUMNS)).astype({"truth": "str", "property": "str"})
    if len(found):
        found["q_value"] = scipy.stats.false_discovery_control(found["p_value"].to_numpy(np.float64))
    return found.sort_values(["p_value", "truth", "property"], ignore_index=True)


def stratified_effect(
    values: NDArray[np.float64], wrong: NDArray[np.bool_], truth: NDArray[np.intp]
) -> dict[str, float]:
    """Compare a number of mistakes and right answers within classes.

    Cliff's delta of each class has the weight m r / (m + r + 1) for m mistakes and r right answers, as in van Elteren's
    test, which is the sum of Wilcoxon's rank tests of all classes. The interval uses DeLong's variance in each class,
    on Fisher's scale, which keeps it within -1 and 1.

    Parameters
    ----------
    values : (N,) float64
        Finite numbers.
    wrong : (N,) bool
        True for mistakes.
    truth : (N,) int
        Index of the class.

    Returns
    -------
    `delta`, `low`, `high` and `p_value`; NaN where no class has both mistakes and right answers.
    """
    order = np.argsort(truth, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(truth[order])) + 1)
    total = weights = variance = null_variance = 0.0
    for part in parts:
        mistakes, right = values[part][wrong[part]], values[part][~wrong[part]]
        if not (len(mistakes) and len(right)):
            continue
        delta, spread, null_spread = _effect(mistakes, right)
        weight = len(mistakes) * len(right) / (len(part) + 1)
        total += weight * delta
        weights += weight
        variance += weight**2 * spread
        null_variance += weight**2 * null_spread
    if not weights or not null_variance:
        return dict.fromkeys(("delta", "low", "high", "p_value"), float("nan"))
    delta = total / weights
    p_value = 2 * float(scipy.stats.norm.sf(abs(total) / np.sqrt(null_variance)))
    if abs(delta) < 1 - 1e-9 and variance:
        half = _Z * np.sqrt(variance) / weights / (1 - delta**2)
        low, high = np.tanh(np.arctanh(delta) + np.array([-half, half]))
    else:
        # All mistakes beyond all right answers: DeLong's variance is 0, and that without any effect has to do.
        half = _Z * np.sqrt(null_variance) / weights
        low, high = np.clip([delta - half, delta + half], -1, 1)
    return {"delta": delta, "low": float(low), "high": float(high), "p_value": p_value}


def _effect(mistakes: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return Cliff's delta in one class, its variance (DeLong 1988) and its variance without an effect."""
    many, others = len(mistakes), len(right)
    both = np.concatenate([mistakes, right])
    ranks = scipy.stats.rankdata(both)
    # Share of the right answers below each mistake, and of the mistakes above each right answer; ties count a half.
    below = (ranks[:many] - scipy.stats.rankdata(mistakes)) / others
    above = 1 - (ranks[many:] - scipy.stats.rankdata(right)) / many
    count = many + others
    ties = np.unique(both, return_counts=True)[1].astype(np.float64)
    tied = (ties**3 - ties).sum() / (count * (count - 1))
    null_variance = (count + 1 - tied) / (12 * many * others)
    variance = null_variance
    if min(many, others) > 1:
        variance = below.var(ddof=1) / many + above.var(ddof=1) / others
    # Delta is twice the area under the curve, minus one.
    return float(2 * below.mean() - 1), 4 * float(variance), 4 * float(null_variance)


def _label_shares(values: NDArray[np.float64], truth: NDArray[np.intp], seed: int) -> list[tuple[float, float]]:
    """Return the share of the rank variance of each column that the class explains beyond chance, and its p-value."""
    counts = np.bincount(truth)
    classes, pictures = np.count_nonzero(counts), len(truth)
    if not 1 < classes < pictures:
        return [(float("nan"), float("nan"))] * values.shape[1]
    ranks = scipy.stats.rankdata(values, axis=0)
    ranks -= ranks.mean(axis=0)
    sizes = np.maximum(counts, 1)[:, None]

    def explained(labels: NDArray[np.intp]) -> NDArray[np.float64]:
        sums = np.stack([np.bincount(labels, column, len(counts)) for column in ranks.T], axis=1)
        share: NDArray[np.float64] = (sums**2 / sizes).sum(axis=0) / (ranks**2).sum(axis=0)
        return share

    observed = explained(truth)
    rng = np.random.default_rng(seed)
    reached = sum((explained(rng.permutation(truth)) >= observed - 1e-12).astype(int) for _ in range(RESAMPLES))
    # The observed division counts too, so that the p-value is never 0 (Phipson and Smyth 2010).
    p_values = (np.asarray(reached) + 1) / (RESAMPLES + 1)
    chance = (classes - 1) / (pictures - 1)
    shares = np.maximum(0, (observed - chance) / (1 - chance))
    return [(float(share), float(p_value)) for share, p_value in zip(shares, p_values, strict=True)]


def error_by_step(
    table: pd.DataFrame, values: Sequence[float] | NDArray[np.float64], *, bins: int = BINS
) -> pd.DataFrame:
    """Return the share of mistakes in steps of equally many pictures, from the smallest number of a property up.

    Parameters
    ----------
    table
        A study's table of guesses.
    values
        The property of the same pictures; NaN where it is unknown.
    bins
        Number of steps; equal numbers are never divided, so that there can be fewer.

    Returns
    -------
    Columns `low`, `high` (numbers), `pictures`, `mistakes`, `error` (share of mistakes), `error_low`, `error_high` (its
    95 % interval, Wilson 1927) and `expected` (share of mistakes if every picture had the error of its class).
    """
    shown = pd.DataFrame({"value": np.asarray(values, np.float64), "truth": table["truth"].to_numpy()})
    shown["wrong"] = (table["truth"] != table["guess"]).to_numpy()
    shown = shown[(table["unreadable"] == "").to_numpy() & np.isfinite(shown["value"])]
    columns = ["low", "high", "pictures", "mistakes", "error", "error_low", "error_high", "expected"]
    if shown.empty:
        return pd.DataFrame(columns=columns)
    shown["expected"] = shown.groupby("truth")["wrong"].transform("mean")
    edges = np.unique(np.quantile(shown["value"], np.linspace(0, 1, bins + 1)))
    step = np.searchsorted(edges[1:-1], shown["value"], side="left")
    found = shown.groupby(step).agg(
        low=("value", "min"),
        high=("value", "max"),
        pictures=("wrong", "size"),
        mistakes=("wrong", "sum"),
        expected=("expected", "mean"),
    )
    count, share = found["pictures"], found["mistakes"] / found["pictures"]
    centre = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z / (1 + _Z**2 / count) * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    found = found.assign(error=share, error_low=np.maximum(0, centre - half), error_high=np.minimum(1, centre + half))
    steps: pd.DataFrame = found[columns].reset_index(drop=True)
    return steps
