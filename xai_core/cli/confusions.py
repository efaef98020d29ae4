"""The command `confusions`, and the table of pairs that it shares with `study`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.cli.pictures.searching import search_duplicates
from xai_core.errors import SettingRefused
from xai_core.language import deferred, tr, tr_n

if TYPE_CHECKING:
    import pandas as pd


def confusions(
    name: StudyName,
    *,
    top: Annotated[int, typer.Option(metavar="N", help=tr("Number of pairs to list."))] = 20,
    is_distinct: Annotated[
        bool, typer.Option("--distinct", help=tr("Count photographs that come twice once; see the command duplicates."))
    ] = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Rank the pairs (truth, guess) by their number of mistakes."""
    # Imported here: --help must not wait for pandas.
    from xai_core.confusions import confusion, similar_pairs
    from xai_core.study.study import open_study

    if top < 1:
        raise SettingRefused("top", top, deferred("at least 1 pair"))
    study = open_study(name, console.studies_folder(studies))
    table = study.table
    if is_distinct:
        table = similar_pairs.distinct(table, search_duplicates(study).groups)
        left_out = len(study.table) - len(table)
        console.note(
            tr_n(
                "Left out: {number:,} picture that come twice.",
                "Left out: {number:,} pictures that come twice.",
                left_out,
            )
        )
    pairs = pair_values(confusion.pairs(table).head(top))
    if as_json:
        console.write_json(pairs)
    else:
        console.write_text(pairs_table(pairs) if pairs else confusion.why_no_pairs(study.summary()))


def pair_values(ranked: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return ranked pairs as plain JSON values.

    Parameters
    ----------
    ranked
        Table that `confusion.pairs` returns.
    """
    columns = zip(ranked["truth"], ranked["guess"], ranked["count"], ranked["share"], strict=True)
    return [
        {"truth": truth, "guess": guess, "count": int(count), "share": float(share)}
        for truth, guess, count, share in columns
    ]


def pairs_table(pairs: list[dict[str, Any]]) -> str:
    """Lay out pairs as a table for people."""
    rows = [[tr("truth"), "", tr("guess"), tr("pictures"), tr("of the truth")]]
    rows += [[pair["truth"], "->", pair["guess"], str(pair["count"]), f"{pair['share']:.1%}"] for pair in pairs]
    return console.table(rows, "LLLRR")
