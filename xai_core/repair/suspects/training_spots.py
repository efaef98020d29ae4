"""Suspect spots of training pictures, to be hidden while a network is trained."""

from collections.abc import Callable, Sequence

from xai_core.data.dataset import PictureSet
from xai_core.errors import NameUnknown, PictureUnreadable, SettingRefused, StudyRefused, WorkerDied
from xai_core.evidence.patches import strongest_patch
from xai_core.explain.store import ExplanationStore
from xai_core.explain.target import Target
from xai_core.labels import index_of
from xai_core.language import deferred, mark
from xai_core.model.preprocess import source_box
from xai_core.progress import Progress, ignore_progress
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.precompute import explain_pictures
from xai_core.study.study import Study
from xai_core.training.hidden_spots import RelativeBox

_CURE = deferred(
    "Create a study of the training pictures: {command}.",
    command="study create NAME --data ROOT --model FILE --split train",
)


def spots_to_hide(
    study: Study,
    pairs: Sequence[tuple[str, str]],
    settings: ExplainSettings,
    training: PictureSet,
    *,
    progress: Progress = ignore_progress,
    unreadable: Callable[[str, PictureUnreadable | WorkerDied], None] = lambda _image_id, _fault: None,
) -> dict[str, RelativeBox]:
    """Find the strongest square of evidence in the training pictures of the guessed classes.

    In a pair "pork chop taken for ravioli", the pictures of ravioli teach the network what ravioli looks like. What
    speaks most for ravioli rather than pork chop in them is hidden, so that it has to learn more than that.

    Parameters
    ----------
    study
        Study of the training pictures. Explanations that it has stored cost nothing.
    pairs
        Pairs of truth and guess.
    settings
        Settings of the explanations.
    training
        The training pictures.
    progress
        Receives the numbers of evaluations done and planned.
    unreadable
        Receives each picture that cannot be read; it stays whole.

    Returns
    -------
    Box by image id. A picture without evidence for the guess has none.

    Raises
    ------
    NameUnknown
        If the model of the study does not have a class.
    SettingRefused
        If two pairs have the same guess.
    StudyRefused
        If the study has none of the training pictures of these classes, or other ones under their ids.
    """
    for pair in pairs:
        for label in pair:
            index_of(label, study.labels)
        if pair[0] == pair[1]:
            raise NameUnknown(mark("pair"), f"{pair[0]}:{pair[1]}", hint=deferred("Give two different classes."))
    guesses = [guess for _, guess in pairs]
    if len(set(guesses)) < len(guesses):
        twice = next(guess for guess in guesses if guesses.count(guess) > 1)
        raise SettingRefused(
            deferred("The list of pairs"),
            deferred("two pairs with the guess {guess}", guess=twice),
            deferred("each guess once"),
        )
    in_study = set(study.table["image_id"][study.table["unreadable"] == ""])
    target_of = {guess: Target(guess, truth) for truth, guess in pairs}
    wanted = {
        picture.image_id: target_of[picture.truth]
        for picture in training.pictures
        if picture.truth in target_of and picture.image_id in in_study
    }
    if not wanted:
        raise StudyRefused(
            deferred(
                "The study {study} has no training picture of {classes}.",
                study=study.name,
                classes=", ".join(target_of),
            ),
            _CURE,
        )
    _check_same_pictures(study, training, list(wanted))
    explain_pictures(study, list(wanted), settings, progress=progress, set_aside=unreadable)
    store = ExplanationStore(study.explanations)
    return {
        image_id: box
        for image_id, target in wanted.items()
        if (box := _relative_box(study, image_id, target, settings, store)) is not None
    }


def _check_same_pictures(study: Study, training: PictureSet, image_ids: Sequence[str]) -> None:
    """Refuse a study with other pictures under the same ids, such as those of the test split."""
    for image_id in image_ids:
        try:
            same = study.picture_bytes(image_id) == training.read_bytes(image_id)
        except PictureUnreadable:
            continue
        if not same:
            raise StudyRefused(
                deferred(
                    "The study {study} has another picture under the id {picture} than the training pictures.",
                    study=study.name,
                    picture=image_id,
                ),
                _CURE,
            )


def _relative_box(
    study: Study, image_id: str, target: Target, settings: ExplainSettings, store: ExplanationStore
) -> RelativeBox | None:
    try:
        explanation = store.get(study.explanation_key(image_id, settings))
        photo = study.photo(image_id)
    except PictureUnreadable:
        return None
    patch = None if explanation is None else strongest_patch(image_id, target.map_of(explanation))
    if patch is None:
        return None
    box = (patch.left, patch.top, patch.left + patch.side, patch.top + patch.side)
    left, top, right, bottom = source_box(photo.size, box, study.spec)
    return left / photo.width, top / photo.height, right / photo.width, bottom / photo.height
