"""An explanation adds up, survives its file bit for bit, and can be drawn by shap."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xai_core.engines.search import Uncertainty
from xai_core.errors import ExplanationDamaged, ExplanationUnreadable, NameUnknown, StoreRefused
from xai_core.explain.explanation import Explanation, rounded
from xai_core.explain.target import Target
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings

# Three regions of 2, 1 and 3 pixels; two labels.
EXPLANATION = Explanation(
    region_of=np.array([[0, 0, 1], [2, 2, 2]], np.int32),
    values=np.array([[4.0, -1.0], [0.5, 0.0], [-3.0, 6.0]], np.float32),
    base=np.array([1.0, 2.0], np.float32),
    full=np.array([2.5, 7.0], np.float32),
    evaluations=6,
    work_left=0.25,
    seconds=1.5,
    settings=ExplainSettings(evaluations=6, blur_px=2),
    labels=("pork_chop", "ravioli"),
    model_id="m0de1",
    picture_hash="p1c",
    engine_version=1,
    runtime="toy cpu",
)
MAGNITUDES = st.floats(-1e4, 1e4, width=32).filter(lambda value: value == 0 or abs(value) > 1e-30)


def test_a_map_spreads_values_evenly_over_their_regions():
    np.testing.assert_array_equal(EXPLANATION.map("pork_chop"), [[2, 2, 0.5], [-1, -1, -1]])
    np.testing.assert_array_equal(EXPLANATION.map("ravioli"), [[-0.5, -0.5, 0], [2, 2, 2]])
    assert EXPLANATION.map("ravioli").dtype == np.float32


def test_a_contrast_is_the_difference_of_two_maps():
    np.testing.assert_array_equal(EXPLANATION.contrast("ravioli", "pork_chop"), [[-2.5, -2.5, -0.5], [3, 3, 3]])
    assert not EXPLANATION.contrast("ravioli", "ravioli").any()


def test_the_sum_is_what_the_picture_adds_to_its_hidden_form():
    assert EXPLANATION.sum("pork_chop") == 1.5
    assert EXPLANATION.sum("ravioli") == 5.0


def test_a_label_that_the_model_has_not_is_refused_naming_similar_ones():
    with pytest.raises(NameUnknown) as fault:
        EXPLANATION.map("raviolo")
    assert fault.value.sentence == "There is no class 'raviolo' here. Did you mean ravioli?"


def test_its_key_is_that_of_its_question():
    assert EXPLANATION.key == EXPLANATION.settings.key(model_id="m0de1", picture_hash="p1c")


def test_a_file_gives_back_every_bit_and_all_provenance(tmp_path):
    EXPLANATION.save(tmp_path / "e.npz")
    back = Explanation.load(tmp_path / "e.npz")
    for name in Explanation.__slots__:
        np.testing.assert_array_equal(getattr(back, name), getattr(EXPLANATION, name), err_msg=name)
    assert (back.values.dtype, back.region_of.dtype) == (np.float32, np.int32)
    assert [path.name for path in tmp_path.iterdir()] == ["e.npz"]


ESTIMATED = replace(
    EXPLANATION,
    uncertainty=Uncertainty(
        spread=np.array([1, 2, 0.5], np.float32),
        noise=np.array([[4, 3], [3, 9]], np.float32),
        r2=np.array([0.5, np.nan], np.float32),
    ),
)


def test_a_standard_error_is_the_region_s_spread_times_the_label_s_noise():
    np.testing.assert_array_equal(ESTIMATED.errors, [[2, 3], [4, 6], [1, 1.5]])
    assert EXPLANATION.errors is None


def test_errors_of_two_labels_that_go_together_partly_cancel_in_their_contrast():
    errors = ESTIMATED.errors_of(Target("ravioli", "pork_chop"))
    np.testing.assert_allclose(errors, np.sqrt(4 + 9 - 2 * 3) * np.array([1, 2, 0.5]), rtol=1e-6)
    assert not ESTIMATED.errors_of(Target("ravioli", "ravioli")).any()
    assert EXPLANATION.errors_of(Target("ravioli", "pork_chop")) is None


STEERED = replace(
    ESTIMATED,
    uncertainty=replace(
        ESTIMATED.uncertainty,
        steering=np.array([1]),
        covariance=np.array([[[25]], [[1]], [[0]]], np.float32),
        relative=0.5,
    ),
)


def test_a_steering_label_has_errors_of_its_own_and_a_part_of_the_value_is_added_in_quadrature():
    own = np.array([[2, 5], [4, 1], [1, 0]])
    np.testing.assert_allclose(STEERED.errors, np.hypot(own, 0.5 * STEERED.values), rtol=1e-6)
    second = STEERED.labels[1]
    np.testing.assert_array_equal(STEERED.errors_of(Target(second)), STEERED.errors[:, 1])


def test_the_contrast_with_a_label_without_errors_of_its_own_has_the_correlation_of_the_noise():
    first, second = STEERED.labels
    # The noise of the two correlates 3 / sqrt(4 * 9) = 0.5.
    joint = np.sqrt([2**2 + 5**2 - 2 * 5, 4**2 + 1 - 4 * 1, 1])
    expected = np.hypot(joint, 0.5 * STEERED.values_of(Target(first, second)))
    np.testing.assert_allclose(STEERED.errors_of(Target(first, second)), expected, rtol=1e-6)
    np.testing.assert_allclose(STEERED.errors_of(Target(second, first)), expected, rtol=1e-6)


def test_a_file_keeps_the_errors_of_the_steering_labels_and_the_places(tmp_path):
    replace(STEERED, places=(7, 5)).save(tmp_path / "e.npz")
    back = Explanation.load(tmp_path / "e.npz")
    assert back.places == (7, 5)
    np.testing.assert_array_equal(back.errors, STEERED.errors)


def test_a_file_of_an_earlier_version_has_neither(tmp_path):
    ESTIMATED.save(tmp_path / "e.npz")
    with np.load(tmp_path / "e.npz") as file:
        arrays = {name: file[name] for name in file if name not in {"steering", "covariance", "relative"}}
    provenance = json.loads(arrays["provenance"].item())
    del provenance["places"]
    np.savez(tmp_path / "old.npz", **arrays | {"provenance": np.array(json.dumps(provenance))})
    back = Explanation.load(tmp_path / "old.npz")
    assert back.places is None
    np.testing.assert_array_equal(back.errors, ESTIMATED.errors)


def test_an_answer_of_an_earlier_engine_version_keeps_the_definition_of_its_values():
    settings = replace(EXPLANATION.settings, engine="regions")
    old, new = (
        replace(EXPLANATION, settings=settings, engine_version=version) for version in (2, ENGINES["regions"].version)
    )
    assert new.meaning == ENGINES["regions"].meaning
    assert old.meaning == ENGINES["regions"].earlier[2] != new.meaning


def test_the_first_answer_of_an_engine_that_estimates_is_a_preview():
    regions = replace(EXPLANATION, settings=replace(EXPLANATION.settings, engine="regions"))
    assert [replace(regions, evaluations=count).is_preview for count in (2, 3)] == [True, False]
    assert not replace(EXPLANATION, evaluations=2).is_preview


def test_a_file_keeps_how_sure_values_are(tmp_path):
    ESTIMATED.save(tmp_path / "e.npz")
    back = Explanation.load(tmp_path / "e.npz")
    for name in ("spread", "noise", "r2"):
        np.testing.assert_array_equal(getattr(back.uncertainty, name), getattr(ESTIMATED.uncertainty, name))
    assert back.uncertainty.spread.dtype == np.float32


def test_errors_that_do_not_fit_the_values_are_damage(tmp_path):
    other = replace(ESTIMATED.uncertainty, spread=np.ones(2, np.float32))
    replace(ESTIMATED, uncertainty=other).save(tmp_path / "e.npz")
    with pytest.raises(ExplanationDamaged, match="no errors for 3 regions and 2 labels"):
        Explanation.load(tmp_path / "e.npz")


def test_a_file_is_plain_numpy_without_pickles(tmp_path):
    EXPLANATION.save(tmp_path / "e.npz")
    with np.load(tmp_path / "e.npz", allow_pickle=False) as file:
        assert {"region_of", "values", "labels", "base", "full", "provenance"} == set(file.files)
        assert file["labels"].tolist() == ["pork_chop", "ravioli"]
        assert all(file[name].dtype == np.float32 for name in ("values", "base", "full"))


def test_a_file_keeps_the_name_it_was_given(tmp_path):
    EXPLANATION.save(tmp_path / "without ending")
    assert Explanation.load(tmp_path / "without ending").evaluations == 6


def test_no_flipped_bit_is_ever_shown(tmp_path):
    path = tmp_path / "e.npz"
    EXPLANATION.save(path)
    sound = path.read_bytes()
    for position in range(0, len(sound), 3):
        damaged = bytearray(sound)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        try:
            back = Explanation.load(path)
        except ExplanationDamaged:
            continue
        # A few bytes, such as the time in zip's directory, mean nothing.
        for name in Explanation.__slots__:
            np.testing.assert_array_equal(getattr(back, name), getattr(EXPLANATION, name), err_msg=name)


def test_half_a_file_is_never_shown(tmp_path):
    path = tmp_path / "e.npz"
    EXPLANATION.save(path)
    sound = path.read_bytes()
    for length in range(0, len(sound), 7):
        path.write_bytes(sound[:length])
        with pytest.raises(ExplanationDamaged, match=r"e\.npz is not a valid explanation"):
            Explanation.load(path)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"values": np.zeros((4, 2), np.float32)}, "3 regions and 4 have values"),
        ({"region_of": np.full((2, 3), 2, np.int32)}, "1 regions and 3 have values"),
        ({"labels": ("pork_chop",)}, "1 labels and values for 2"),
        ({"full": np.zeros(3, np.float32)}, "2 labels and values for 2"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(tmp_path, changed, sentence):
    replace(EXPLANATION, **changed).save(tmp_path / "e.npz")
    with pytest.raises(ExplanationDamaged, match=sentence):
        Explanation.load(tmp_path / "e.npz")


def test_a_file_that_is_not_there_is_no_damage(tmp_path):
    with pytest.raises(ExplanationUnreadable, match=r"none\.npz cannot be read: No such file or directory\.") as fault:
        Explanation.load(tmp_path / "none.npz")
    assert fault.value.hint == "Check the path."


def test_a_path_may_be_a_text(tmp_path):
    EXPLANATION.save(str(tmp_path / "e.npz"))
    assert Explanation.load(str(tmp_path / "e.npz")).evaluations == 6


def test_a_place_that_cannot_be_written_is_refused_with_the_reason(tmp_path):
    with pytest.raises(StoreRefused) as fault:
        EXPLANATION.save(tmp_path / "no folder" / "e.npz")
    assert "no folder/e.npz cannot be written: No such file or directory." in fault.value.sentence
    assert fault.value.hint.startswith("Free some space")


@given(hnp.arrays(np.float32, (5, 3), elements=MAGNITUDES))
def test_rounding_changes_no_value_by_more_than_four_millionths_of_it(values):
    kept = rounded(values)
    assert (np.abs(kept - values) <= np.abs(values) * 2.0**-18).all()
    np.testing.assert_array_equal(kept == 0, values == 0)
    np.testing.assert_array_equal(rounded(kept), kept)


def test_an_explanation_of_275_regions_and_101_labels_takes_about_100_kb(tmp_path):
    # Values spread over four decades, as those of a real classifier are.
    random = np.random.default_rng(4)
    values = random.normal(size=(275, 101)) * 10 ** random.uniform(-4, 0, (275, 1))
    large = replace(
        EXPLANATION,
        region_of=np.repeat(np.arange(275, dtype=np.int32), 210).reshape(275, 210),
        values=rounded(values.astype(np.float32)),
        labels=tuple(f"name of dish number {n}" for n in range(101)),
        base=random.normal(size=101).astype(np.float32),
        full=random.normal(size=101).astype(np.float32),
    )
    large.save(tmp_path / "e.npz")
    assert (tmp_path / "e.npz").stat().st_size < 102_000


@pytest.fixture
def for_shap():
    return EXPLANATION.to_shap(np.zeros((2, 3, 3), np.uint8), ["ravioli", "pork_chop"])


def test_for_shap_every_channel_holds_a_third_of_the_map(for_shap):
    assert (for_shap.data.shape, for_shap.values.shape) == ((1, 2, 3, 3), (1, 2, 3, 3, 2))
    np.testing.assert_array_equal(for_shap.base_values, [[2.0, 1.0]])
    np.testing.assert_allclose(for_shap.values[0, ..., 0].sum(axis=-1), EXPLANATION.map("ravioli"), rtol=1e-6)
    np.testing.assert_allclose(for_shap.values[0, ..., 1].sum(axis=-1), EXPLANATION.map("pork_chop"), rtol=1e-6)


def test_shap_takes_the_last_axis_for_the_labels_in_words(for_shap):
    # What shap.image_plot asks of an explanation before it draws.
    assert for_shap.output_dims == (4,)
    assert for_shap.output_names == ["ravioli", "pork chop"]


def test_shap_draws_the_maps(for_shap):
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib, with which shap draws, is not installed")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415 - after the choice of its backend
    import shap  # noqa: PLC0415 - it draws only if matplotlib came first

    shap.image_plot(for_shap, show=False)
    picture, first, second = plt.gcf().axes[:3]
    assert [axes.get_title() for axes in (picture, first, second)] == ["", "ravioli", "pork chop"]
    np.testing.assert_allclose(first.images[1].get_array(), EXPLANATION.map("ravioli"), rtol=1e-6)
    np.testing.assert_allclose(second.images[1].get_array(), EXPLANATION.map("pork_chop"), rtol=1e-6)
    plt.close("all")


def test_a_file_says_for_others_what_its_values_are_and_how_to_read_its_errors(tmp_path):
    for name, answer in (("plain", EXPLANATION), ("estimated", ESTIMATED)):
        answer.save(tmp_path / name)
        with np.load(tmp_path / name, allow_pickle=False) as file:
            provenance = json.loads(file["provenance"].item())
        about = provenance["about"]
        assert about["engine"] == "SHAP's partition"
        assert about["values"].startswith("Owen values")
        assert ("errors" in about) == (name == "estimated")
        assert provenance["settings"]["seed"] == 0
        assert Explanation.load(tmp_path / name).settings == answer.settings
