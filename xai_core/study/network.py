"""Network of a study's model, for methods that look into its layers."""

from typing import TYPE_CHECKING

from xai_core.study.study import Study

if TYPE_CHECKING:
    from xai_core.runtimes.gradients import GradientNetwork


def open_network(study: Study) -> "GradientNetwork":
    """Load the network with the weights that the study's predictions were made with.

    Raises
    ------
    ModelRefused
        If the file gives no access to its layers, or cannot be used.
    """
    from xai_core.runtimes.gradients import GradientNetwork  # noqa: PLC0415 - torch takes seconds

    # A file may hold several sets of weights: without the key, another one than that of the predictions is looked into.
    return GradientNetwork.open(study.model_file, study.spec, study.options.get("weights"))
