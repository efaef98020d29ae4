"""Explanation of a study's mistakes ahead of time."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from xai_core.confusions import confusion
from xai_core.confusions.companions import companions
from xai_core.errors import NameUnknown, PictureUnreadable, StoreRefused, WorkerDied
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.labels import index_of
from xai_core.language import deferred, mark
from xai_core.progress import Progress, ignore_progress
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.remote.explaining import ExplainWork, Known, with_content
from xai_core.study.remote.model import study_model
from xai_core.study.study import Study
from xai_core.workers.pool import WorkerPool

COMPANIONS = 3
"""Companions that are explained with each mistake, the number that the pages show at first."""


def mistakes_with_companions(study: Study, pair: tuple[str, str] | None = None) -> Iterator[str]:
    """Yield the image ids of mistakes, each followed by its companions and none twice.

    Parameters
    ----------
    study
        Study of the pictures.
    pair
        Truth and guess; None for all pairs, the most frequent first.

    Raises
    ------
    NameUnknown
        If there is no such class, or if the model never takes the truth for the guess.
    """
    ranked = confusion.pairs(study.table)
    pairs = list(zip(ranked["truth"], ranked["guess"], strict=True))
    if pair is not None:
        for label in pair:
            index_of(label, study.labels)
        if pair not in pairs:
            truth, guess = pair
            hint = deferred(
                "{truth} is never taken for {guess} in the study {study}.", truth=truth, guess=guess, study=study.name
            )
            raise NameUnknown(mark("pair"), f"{truth}:{guess}", hint=hint)
        pairs = [pair]
    yielded: set[str] = set()
    for truth, guess in pairs:
        for mistake in confusion.mistakes(study.table, truth, guess)["image_id"]:
            beside = companions(study.table, study.embeddings, mistake, truth, count=COMPANIONS)
            for image_id in (mistake, *beside):
                if image_id not in yielded:
                    yielded.add(image_id)
                    yield image_id


def settings_for(study: Study, image_id: str, settings: ExplainSettings) -> ExplainSettings:
    """Return the settings with which a mistake, or a correct picture beside it, is explained.

    Parameters
    ----------
    study
        Study of the picture.
    image_id
        The picture.
    settings
        Settings of the mistake.

    Raises
    ------
    NameUnknown
        If the study has no such picture.
    """
    row = study.row(image_id)
    return settings.for_companions() if row["truth"] == row["guess"] else settings


def without_explanation(study: Study, image_ids: Sequence[str], settings: ExplainSettings) -> list[str]:
    """Return the pictures that have no stored explanation, unreadable ones included."""
    store = ExplanationStore(study.explanations)
    return [image_id for image_id in image_ids if not _is_stored(study, image_id, settings, store)]


def _is_stored(study: Study, image_id: str, settings: ExplainSettings, store: ExplanationStore) -> bool:
    try:
        key = study.explanation_key(image_id, settings_for(study, image_id, settings))
    except PictureUnreadable:
        return False
    return store.get(key) is not None


def explain_pictures(
    study: Study,
    image_ids: Sequence[str],
    settings: ExplainSettings,
    *,
    progress: Progress = ignore_progress,
    set_aside: Callable[[str, PictureUnreadable | WorkerDied], None],
    pool: WorkerPool | None = None,
    ship: bool = False,
) -> None:
    """Explain pictures and store the explanations.

    Parameters
    ----------
    study
        Study of the pictures.
    image_ids
        Pictures to explain. The model is loaded only if there are any.
    settings
        Settings of the mistakes; those of correct pictures follow (`settings_for`).
    progress
        Called with the evaluations done and planned.
    set_aside
        Called with a picture that cannot be read, or that its workers died on, and the error; others follow.
    pool
        Workers that explain side by side; None explains here, one after the other.
    ship
        True to send pictures and model to the workers, False where they see the same paths.

    Raises
    ------
    StoreRefused
        If the disk does not take an explanation: it would be of no use without the store.
    ExplanationFailed
        If the model fails.
    """
    if not image_ids:
        return
    store = ExplanationStore(study.explanations)
    settings_of = {image_id: settings_for(study, image_id, settings) for image_id in image_ids}
    planned, before = sum(chosen.evaluations for chosen in settings_of.values()), 0
    if pool is not None:
        progress(before, planned)
        work = ExplainWork(study_model(study, image_ids, ship=ship), None if ship else study.data)
        known = _known_searches(study, store)
        for done in pool.run(work, with_content(study.data, settings_of, ship=ship, known=known)):
            if isinstance(done.fault, PictureUnreadable | WorkerDied):
                set_aside(done.item.image_id, done.fault)
            elif done.fault is not None:
                raise done.fault
            elif done.answer is not None:
                # Written here and not by the workers: they need not see the store, and one writer leaves no half files.
                store.put_logits(done.answer.search_key, done.answer.logits)
                store.put(done.answer.key, done.answer.explanation)
            before += done.item.settings.evaluations
            progress(before, planned)
        return
    runtime = study.open_runtime()
    for image_id, chosen in settings_of.items():
        progress(before, planned)
        try:
            question = study.question(image_id, chosen, runtime, store)
        except PictureUnreadable as fault:
            set_aside(image_id, fault)
        else:
            explain(question, progress=_after(before, planned, progress), refused=_raise)
        before += chosen.evaluations
    progress(planned, planned)


def _known_searches(study: Study, store: ExplanationStore) -> Known:
    """Return a function that finds the logits of an earlier search, for workers that do not see the store."""
    if not store.has_logits():
        return lambda _image_id, _settings: None
    # Logits go on only where they were made: their key has the name of the runtime, which is known once it is open.
    runtime = study.open_runtime()

    def known(image_id: str, settings: ExplainSettings) -> tuple[str, NDArray[np.float32]] | None:
        try:
            key = study.question(image_id, settings, runtime, store).search_key
        except PictureUnreadable:
            return None
        logits = store.get_logits(key)
        return None if logits is None else (key, logits)

    return known


def _after(before: int, planned: int, progress: Progress) -> Progress:
    """Return a callback that adds one picture's evaluations to those of the pictures before."""
    return lambda done, _planned: progress(before + done, planned)


def _raise(fault: StoreRefused) -> None:
    raise fault
