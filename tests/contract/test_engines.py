"""The promises of every engine, and the equality of `partition` with shap's partition explainer."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import shap
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image

from xai_core.engines.registry import new_search
from xai_core.explain.computation import Computation
from xai_core.explain.question import Question, explain
from xai_core.explain.store import ExplanationStore
from xai_core.masking import Masker, composer_maker, hidden
from xai_core.model.preprocess import view
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.onnxruntime_library import onnxruntime as ort
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.settings.mask_table import MASKS

SETTINGS = ExplainSettings(evaluations=120, blur_px=3, search_width=10, steer_top=2)
LABELS = ("pork_chop", "ravioli", "pizza", "ramen", "omelette", "steak")

engines = pytest.mark.parametrize("engine", sorted(ENGINES))
masks = pytest.mark.parametrize("mask", MASKS)


class TinyModel:
    """Model of two tanh layers over block means, deterministic and without ties, which takes one picture at a time.

    `asked` has every masked picture in the order of the requests.
    """

    def __init__(self, blocks=4, seed=0x7A57E):
        random = np.random.default_rng(seed)
        self.blocks = blocks
        self.first = random.normal(size=(blocks * blocks * 3, 24))
        self.second = random.normal(size=(24, len(LABELS)))
        self.asked = []

    def __call__(self, pictures):
        self.asked += [picture.tobytes() for picture in pictures]
        return np.array([self.of_one(picture) for picture in pictures])

    def of_one(self, picture):
        rows = np.array_split(picture.astype(np.float64), min(self.blocks, len(picture)), axis=0)
        blocks = [block.mean(axis=(0, 1)) for row in rows for block in self.columns(row)]
        pooled = np.resize(np.concatenate(blocks), len(self.first))
        return np.tanh(pooled @ self.first) @ self.second

    def columns(self, row):
        return np.array_split(row, min(self.blocks, row.shape[1]), axis=1)


def picture(height, width, seed=11):
    return np.random.default_rng(seed).normal(size=(height, width, 3)).astype(np.float32)


def begun(engine, of, settings, known=None):
    """Start the engine's search of a picture that the model sees normalised."""
    seen = np.clip(128 + 40 * of, 0, 255).astype(np.uint8)
    return new_search(seen, replace(settings, engine=engine), known, LABELS)


def searched(engine, model, of, settings, batches=None):
    """Run the engine's search of a picture for some batches, or to its end."""
    masker = Masker(of, hidden(of, BatchedRuntime.spec, settings))
    search = begun(engine, of, settings)
    while (masks := search.ask()) and batches != 0:
        search.tell(model(masker.compose(masks)))
        batches = None if batches is None else batches - 1
    return search


def maps(regions):
    """(H, W, L) values spread over pixels."""
    pixels = np.bincount(regions.region_of.ravel())
    return (regions.values / pixels[:, None])[regions.region_of]


def assert_additive(answer):
    np.testing.assert_allclose(answer.base + answer.values.sum(axis=0), answer.full, rtol=0, atol=1e-4)


