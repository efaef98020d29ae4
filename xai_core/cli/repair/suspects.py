"""The commands `suspects` and `cause-test`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import (
    USUAL_ENGINE,
    AsJson,
    EngineOption,
    EngineSeed,
    Evaluations,
    Gpus,
    RayAddress,
    Ship,
    StudiesFolder,
    StudyName,
    Workers,
)
from xai_core.cli.precompute import parse_pair
from xai_core.cli.workers import worker_pool
from xai_core.errors import NameUnknown, PictureUnreadable, SettingRefused, WorkerDied
from xai_core.language import mark, shown, tr
from xai_core.texts import paragraph

if TYPE_CHECKING:
    from xai_core.repair.suspects.cause_effects import CauseTest
    from xai_core.repair.suspects.ranking import Suspects
    from xai_core.settings.explain_settings import ExplainSettings
    from xai_core.study.study import Study

PairOption = Annotated[
    str, typer.Option("--pair", metavar="A:B", help=tr("The mistakes: pictures of class A that are taken for class B."))
]


def suspects(
    name: StudyName,
    *,
    evaluations: Evaluations = 100,
    budget: Annotated[
        int,
        typer.Option(
            metavar="N", help=tr("Evaluations to spend now on pictures without a stored explanation. 0 spends none.")
        ),
    ] = 0,
    top: Annotated[int, typer.Option(metavar="N", help=tr("Number of pairs to list."))] = 20,
    engine: EngineOption = USUAL_ENGINE,
    seed: EngineSeed = 0,
    workers: Workers = None,
    ray: RayAddress = None,
    gpus: Gpus = 0.0,
    ship: Ship = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Rank all pairs by evidence in their mistakes that right answers of the class do not have.

    Uses stored explanations with these settings. It says how many evaluations are missing, and spends as many of them
    as --budget allows. If the command is stopped, the same command continues where it stopped.
    """
    # Imported here: --help must not wait for torch and pandas.
    from xai_core.repair.suspects.ranking import rank_suspects
    from xai_core.study.precompute import explain_pictures
    from xai_core.study.study import open_study

    if top < 1:
        raise SettingRefused("top", top, tr("at least 1 pair"))
    if budget < 0:
        raise SettingRefused("budget", budget, tr("0 or more evaluations"))
    study = open_study(name, console.studies_folder(studies))
    settings = _settings(study, evaluations, engine.value, seed)
    with console.progress(tr("Reading explanations"), tr("pictures")) as progress:
        found = rank_suspects(study, settings, seed=seed, progress=progress)
    affordable = found.unexplained[: budget // evaluations]
    if budget and found.unexplained and not affordable:
        console.note(
            tr(
                "{budget} evaluations are fewer than the {evaluations} of one picture: nothing is explained.",
                budget=budget,
                evaluations=evaluations,
            )
        )
    if affordable:
        console.lower_priority()
        with (
            console.resumable(),
            worker_pool(workers, ray, gpus) as pool,
            console.progress(tr("Explaining {number} pictures", number=len(affordable)), tr("evaluations")) as progress,
        ):
            explain_pictures(
                study, affordable, settings, progress=progress, set_aside=_note_set_aside, pool=pool, ship=ship
            )
        found = rank_suspects(study, settings, seed=seed)
    if as_json:
        console.write_json(_suspects_json(found, evaluations, top))
    else:
        console.write_text(_suspects_text(found, evaluations, top))


def cause_test(
    name: StudyName,
    *,
    pair: PairOption,
    evaluations: Evaluations = 100,
    share: Annotated[
        float, typer.Option(metavar="S", help=tr("Share of the evidence for the guess that the hidden spot holds."))
    ] = 0.8,
    engine: EngineOption = USUAL_ENGINE,
    seed: EngineSeed = 0,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Hide the strongest evidence in all mistakes of a pair, beside random spots of the same shape.

    Says how many mistakes become right, and how far the margin moves, by several fillings.
    """
    from xai_core.repair.suspects import cause_test as test
    from xai_core.repair.suspects.random_spot import strongest_part
    from xai_core.repair.suspects.ranking import pictures_to_explain
    from xai_core.study.study import open_study

    if not 0 < share <= 1:
        raise SettingRefused("share", share, tr("more than 0 and at most 1"))
    study = open_study(name, console.studies_folder(studies))
    wanted = parse_pair(pair)
    groups = {(group.truth, group.guess): group for group in pictures_to_explain(study)}
    if wanted not in groups:
        hint = tr("The study {study} has fewer than 3 of its mistakes, or of right answers beside them.", study=name)
        raise NameUnknown(mark("pair to test"), pair, hint=hint)
    settings = _settings(study, evaluations, engine.value, seed)
    with console.progress(tr("Hiding"), tr("pictures")) as progress:
        found = test.cause_test(
            study,
            groups[wanted],
            settings,
            study.open_runtime(),
            spot_of=lambda contrast: strongest_part(contrast, share),
            seed=seed,
            progress=progress,
        )
    if as_json:
        console.write_json(_cause_json(found))
    else:
        console.write_text(_cause_text(found))


def _settings(study: "Study", evaluations: int, engine: str, seed: int) -> "ExplainSettings":
    from xai_core.settings.explain_settings import ExplainSettings

    settings = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=evaluations)
    settings = settings.by_engine(engine, seed)
    settings.check_against(study.spec.input_size, study.labels)
    return settings


def _note_set_aside(image_id: str, fault: PictureUnreadable | WorkerDied) -> None:
    console.note(
        tr("{picture} is set aside: {reason}", picture=image_id, reason=shown(fault.args[0]))
        if isinstance(fault, WorkerDied)
        else fault.sentence
    )


def _suspects_json(found: "Suspects", evaluations: int, top: int) -> dict[str, Any]:
    return {
        "pairs": found.pairs,
        "tested": len(found.ranked),
        "too_few": found.too_few,
        "unexplained": len(found.unexplained),
        "evaluations_missing": len(found.unexplained) * evaluations,
        "suspects": [
            asdict(suspect) | {"effect": suspect.effect, "total": suspect.total} for suspect in found.ranked[:top]
        ],
    }


def _suspects_text(found: "Suspects", evaluations: int, top: int) -> str:
    lines = [
        tr(
            "{tested} of {pairs} pairs are tested; {few} have too few pictures.",
            tested=len(found.ranked),
            pairs=found.pairs,
            few=found.too_few,
        )
    ]
    if found.unexplained:
        missing = len(found.unexplained) * evaluations
        lines.append(
            tr(
                "{number} pictures are not explained yet: {missing:,} evaluations. --budget {budget} spends them.",
                number=len(found.unexplained),
                missing=missing,
                budget=missing,
            )
        )
    rows = [
        [
            tr("truth"),
            "",
            tr("guess"),
            tr("mistakes"),
            tr("evidence"),
            tr("in right"),
            tr("95 % of the difference"),
            "q",
            tr("total"),
        ]
    ]
    rows += [
        [
            suspect.truth,
            "->",
            suspect.guess,
            str(suspect.count),
            f"{suspect.in_mistakes:.1f}",
            f"{suspect.in_right:.1f}",
            tr("{low:.1f} to {high:.1f}", low=suspect.low, high=suspect.high),
            f"{suspect.q_value:.2g}",
            f"{suspect.total:.0f}",
        ]
        for suspect in found.ranked[:top]
    ]
    table = f"\n\n{console.table(rows, 'LLLRRRRRR')}\n\n{tr(_SUSPECTS_HELP)}" if found.ranked else ""
    return "\n".join(lines) + table


_SUSPECTS_HELP = mark("""\
evidence: mean evidence for the guess rather than the truth in the mistakes, in logits.
in right: the same in right answers of the truth. q: permutation test, corrected for all tested pairs.
total: the difference times the number of mistakes, by which pairs are ranked.
Mistakes have such evidence by definition, so q alone makes no suspect. `cause-test` hides it.""")


def _cause_json(found: "CauseTest") -> dict[str, Any]:
    return asdict(found) | {"agree": found.agree, "sentence": found.sentence}


def _cause_text(found: "CauseTest") -> str:
    rows = [
        [
            tr("filling"),
            tr("mistakes"),
            tr("right"),
            tr("by chance"),
            "p",
            tr("left pair"),
            tr("by chance"),
            tr("margin"),
            "p",
            tr("right lost"),
        ]
    ]
    rows += [
        [
            effect.filling,
            str(effect.mistakes),
            str(effect.turned_right),
            f"{effect.control_turned_right:.1f}",
            f"{effect.p_turned_right:.2g}",
            str(effect.left_pair),
            f"{effect.control_left_pair:.1f}",
            tr(
                "{mean:.1f} ({low:.1f} to {high:.1f})",
                mean=effect.margin.mean,
                low=effect.margin.low,
                high=effect.margin.high,
            ),
            f"{effect.p_margin:.2g}",
            tr("{number} of {all}", number=effect.turned_wrong, all=effect.right),
        ]
        for effect in found.effects
    ]
    lost = tr("{number} pictures could not be read.", number=found.unreadable) if found.unreadable else ""
    spot = tr(
        "{truth} taken for {guess}: the spot covers {area:.0%} of a picture.",
        truth=found.truth,
        guess=found.guess,
        area=found.area,
    )
    return f"{paragraph(spot, lost)}\n{found.sentence}\n\n{console.table(rows, 'LRRRRRRRRR')}\n\n{tr(_CAUSE_HELP)}"


_CAUSE_HELP = mark("""\
right: mistakes that become right when the spot is hidden. left pair: mistakes no longer taken for the guess.
by chance: the same with random spots of its shape. margin: fall of guess minus truth beyond random spots, in logits.
right lost: right answers of the class that become wrong without their own evidence for the guess.""")
