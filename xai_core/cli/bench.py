"""The command `bench`."""

from typing import Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, Evaluations
from xai_core.errors import SettingRefused

_ROWS = (
    ("recipe_evals_per_s", "source recipe, evaluations/s", "{:.1f}"),
    ("engine_evals_per_s", "engine, evaluations/s", "{:.1f}"),
    ("bare_evals_per_s", "bare model, evaluations/s", "{:.1f}"),
    ("engine_over_recipe", "engine / recipe", "{:.2f}"),
    ("engine_over_bare", "engine / bare model", "{:.3f}"),
    ("map_correlation", "correlation of the maps", "{:.6f}"),
    ("map_difference", "largest difference / largest value", "{:.1e}"),
    ("first_map_s", "first map (100 evaluations), s", "{:.2f}"),
    ("peak_mb", "peak memory above that of the model, MB", "{:.0f}"),
)
"""Key in the JSON answer, words and number format of each row."""


def bench(
    *,
    evaluations: Evaluations = 500,
    rounds: Annotated[
        int, typer.Option(metavar="N", help="Rounds. Each measures recipe, engine and model in turn.")
    ] = 3,
    as_json: AsJson = False,
) -> None:
    """Measure the speed of the source recipe (shap), of this engine and of the bare model.

    The models are the demo's and EfficientNet-B1. Ratios are medians over the rounds.
    """
    # Imported here: --help must not wait for torch and pandas.
    from xai_core import bench as measurement
    from xai_core.explain.queue.fair_queue import FIRST_MAP

    if evaluations < FIRST_MAP:
        raise SettingRefused("evaluations", evaluations, f"at least {FIRST_MAP}")
    if rounds < 1:
        raise SettingRefused("rounds", rounds, "at least 1")
    found: dict[str, dict[str, Any]] = {}
    for name, model in measurement.models().items():
        if model is None:
            console.note(f"{name} is not measured, because its checkpoint is not here.")
        else:
            found[name] = measurement.measure(model, evaluations=evaluations, rounds=rounds, report=console.note)
    console.write_json(found) if as_json else console.write_text(_as_text(found))


def _as_text(found: dict[str, dict[str, Any]]) -> str:
    rows = [["", *found]]
    for key, words, form in _ROWS:
        cells = [form.format(figures[key]) for figures in found.values()]
        rows.append([words, *cells])
    return console.table(rows, "L" + "R" * len(found))