@engines
@examples(deadline=None, max_examples=30)
@given(st.integers(1, 23), st.integers(1, 23), st.integers(2, 90))
def test_base_and_values_add_up_to_the_logits_of_every_label_for_any_picture(engine, height, width, evaluations):
    settings = replace(SETTINGS, evaluations=evaluations, blur_px=1 + min(height, width) // 2)
    regions = searched(engine, TinyModel(), picture(height, width), settings).result()
    assert_additive(regions)
    assert regions.region_of.shape == (height, width)
    assert (regions.region_of.dtype, regions.values.dtype) == (np.int32, np.float32)
    assert set(np.unique(regions.region_of)) == set(range(len(regions.values)))


@engines
def test_base_is_the_hidden_and_full_the_shown_picture(engine):
    model, of = TinyModel(), picture(12, 10)
    regions = searched(engine, model, of, SETTINGS).result()
    np.testing.assert_allclose(regions.base, model.of_one(hidden(of, BatchedRuntime.spec, SETTINGS)), rtol=1e-6)
    np.testing.assert_allclose(regions.full, model.of_one(of), rtol=1e-6)


def upper_half_only(pictures, model=TinyModel()):  # noqa: B008 - the same for all
    return model(pictures[:, :8])


@pytest.mark.parametrize("evaluations", [4, 30, 120])
def test_what_the_model_ignores_gets_nothing_where_nothing_is_estimated(evaluations):
    settings = replace(SETTINGS, evaluations=evaluations)
    values = maps(searched("partition", upper_half_only, picture(16, 12), settings).result())
    assert not values[8:].any()
    assert values[:8].any()


def test_what_the_model_ignores_is_within_noise_where_values_are_estimated():
    answer = searched("regions", upper_half_only, picture(16, 12), replace(SETTINGS, evaluations=1500)).result()
    seen, pixels = (
        np.bincount(answer.region_of[:8].ravel(), minlength=len(answer.values)),
        np.bincount(answer.region_of.ravel()),
    )
    values, errors = answer.values[seen == 0], answer.uncertainty.errors(answer.values)[seen == 0]
    assert len(values) > 20
    assert (np.abs(values) <= 1.96 * errors).mean() >= 0.9
    assert np.abs(values).mean() < np.abs(answer.values[seen == pixels]).mean() / 5


EXACT, ESTIMATED = (100_000, 1e-5), (2_000, 0.1)
"""Evaluations, and the relative tolerance of values that should be equal, for engines without and with errors."""


@engines
def test_what_the_model_cannot_tell_apart_gets_the_same(engine):
    # Every pixel counts alike, and all of them look alike, so that every pixel is worth the same.
    def of_brightness(pictures):
        mean = pictures.astype(np.float64).mean(axis=(1, 2, 3))
        return np.stack([np.tanh(mean), mean**3], axis=1)

    evaluations, within = ESTIMATED if ENGINES[engine].estimates_errors else EXACT
    settings = replace(SETTINGS, evaluations=evaluations)
    search = begun(engine, np.ones((8, 8, 3)), settings)
    masker = Masker(np.ones((8, 8, 3), np.float32), np.zeros((8, 8, 3), np.float32))
    while masks := search.ask():
        search.tell(of_brightness(masker.compose(masks)))
    values = maps(search.result())
    np.testing.assert_allclose(values, np.broadcast_to(values.mean(axis=(0, 1)), values.shape), rtol=within)


@engines
def test_an_engine_says_of_itself_whether_its_values_have_standard_errors(engine):
    answer = searched(engine, TinyModel(), picture(16, 12), SETTINGS).result()
    assert (answer.uncertainty is not None) == (ENGINES[engine].estimates_errors)


@engines
def test_the_same_question_twice_gives_the_same_bits(engine):
    first, second = (searched(engine, TinyModel(), picture(13, 17), SETTINGS).result() for _ in range(2))
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.region_of, second.region_of)


@engines
def test_two_searches_at_once_do_not_mix_their_pictures(engine):
    pictures = [picture(16, 16, seed) for seed in (1, 2)]
    alone = [searched(engine, TinyModel(), of, SETTINGS).result() for of in pictures]
    model, searches = TinyModel(), [begun(engine, of, SETTINGS) for of in pictures]
    maskers = [Masker(of, hidden(of, BatchedRuntime.spec, SETTINGS)) for of in pictures]
    while not all(search.finished for search in searches):
        for search, masker in zip(searches, maskers, strict=True):
            search.tell(model(masker.compose(search.ask())))
    for search, expected in zip(searches, alone, strict=True):
        np.testing.assert_array_equal(search.result().values, expected.values)


@engines
@pytest.mark.parametrize("stop", [2, 22, 47, 80])
def test_stopped_and_resumed_equals_straight_through(engine, stop):
    of, straight_model, model = picture(19, 14), TinyModel(), TinyModel()
    straight = searched(engine, straight_model, of, SETTINGS)
    stopped = searched(engine, model, of, replace(SETTINGS, evaluations=stop))
    resumed = begun(engine, of, SETTINGS, stopped.logits)
    masker = Masker(of, hidden(of, BatchedRuntime.spec, SETTINGS))
    while masks := resumed.ask():
        resumed.tell(model(masker.compose(masks)))
    assert model.asked == straight_model.asked
    np.testing.assert_array_equal(resumed.result().values, straight.result().values)


@engines
@pytest.mark.parametrize("batches", [1, 2, 5, 9])
def test_stopped_at_any_batch_there_is_a_whole_answer(engine, batches):
    search = searched(engine, TinyModel(), picture(15, 9), SETTINGS, batches)
    assert not search.finished
    assert_additive(search.result())
    assert search.work_left > 0


@engines
def test_the_more_is_spent_the_less_is_left(engine):
    left = [
        searched(engine, TinyModel(), picture(24, 24), replace(SETTINGS, evaluations=evaluations)).work_left
        for evaluations in (2, 20, 200, 2000)
    ]
    assert max(left) == left[0]
    assert left[-1] < left[0] / 4
    # Estimates are cautious at first: a little is less than there will be.
    assert left == sorted(left, reverse=True) or ENGINES[engine].estimates_errors


