"""Table of engines."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from xai_core.language import mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Entry of the table of engines.

    Attributes
    ----------
    title
        Name for people, a text for `tr`.
    summary
        Sentence for the help of the command line and of the Python API, without the title, a text for `tr`.
    meaning
        Definition of the values, in sentences for people, a text for `tr`.
    version
        Part of the key of stored answers. Raise it when the same settings give other numbers, or when the search asks
        for other coalitions: only what is stored of this engine is then computed again.
    estimates_errors
        True if the values have standard errors.
    uses_seed
        True if coalitions are sampled, so that `ExplainSettings.seed` changes the map.
    uses_places
        True if the fit uses the shares of the places of the network's last feature map in the logits, where the network
        shows them.
    earlier
        Definitions of the values by engine versions before the present one, by their version.
    search
        Import path of the search, "module:class". It is called with the arguments of `engines.registry.new_search`.
    """

    title: str
    summary: str
    meaning: str
    version: int
    estimates_errors: bool
    uses_seed: bool
    search: str
    uses_places: bool = False
    earlier: Mapping[int, str] = field(default_factory=dict)


_FAIR_COINS = mark(
    "Least-squares values under fair-coin coalitions: regions are cut along the picture's edges, a fair coin shows or "
    "hides each of them, and a region's value is what the logit gains on average when it is shown. They are close to "
    "Banzhaf values, and are neither Owen nor Shapley values. They have standard errors, and sum to the logit of the "
    "picture minus that of the hidden picture."
)

# Import paths, not imports: settings lie below the engines, which import them. Tests resolve every path.
ENGINES = {
    "partition": Engine(
        title=mark("SHAP's partition"),
        summary=mark("The algorithm of SHAP's PartitionExplainer, with the same numbers."),
        meaning=mark(
            "Owen values, a kind of Shapley values, of rectangles: the picture is halved again and again, first "
            "where the logits change most. They sum to the logit of the picture minus that of the hidden picture."
        ),
        version=1,
        estimates_errors=False,
        uses_seed=False,
        search="xai_core.engines.partition:PartitionSearch",
    ),
    "regions": Engine(
        title=mark("Regions along edges"),
        summary=mark("Values of regions along the picture's edges, fitted place by place by least squares."),
        meaning=mark(
            "Least-squares values of regions along the picture's edges. Coins show or hide regions of several "
            "sizes, and a region's value is about what the logit gains on average when the region is shown (its "
            "Banzhaf value). Banzhaf values do not add up. What they leave of the logit of the picture minus that "
            "of the hidden picture is spread evenly over the area. Where a network shows its last feature map, "
            "each place of the map is fitted by itself, mainly by regions near it. The values have standard "
            "errors, and are neither Owen nor Shapley values."
        ),
        version=3,
        estimates_errors=True,
        uses_seed=True,
        search="xai_core.engines.regions:RegionSearch",
        uses_places=True,
        earlier={1: _FAIR_COINS, 2: _FAIR_COINS},
    ),
}
"""Table of engines by name; docs/architecture.md says how to add one."""

DEFAULT_ENGINE = "regions"
"""Engine of pages, commands and the Python API unless another is chosen. That of the recipe is `RECIPE_ENGINE`."""
