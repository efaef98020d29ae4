"""The command `compare-studies`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder
from xai_core.errors import SettingRefused
from xai_core.language import mark, tr

if TYPE_CHECKING:
    import pandas as pd

    from xai_core.repair.comparison.guess_changes import GuessChanges
    from xai_core.repair.comparison.paired_change import PairedChange
    from xai_core.repair.comparison.studies import StudyComparison


def compare_studies(
    before: Annotated[str, typer.Argument(metavar="A", help=tr("Name of the first study."))],
    after: Annotated[str, typer.Argument(metavar="B", help=tr("Name of the second study."))],
    *,
    top: Annotated[int, typer.Option(metavar="N", help=tr("Number of pairs to list."))] = 20,
    matrix: Annotated[
        bool, typer.Option("--matrix", help=tr("Add the whole difference matrix, B minus A, to the JSON."))
    ] = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Compare the guesses of two studies of the same pictures, whatever models they hold.

    Pictures are matched by the content of their files, classes by their names.
    """
    # Imported here: --help must not wait for pandas.
    from xai_core.repair.comparison.studies import compare_studies as compare
    from xai_core.study.study import open_study

    if top < 1:
        raise SettingRefused("top", top, tr("at least 1 pair"))
    folder = console.studies_folder(studies)
    with console.progress(tr("Reading pictures"), tr("files")) as progress:
        found = compare(open_study(before, folder), open_study(after, folder), progress=progress)
    if as_json:
        console.write_json(_json_values(found, top, matrix=matrix))
    else:
        console.write_text(_as_text(found, top))


def change_text(change: "PairedChange") -> str:
    """Return a change of a share of pictures in words, with its interval and test."""
    low, high = change.interval
    return tr(
        "{before} -> {after} of {pictures:,} ({points:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}, McNemar "
        "p = {p_value:.2g})",
        before=change.before,
        after=change.after,
        pictures=change.pictures,
        points=100 * change.difference,
        low=100 * low,
        high=100 * high,
        p_value=change.p_value,
    )


def change_rows(pairs: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return rows of `GuessChanges.pairs` as plain JSON values."""
    records: list[dict[str, Any]] = [
        {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
        for row in pairs.to_dict("records")
    ]
    return records


def changes_json(changes: "GuessChanges", top: int) -> dict[str, Any]:
    """Return the changes between two sets of guesses as plain JSON values, with the `top` pairs."""
    counts = changes.table["outcome"].value_counts()
    return {
        "pictures": len(changes.table),
        "right": changes.right.to_json(),
        "agreement": changes.agreement,
        "kappa": changes.kappa,
        "outcomes": {str(name): int(count) for name, count in counts.items()},
        "pairs": change_rows(changes.pairs().head(top)),
    }


def pairs_table(changes: "GuessChanges", top: int) -> str:
    """Lay out the pairs that change most as a table for people."""
    rows = [[tr("truth"), "", tr("guess"), tr("before"), tr("after"), tr("mended"), tr("broken"), "p", "q"]]
    rows += [
        [
            row["truth"],
            "->",
            row["guess"],
            *(str(row[name]) for name in ("before", "after", "mended", "broken")),
            f"{row['p_value']:.2g}",
            f"{row['q_value']:.2g}",
        ]
        for row in change_rows(changes.pairs().head(top))
    ]
    return console.table(rows, "LLLRRRRRR")


def _json_values(found: "StudyComparison", top: int, *, matrix: bool) -> dict[str, Any]:
    changes = found.changes
    flips = changes.flips()
    values = {"before": found.before, "after": found.after} | changes_json(changes, top)
    values |= {
        "only_before": found.only_before,
        "only_after": found.only_after,
        "unreadable": found.unreadable,
        "annotated_otherwise": list(found.annotated_otherwise),
        "lacking_before": list(found.lacking_before),
        "lacking_after": list(found.lacking_after),
        "flips": flips[["image_id", "truth", "before", "after", "outcome"]].to_dict("records"),
    }
    if matrix:
        values |= {"labels": list(changes.labels), "difference": changes.difference().tolist()}
    return values


def _as_text(found: "StudyComparison", top: int) -> str:
    changes = found.changes
    outcomes = changes.table["outcome"].value_counts()
    mended, broken, other = (int(outcomes.get(name, 0)) for name in ("mended", "broken", "other mistake"))
    both = tr(
        "{both:,} pictures in both, {only_before:,} only in {before}, {only_after:,} only in {after}.",
        both=len(changes.table),
        only_before=found.only_before,
        before=found.before,
        only_after=found.only_after,
        after=found.after,
    )
    same = tr(
        "Same guess: {agreement:.1%} (Cohen's kappa {kappa:.2f}). {mended} mended, {broken} broken, {other} another "
        "mistake.",
        agreement=changes.agreement,
        kappa=changes.kappa,
        mended=mended,
        broken=broken,
        other=other,
    )
    lines = [both, *_left_out(found), tr("Right: {change}.", change=change_text(changes.right)), same]
    return "\n".join(lines) + f"\n\n{pairs_table(changes, top)}\n\n{tr(_HELP)}"


def _left_out(found: "StudyComparison") -> list[str]:
    lines = []
    if found.unreadable:
        lines.append(
            tr("{number} of them could not be read by one of the two, and are left out.", number=found.unreadable)
        )
    if found.annotated_otherwise:
        lines.append(
            tr(
                "{number} have another class in the second study, and are left out.",
                number=len(found.annotated_otherwise),
            )
        )
    for name, lacking in ((found.before, found.lacking_before), (found.after, found.lacking_after)):
        if lacking:
            some = ", ".join(lacking[:5]) + (", ..." if len(lacking) > 5 else "")
            lines.append(
                tr(
                    "The model of {study} does not have {number} classes of the other one: {classes}.",
                    study=name,
                    number=len(lacking),
                    classes=some,
                )
            )
    return lines


_HELP = mark("""\
before, after: mistakes of the pair. mended: its mistakes that are right after. broken: mistakes of it that were right.
p: McNemar's exact test of the pair. q: the same after the correction for all pairs (Benjamini and Hochberg).""")
