"""The command that explains pictures before anybody asks."""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

from xai_core.cli import console
from xai_core.cli.explain import by_engine
from xai_core.confusions import confusion
from xai_core.confusions.companions import companions
from xai_core.data.dataset import decoded
from xai_core.engines.search import TITLES
from xai_core.errors import NameUnknown, PictureUnreadable, SettingRefused, StoreRefused
from xai_core.explain.service import Question, explain, picture_hash
from xai_core.explain.store import ExplanationStore
from xai_core.labels import index_of
from xai_core.model import preprocess
from xai_core.settings import ENGINES, ExplainSettings
from xai_core.study.study import Study, open_study

COMPANIONS = 3
"""Explained with each mistake, as the page shows them."""

NICE = 10
"""By how much the process steps back behind others on the machine, such as the app."""


def precompute(
    name: str,
    studies: Path,
    *,
    pair: str | None,
    evaluations: int,
    limit: int,
    engine: str = ENGINES[0],
    seed: int = 0,
    as_json: bool = False,
) -> None:
    """Fill the store with the mistakes of the most frequent pairs and their companions; called again, it goes on.

    Parameters
    ----------
    name, studies
        Which study.
    pair
        "truth:guess" for this pair alone; None takes all, the most frequent first.
    evaluations
        For each picture. Smaller budgets are answered from the same evaluations.
    limit
        Pictures at most.
    engine, seed
        See `explaining.by_engine`.
    as_json
        For machines.
    """
    if limit < 1:
        raise SettingRefused("limit", limit, "at least 1 picture")
    study = open_study(name, studies)
    usual = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=evaluations)
    settings = by_engine(usual, engine, seed)
    settings.check_against(study.spec.input_size, study.labels)
    store = ExplanationStore(study.explanations)
    pictures = list(islice(wanted(study, pair), limit))
    missing = [each for each in pictures if not _is_stored(study, each, settings, store)]
    with suppress(OSError, AttributeError):  # not every system has it
        os.nice(NICE)
    unreadable = _explain(study, missing, settings, store) if missing else []
    before, now = len(pictures) - len(missing), len(missing) - len(unreadable)
    if as_json:
        found = {
            "engine": engine,
            "pictures": len(pictures),
            "stored_before": before,
            "explained": now,
            "unreadable": unreadable,
        }
        console.answer_json(found)
    else:
        lost = f" {len(unreadable)} could not be read." if unreadable else ""
        console.answer(
            f"{TITLES[engine]}. Of {len(pictures)} pictures {before} had been explained before, "
            f"and {now} were now.{lost}"
        )


def wanted(study: Study, pair: str | None) -> Iterator[str]:
    """Image ids: each pair's mistakes, every one followed by its companions, none twice.

    Raises
    ------
    SettingRefused, NameUnknown
        If the pair is not written truth:guess, has unknown classes, or never happens.
    """
    ranked = confusion.pairs(study.table)
    pairs = list(zip(ranked["truth"], ranked["guess"], strict=True))
    if pair is not None:
        pairs = [_parsed(pair, study, pairs)]
    told: set[str] = set()
    for truth, guess in pairs:
        for mistake in confusion.mistakes(study.table, truth, guess)["image_id"]:
            beside = companions(study.table, study.embeddings, mistake, truth, count=COMPANIONS)
            for image_id in (mistake, *beside):
                if image_id not in told:
                    told.add(image_id)
                    yield image_id


def _parsed(pair: str, study: Study, pairs: list[tuple[str, str]]) -> tuple[str, str]:
    truth, colon, guess = pair.partition(":")
    if not colon:
        raise SettingRefused("pair", repr(pair), "two classes, truth:guess, such as pork_chop:ravioli")
    for label in (truth, guess):
        index_of(label, study.labels)
    if (truth, guess) not in pairs:
        hint = "The command `confusions` lists the pairs that do."
        raise NameUnknown("pair", pair, hint=f"{truth} is never taken for {guess} in the study {study.name}. {hint}")
    return truth, guess


def _is_stored(study: Study, image_id: str, settings: ExplainSettings, store: ExplanationStore) -> bool:
    try:
        hashed = picture_hash(study.picture_bytes(image_id))
    except PictureUnreadable:
        return False
    return store.get(settings.key(model_id=study.model_id, picture_hash=hashed)) is not None


def _explain(study: Study, missing: list[str], settings: ExplainSettings, store: ExplanationStore) -> list[str]:
    """Explain pictures one after the other; return those that cannot be read."""
    runtime = study.open_runtime()
    unreadable = []
    planned = len(missing) * settings.evaluations
    with console.progress(f"Explaining {len(missing)} pictures", "evaluations") as tell:
        for number, image_id in enumerate(missing):
            done = number * settings.evaluations
            tell(done, planned)
            try:
                content = study.picture_bytes(image_id)
                view = preprocess.view(decoded(content, image_id), study.spec)
            except PictureUnreadable as lost:
                console.note(lost.sentence)
                unreadable.append(image_id)
                continue
            question = Question(runtime, view, picture_hash(content), settings, store)
            explain(question, progress=partial(_tell_of, tell, done, planned), refused=_refuse)
        tell(planned, planned)
    return unreadable


def _tell_of(tell: console.Tell, done: int, planned: int, now: int, _of_this: int) -> None:
    tell(done + now, planned)


def _refuse(fault: StoreRefused) -> None:
    """Stop: explanations that are not stored are of no use here."""
    raise fault