class BatchedRuntime:
    """Runtime of the tiny model that cuts its input into batches of one size."""

    model_id, name, embedding_size, channels_first = "tiny", "tiny cpu", None, False
    spec = ModelSpec(
        labels=LABELS,
        input_size=(16, 12),
        short_side=None,
        interpolation="bilinear",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    )

    def __init__(self, size):
        self.size = self.preferred_batch = size
        self.model = TinyModel()

    def logits(self, inputs):
        starts = range(0, len(inputs), self.size)
        return np.concatenate([self.model(inputs[i : i + self.size]) for i in starts]).astype(np.float32)

    def logits_and_embeddings(self, inputs):
        return self.logits(inputs), None


class PlacesRuntime(BatchedRuntime):
    """The same, with each logit split over four places as unevenly as the quarters of the picture are bright."""

    place_grid = (2, 2)

    def place_logits(self, inputs, labels):
        logits = self.logits(inputs)
        quarters = np.abs(inputs).reshape(len(inputs), 2, 8, 2, 6, 3).mean(axis=(2, 4, 5)).reshape(len(inputs), 4)
        shares = quarters / quarters.sum(axis=1, keepdims=True)
        return logits, (shares[:, :, None] * logits[:, None, labels]).astype(np.float32)


def asked_of(runtime, engine, folder):
    pixels = np.random.default_rng(5).integers(0, 256, (16, 12, 3), np.uint8)
    settings = replace(SETTINGS, engine=engine)
    return Question(runtime=runtime, view=pixels, picture_hash="p", settings=settings, store=ExplanationStore(folder))


def with_mask(question, mask):
    colour = (250, 10, 90) if mask == "colour" else None
    return replace(question, settings=replace(question.settings, mask=mask, colour=colour))


@pytest.mark.parametrize(
    ("engine", "runtime"), [(name, BatchedRuntime) for name in sorted(ENGINES)] + [("regions", PlacesRuntime)]
)
@masks
def test_whatever_hides_the_answer_is_additive_and_the_same_twice(engine, runtime, mask, tmp_path):
    first, second = (
        explain(with_mask(asked_of(runtime(8), engine, tmp_path / name), mask), progress=lambda *_: None)[0]
        for name in ("first", "second")
    )
    assert_additive(first)
    np.testing.assert_array_equal(first.values, second.values)
    assert np.abs(first.values).max() > 0


@engines
@masks
def test_how_pictures_lie_in_memory_is_speed_not_meaning(engine, mask, tmp_path):
    asked = [with_mask(asked_of(BatchedRuntime(8), engine, tmp_path / str(n)), mask) for n in range(2)]
    asked[1].runtime.channels_first = True
    last, first = (explain(question, progress=lambda *_: None)[0] for question in asked)
    np.testing.assert_allclose(first.values, last.values, atol=1e-5)


@pytest.mark.parametrize("mask", [name for name, mask in MASKS.items() if mask.blurs])
def test_a_blur_of_one_pixel_leaves_nothing_to_explain(mask, tmp_path):
    question = with_mask(asked_of(BatchedRuntime(8), "partition", tmp_path), mask)
    question = replace(question, settings=replace(question.settings, blur_px=1))
    answer, _ = explain(question, progress=lambda *_: None)
    np.testing.assert_allclose(answer.values, 0, atol=1e-5)


@pytest.mark.parametrize("method", ["inpaint_telea", "inpaint_ns"])
def test_painted_pictures_are_shap_s_where_shap_s_are_right(method):
    # shap cuts pictures down to uint8 before it paints: right for whole numbers from 0 to 255 alone.
    seen = np.random.default_rng(8).integers(0, 256, (16, 12, 3), np.uint8)
    spec = replace(BatchedRuntime.spec, value_range=(0, 255), mean=(0, 0, 0), std=(1, 1, 1))
    compose = composer_maker(seen, spec, replace(SETTINGS, mask=method))().compose
    masker = shap.maskers.Image(method, seen.shape)
    for shown in [((0, 8, 0, 6),), ((3, 5, 2, 9), (9, 16, 0, 12))]:
        mask = np.zeros(seen.shape, bool)
        for top, bottom, left, right in shown:
            mask[top:bottom, left:right] = True
        (theirs,) = masker(mask.ravel(), seen.astype(np.float64))[0]
        for picture in compose([shown, mask[..., 0]]):
            np.testing.assert_array_equal(picture, theirs)


