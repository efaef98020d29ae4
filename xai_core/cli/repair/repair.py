"""The command `repair`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.cli.precompute import parse_pair
from xai_core.cli.repair.compare_studies import change_text, changes_json, pairs_table
from xai_core.cli.repair.evidence_file import note_unknown, read_evidence
from xai_core.errors import SettingRefused
from xai_core.language import mark, tr
from xai_core.texts import paragraph

if TYPE_CHECKING:
    from xai_core.repair.trials.cures import Trial

TOP = 20
"""Pairs of the table of changes."""


def repair(
    name: StudyName,
    *,
    pair: Annotated[
        str, typer.Option("--pair", metavar="A:B", help=tr("The mistakes: pictures of class A taken for class B."))
    ],
    cure: Annotated[str, typer.Option(metavar="NAME", help=tr("refit, temperature or offsets."))] = "refit",
    on: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY",
            help=tr("Study of other pictures by the same model, to fit the cure on."),
            show_default=tr("half of the study itself; the other half judges"),
        ),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=tr("CSV with the columns image_id and evidence (yes or no), to balance both groups.")
        ),
    ] = None,
    draws: Annotated[int, typer.Option(metavar="N", help=tr("Number of random halves to try."))] = 1,
    strength: Annotated[
        float | None,
        typer.Option(
            metavar="S", help=tr("Strength of the pull to the old layer."), show_default=tr("by cross-validation")
        ),
    ] = None,
    anchor: Annotated[
        str, typer.Option(metavar="NAME", help=tr("Start of a refit: own (the model's layer) or fresh (nothing)."))
    ] = "own",
    seed: Annotated[int, typer.Option(metavar="N", help=tr("Seed of the halves."))] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=tr("Write the repaired model to this file."))] = None,
    new_study: Annotated[
        str | None,
        typer.Option("--study", metavar="NEW", help=tr("With --out: create the study NEW of the repaired model.")),
    ] = None,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Try a cure on stored embeddings, judged on pictures that it was not fitted on.

    Verdicts "wrong label" are applied first. Nothing is written without --out.
    """
    # Imported here: --help must not wait for pandas.
    from xai_core.repair.repaired_study import check_new_files, write_model_with_study, write_repaired_model
    from xai_core.repair.trials.cures import try_cure
    from xai_core.repair.trials.division import divide
    from xai_core.study.study import open_study

    if draws < 1:
        raise SettingRefused("draws", draws, tr("at least 1"))
    if new_study is not None and out is None:
        raise SettingRefused("study", new_study, tr("a file for its model as well: --out FILE"))
    if out is not None:
        check_new_files(out)
        console.check_writable(out)
    folder = console.studies_folder(studies)
    study = open_study(name, folder)
    other = None if on is None else open_study(on, folder)
    groups = None if evidence is None else read_evidence(evidence)
    if groups is not None and evidence is not None:
        ids = {*study.table["image_id"], *(() if other is None else other.table["image_id"])}
        note_unknown(groups, ids, evidence)
    trials, first = [], None
    # A repair set of its own leaves nothing to chance.
    for number in range(1 if other is not None else draws):
        division = divide(study, other, evidence=groups, seed=seed + number)
        first = first or division
        trials.append(
            try_cure(cure, division, study.labels, parse_pair(pair), anchor=anchor, strength=strength, seed=seed)
        )
    assert first is not None
    made = {}
    if out is not None:
        fitted = (study, trials[0].change)
        if new_study is None:
            model = write_repaired_model(*fitted, out.absolute(), trials[0].record())
        else:
            fitted_on = first.fitted_on.image_ids if other is None else ()
            model, new = write_model_with_study(
                *fitted,
                trials[0].record(),
                out=out.absolute(),
                name=new_study,
                studies=folder,
                fitted_on=fitted_on,
            )
            made["study"] = new.name
        made["model"] = str(model.path)
    if as_json:
        console.write_json({"cure": cure, "trials": [_trial_json(trial) for trial in trials]} | made)
    else:
        console.write_text("\n\n".join(_trial_text(trial) for trial in trials[:1]) + _draws_text(trials))
        for what, value in made.items():
            console.note(
                tr("Wrote the model {value}.", value=value)
                if what == "model"
                else tr("Wrote the study {value}.", value=value)
            )


def _trial_json(trial: "Trial") -> dict[str, Any]:
    outcome = trial.outcome
    refit = trial.refit
    return {
        "fitted_on": trial.fitted_on,
        "left_out": outcome.left_out,
        "pair": outcome.pair.to_json() | {"mended": outcome.mended_of_pair},
        "elsewhere": outcome.elsewhere.to_json(),
        "held_back": changes_json(outcome.changes, TOP),
        "ece": [outcome.ece_before, outcome.ece_after],
        "pair_confidence": [
            None if math.isnan(value) else value
            for value in (outcome.pair_confidence_before, outcome.pair_confidence_after)
        ],
        "warnings": list(outcome.warnings),
        "refit": None
        if refit is None
        else {
            "strength": refit.strength,
            "scope": refit.scope,
            "losses": {str(key): value for key, value in refit.losses.items()},
            "with_evidence": refit.with_evidence,
            "seconds": refit.seconds,
        },
        "temperature": trial.change.temperature,
    }


_ALL_CLASSES = mark("Strength {strength:g}, weights of all classes, {seconds:.1f} s.")
_TWO_CLASSES = mark("Strength {strength:g}, weights of the two classes of the pair, {seconds:.1f} s.")


def _trial_text(trial: "Trial") -> str:
    outcome = trial.outcome
    refit = trial.refit
    how = ""
    if refit is not None:
        text = _ALL_CLASSES if refit.scope == "all" else _TWO_CLASSES
        how = tr(text, strength=refit.strength, seconds=refit.seconds)
    lines = [
        paragraph(
            tr(
                "{cure} on {fitted:,} pictures, judged on {judged:,} others.",
                cure=trial.cure.capitalize(),
                fitted=trial.fitted_on,
                judged=len(outcome.changes.table),
            ),
            how,
        ),
        tr(
            "Mistakes of the pair: {change}; {mended} of them are right after.",
            change=change_text(outcome.pair),
            mended=outcome.mended_of_pair,
        ),
        tr("Right guesses: {change}.", change=change_text(outcome.changes.right)),
        tr(
            "Calibration error (ECE): {before:.3f} -> {after:.3f}.",
            before=outcome.ece_before,
            after=outcome.ece_after,
        ),
        *(tr("Warning: {warning}", warning=warning) for warning in outcome.warnings),
    ]
    return "\n".join(lines) + f"\n\n{pairs_table(outcome.changes, TOP)}"


def _draws_text(trials: list["Trial"]) -> str:
    if len(trials) < 2:
        return ""
    rows = [[tr("draw"), tr("pair before"), tr("after"), tr("right before"), tr("after"), tr("points")]]
    for number, trial in enumerate(trials, start=1):
        pair, right = trial.outcome.pair, trial.outcome.changes.right
        counts = (pair.before, pair.after, right.before, right.after)
        rows.append([str(number), *map(str, counts), f"{100 * right.difference:+.1f}"])
    return f"\n\n{console.table(rows, 'RRRRRR')}"
