"""Search for copies with its progress on stderr, for the commands that need it."""

from typing import TYPE_CHECKING

from xai_core.cli import console
from xai_core.language import tr

if TYPE_CHECKING:
    from xai_core.study.pictures.duplicates import Duplicates
    from xai_core.study.pictures.leaks import Leaks
    from xai_core.study.study import Study


def search_duplicates(study: "Study") -> "Duplicates":
    """Search a study for duplicates, or return those that are stored."""
    from xai_core.study.pictures.duplicates import COMPARING, find_duplicates
    from xai_core.study.pictures.properties import measure_study

    with console.resumable():
        with console.progress(tr("Measuring"), tr("pictures")) as measuring:
            measure_study(study, measuring)
        with console.progress(tr("Comparing"), tr("pairs")) as comparing:
            return find_duplicates(
                study, lambda stage, done, planned: comparing(done, planned) if stage == COMPARING else None
            )


def search_leaks(study: "Study", other: "Study") -> "Leaks":
    """Search two studies for pictures that both have, or return those that are stored."""
    from xai_core.study.pictures.duplicates import COMPARING
    from xai_core.study.pictures.leaks import find_leaks
    from xai_core.study.pictures.properties import measure_study

    with console.resumable():
        for each in (study, other):
            with console.progress(tr("Measuring {study}", study=each.name), tr("pictures")) as measuring:
                measure_study(each, measuring)
        with console.progress(tr("Comparing"), tr("pairs")) as comparing:
            return find_leaks(
                study, other, lambda stage, done, planned: comparing(done, planned) if stage == COMPARING else None
            )
