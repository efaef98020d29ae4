"""The command that measures speed."""

from typing import Any

from xai_core import bench
from xai_core.cli import console
from xai_core.errors import SettingRefused
from xai_core.explain.fair_queue import FIRST_MAP

_ROWS = (
    ("recipe_evals_per_s", "source recipe, evaluations/s", "{:.1f}"),
    ("engine_evals_per_s", "engine, evaluations/s", "{:.1f}"),
    ("bare_evals_per_s", "bare runtime, evaluations/s", "{:.1f}"),
    ("engine_over_recipe", "engine over recipe", "{:.2f}"),
    ("engine_over_bare", "engine over bare", "{:.3f}"),
    ("map_correlation", "correlation of their maps", "{:.6f}"),
    ("map_difference", "largest difference / largest value", "{:.1e}"),
    ("first_map_s", "first map (100 evaluations), s", "{:.2f}"),
    ("peak_mb", "peak memory above the model's own, MB", "{:.0f}"),
)


def bench_models(*, evaluations: int, rounds: int, as_json: bool) -> None:
    """Measure the source recipe, the engine and the bare runtime on each model.

    Parameters
    ----------
    evaluations
        Of each explanation.
    rounds
        Of all three, one after the other.
    as_json
        For machines.
    """
    if evaluations < FIRST_MAP:
        raise SettingRefused("evals", evaluations, f"at least {FIRST_MAP}")
    if rounds < 1:
        raise SettingRefused("rounds", rounds, "at least 1")
    found: dict[str, dict[str, Any]] = {}
    for name, model in bench.models().items():
        if model is None:
            console.note(f"{name} is not measured: its checkpoint is not here.")
        else:
            found[name] = bench.measure(model, evaluations=evaluations, rounds=rounds, tell=console.note)
    console.answer_json(found) if as_json else console.answer(_as_text(found))


def _as_text(found: dict[str, dict[str, Any]]) -> str:
    rows = [["", *found]]
    for key, words, form in _ROWS:
        cells = ["unknown" if figures[key] is None else form.format(figures[key]) for figures in found.values()]
        rows.append([words, *cells])
    return console.aligned(rows, "L" + "R" * len(found))
