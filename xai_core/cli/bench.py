"""The command `bench`."""

from typing import Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, Evaluations
from xai_core.errors import SettingRefused
from xai_core.language import deferred, mark, tr

_ROWS = (
    ("recipe_evals_per_s", mark("source recipe, evaluations/s"), "{:.1f}"),
    ("engine_evals_per_s", mark("engine, evaluations/s"), "{:.1f}"),
    ("bare_evals_per_s", mark("bare model, evaluations/s"), "{:.1f}"),
    ("engine_over_recipe", mark("engine / recipe"), "{:.2f}"),
    ("engine_over_bare", mark("engine / bare model"), "{:.3f}"),
    ("map_correlation", mark("correlation of the maps"), "{:.6f}"),
    ("map_difference", mark("largest difference / largest value"), "{:.1e}"),
    ("first_map_s", mark("first map (100 evaluations), s"), "{:.2f}"),
    ("peak_mb", mark("peak memory above that of the model, MB"), "{:.0f}"),
)
"""Key in the JSON answer, words and number format of each row."""

_NULL_ROWS = (
    ("shap_per_s", mark("shap, with a model that costs nothing, evaluations/s"), "{:,.0f}"),
    ("partition_per_s", "partition", "{:,.0f}"),
    ("partition_over_shap", mark("partition / shap"), "{:.1f}"),
    ("partition_search_over_shap", mark("search of partition alone / shap"), "{:.1f}"),
    ("regions_per_s", "regions", "{:,.0f}"),
    ("regions_over_shap", mark("regions / shap"), "{:.1f}"),
    ("regions_search_over_shap", mark("search of regions alone / shap"), "{:.1f}"),
)
"""Key in the answer of the null model, words and number format of each row."""


def bench(
    *,
    evaluations: Evaluations = 500,
    rounds: Annotated[
        int, typer.Option(metavar="N", help=tr("Rounds. Each measures recipe, engine and model in turn."))
    ] = 3,
    as_json: AsJson = False,
) -> None:
    """Measure the speed of the source recipe (shap), of this engine and of the bare model.

    The models are the demo's, EfficientNet-B1, and one that returns constants at once. Ratios are medians over the
    rounds. At the end a server is started and measured.
    """
    # Imported here: --help must not wait for torch and pandas.
    from xai_core import paths
    from xai_core.bench import speed
    from xai_core.bench.null_model import measure_null_model
    from xai_core.bench.server import measure_server
    from xai_core.explain.queue.fair_queue import FIRST_MAP

    if evaluations < FIRST_MAP:
        raise SettingRefused("evaluations", evaluations, deferred("at least {number}", number=FIRST_MAP))
    if rounds < 1:
        raise SettingRefused("rounds", rounds, deferred("at least {number}", number=1))
    found: dict[str, dict[str, Any]] = {}
    for name, model in speed.models().items():
        if model is None:
            console.note(tr("{model} is not measured, because its checkpoint is not here.", model=name))
        else:
            found[name] = speed.measure(model, evaluations=evaluations, rounds=rounds, report=console.note)
    null = measure_null_model(evaluations=evaluations, rounds=rounds, report=console.note)
    clone = paths.clone_folder()
    server = {} if clone is None else measure_server(clone / "streamlit_app.py")
    if as_json:
        console.write_json({**found, "null_model": null, "server": server})
        return
    console.write_text(_as_text(found))
    console.write_text(console.table([[tr(words), form.format(null[key])] for key, words, form in _NULL_ROWS], "LR"))
    if server:
        console.write_text(tr("A server has {rss_mb:.0f} MB and its first page after {first_page_s:.1f} s.", **server))


def _as_text(found: dict[str, dict[str, Any]]) -> str:
    rows = [["", *found]]
    for key, words, form in _ROWS:
        cells = [form.format(figures[key]) for figures in found.values()]
        rows.append([tr(words), *cells])
    return console.table(rows, "L" + "R" * len(found))