@engines
def test_the_runtime_s_batch_is_speed_not_meaning(engine, tmp_path):
    answers = [
        explain(asked_of(BatchedRuntime(size), engine, tmp_path / str(size)), progress=lambda *_: None)[0]
        for size in (1, 3, 50)
    ]
    for answer in answers[1:]:
        np.testing.assert_array_equal(answer.values, answers[0].values)
        np.testing.assert_array_equal(answer.region_of, answers[0].region_of)


@engines
def test_left_at_any_picture_there_is_a_whole_answer(engine, tmp_path):
    computation = Computation(asked_of(BatchedRuntime(8), engine, tmp_path))
    while not computation.finished:
        next(computation.batch())
        assert_additive(computation.answer())


# --- partition is shap's ------------------------------------------------------------------------------------------


def shap_maps(model, of, settings):
    """(H, W, k) maps of the top labels by shap, from a fresh masker and explainer."""
    masker = shap.maskers.Image(f"blur({settings.blur_px},{settings.blur_px})", of.shape)
    found = shap.PartitionExplainer(model, masker)(
        of[None],
        max_evals=settings.evaluations,
        batch_size=settings.search_width,
        outputs=shap.Explanation.argsort.flip[: settings.steer_top],
        silent=True,
    )
    return found.values[0].sum(axis=2)


def assert_as_shap(model_for_shap, model, of, settings, within):
    theirs = shap_maps(model_for_shap, of, settings)
    regions = searched("partition", model, of, settings).result()
    top = np.argsort(-regions.full, kind="stable")[: settings.steer_top]
    np.testing.assert_allclose(maps(regions)[..., top], theirs, rtol=0, atol=within * np.abs(theirs).max())
    assert_additive(regions)


@pytest.mark.parametrize("search_width", [10, 50])
@pytest.mark.parametrize("evaluations", [2, 3, 57, 300])
@pytest.mark.parametrize("blur_px", [3, 20])
def test_partition_is_shap_s_partition_explainer(blur_px, evaluations, search_width):
    settings = replace(SETTINGS, blur_px=blur_px, evaluations=evaluations, search_width=search_width, steer_top=4)
    for_shap, for_us = TinyModel(), TinyModel()
    assert_as_shap(for_shap, for_us, picture(20, 24), settings, within=1e-6)
    assert for_us.asked == for_shap.asked


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (6, 1), (3, 4), (5, 5)])
def test_explored_to_the_end_the_sum_over_colours_is_shap_s_for_every_pixel(shape):
    # shap goes on into the colour channels of a pixel; their sum is the pixel's value.
    settings = replace(SETTINGS, evaluations=100_000, steer_top=4)
    assert_as_shap(TinyModel(), TinyModel(), picture(*shape), settings, within=1e-6)


@pytest.fixture(scope="module")
def real_model(real):
    """Logits of the real classifier, one picture at a time, each masked picture evaluated once."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # more would only wait for one another over one picture
    session = ort.InferenceSession(real.onnx, options)
    known = {}

    def of_one(picture):
        # By digest: thousands of pictures as keys would fill the memory.
        key = hashlib.blake2b(np.ascontiguousarray(picture), digest_size=16).digest()
        if key not in known:
            (known[key],) = session.run(None, {"image": np.moveaxis(picture, -1, 0)[None].copy()})[0]
        return known[key]

    def logits(pictures):
        return np.array([of_one(picture) for picture in pictures])

    logits.known = known
    return logits


@pytest.mark.real
@pytest.mark.parametrize(("truth", "blur_px"), [("macaroni_and_cheese", 32), ("beef_tartare", 128)])
def test_partition_is_shap_s_on_real_photographs_with_a_real_classifier(real, real_model, truth, blur_px):
    spec = ModelSpec.from_json(json.loads(real.onnx.with_suffix(".json").read_text("utf-8")), "the real spec")
    path = min((real.data512 / "food-101" / "images" / truth).glob("*.jpg"))
    with Image.open(path) as photo:
        of = view(photo.convert("RGB"), spec).astype(np.float32)
    settings = ExplainSettings(evaluations=150, blur_px=blur_px, steer_top=4, search_width=50)
    before = len(real_model.known)
    assert_as_shap(real_model, real_model, of, settings, within=1e-6)
    # 150 by shap and none more by us: both ask for the very same masked pictures.
    assert len(real_model.known) - before <= 150
