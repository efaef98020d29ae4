"""Verification that the planted causes cause the shipped model's mistakes, and that explanations find them."""

import dataclasses
import json
import math

import numpy as np
import pytest

from xai_core.__main__ import main
from xai_core.demo import first_run, paint_dataset
from xai_core.demo import verify as verification
from xai_core.demo.causes import CAUSES, cause_of
from xai_core.demo.menu import MENU
from xai_core.demo.painting import palette
from xai_core.demo.verify import CueFigures, causes_of, planted_mistakes, region_masks, repainted, verify
from xai_core.errors import StudyRefused
from xai_core.evidence.central_object import central_object
from xai_core.evidence.cue_overlap import cue_overlap
from xai_core.evidence.findings import ExplainedPicture, findings
from xai_core.explain.store import ExplanationStore
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.build import create_study

DISHES = ("pork_chop", "gyoza")
EVALUATIONS = 80
CUES = ("red_check", "orchid")


@pytest.fixture(scope="module")
def painted_study(tmp_path_factory):
    """A study of the shipped model on twelve pork chops and twelve gyoza."""
    root = tmp_path_factory.mktemp("kitchen")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in DISHES})
        paint_dataset.paint_all(root, train=0, test=12)
        yield create_study(first_run.STUDY, root / "studies", data=root, model=first_run.MODEL)


@pytest.fixture(scope="module")
def steps():
    """Progress that `verify` reported."""
    return []


@pytest.fixture(scope="module")
def figures(painted_study, steps):
    settings = ExplainSettings.fitting(
        painted_study.spec.input_size, len(painted_study.labels), evaluations=EVALUATIONS
    )
    found = verify(painted_study, settings, progress=lambda *at: steps.append(at))
    return {cue.cue: cue for cue in found}


@pytest.mark.parametrize("cue", CUES)
def test_the_cue_causes_mistakes(figures, cue):
    assert figures[cue].shown == 7  # 0.65 of twelve
    assert figures[cue].mistakes >= 4


@pytest.mark.parametrize("cue", CUES)
def test_most_of_these_mistakes_turn_right_when_the_cue_is_painted_away(figures, cue):
    assert figures[cue].fixed_share > 0.5


@pytest.mark.parametrize("cue", CUES)
def test_most_right_answers_turn_wrong_when_the_cue_is_painted_in(figures, cue):
    assert figures[cue].cue_free >= 2
    assert figures[cue].broken_share > 0.6


@pytest.mark.parametrize("cue", CUES)
def test_explanations_put_at_least_three_times_as_much_evidence_on_the_cue_as_chance(figures, cue):
    found = figures[cue]
    assert found.contrast_over_area >= 3
    assert found.evidence_share == pytest.approx(found.contrast_over_area * found.area_share)
    assert 0 < found.area_share < found.evidence_share < 1


def test_the_patches_that_argue_most_in_all_mistakes_lie_on_the_cue(painted_study, figures):
    settings = ExplainSettings.fitting(
        painted_study.spec.input_size, len(painted_study.labels), evaluations=EVALUATIONS
    )
    store, cause = ExplanationStore(painted_study.explanations), cause_of("pork_chop")
    pictures, cues = [], {}
    for image_id in planted_mistakes(painted_study, causes_of(painted_study), cause):
        explanation = store.get(painted_study.explanation_key(image_id, settings))
        view = painted_study.model_view(image_id).view
        contrast = explanation.contrast(cause.guess, cause.truth)
        pictures.append(ExplainedPicture(image_id, "mistakes", view, central_object(view), contrast, EVALUATIONS))
        cues[image_id] = region_masks(painted_study, image_id)["planted cue"]
    found = findings(pictures)
    top = found.clusters[0]
    on_it = cue_overlap(
        [picture.contrast for picture in pictures if picture.image_id in top],
        [cues[image_id] for image_id in top],
        [found.for_guess[image_id] for image_id in top],
    )
    assert on_it.patches > 1.5 * on_it.area
    assert on_it.more == on_it.pictures == len(top)
    assert found.numbers["in_middle"].mean() < 0.4  # the cloth lies around the plate


def test_a_cause_without_mistakes_has_unknown_figures_and_not_zeros(figures):
    cues = {cause.cue for cause in CAUSES}
    assert set(figures) == cues
    for cue in cues - set(CUES):
        found = figures[cue]
        assert (found.shown, found.mistakes, found.cue_free) == (0, 0, 0)
        shares = (found.fixed_share, found.broken_share, found.evidence_share, found.contrast_over_area)
        assert all(math.isnan(share) for share in shares)
    assert figures["neon"].area_share == 1
    assert math.isnan(figures["badge"].area_share)


def test_progress_counts_the_explained_mistakes(figures, steps):
    planned = sum(figures[cue].mistakes for cue in CUES)
    assert steps == [(done, planned) for done in range(1, planned + 1)]


def test_planted_mistakes_carry_the_cue_and_the_most_confident_comes_first(painted_study):
    causes = causes_of(painted_study)
    for cue in CUES:
        (cause,) = (cause for cause in CAUSES if cause.cue == cue)
        found = [painted_study.row(image_id) for image_id in planted_mistakes(painted_study, causes, cause)]
        assert {(row["truth"], row["guess"]) for row in found} == {(cause.truth, cause.guess)}
        assert all(causes.loc[row["image_id"], "cue"] == cue for row in found)
        sure = [row["p_guess"] for row in found]
        assert sure == sorted(sure, reverse=True)


def test_every_pixel_that_the_model_sees_belongs_to_exactly_one_region(painted_study):
    for image_id in painted_study.table["image_id"]:
        masks = region_masks(painted_study, image_id)
        assert tuple(masks) == palette.REGIONS
        together = np.stack(list(masks.values()))
        assert together.shape[1:] == painted_study.spec.input_size
        assert (together.sum(axis=0) == 1).all()


def central_share(study, image_id):
    """Part of the painting's centre, as much of it as the model sees, that the cue covers."""
    painted = paint_dataset.read_mask(study.data.root / "masks" / f"{image_id}.png")
    rim = round(len(painted) * (1 - study.spec.input_size[0] / study.spec.short_side) / 2)
    return (painted[rim:-rim, rim:-rim] == palette.CUE).mean()


def test_the_cue_covers_as_much_of_the_models_view_as_of_the_painting(painted_study):
    causes = causes_of(painted_study)
    seen = [region_masks(painted_study, image_id)["planted cue"].mean() for image_id in causes.index]
    # The model's view lacks a narrow rim of the painting, which is what the table counts too.
    np.testing.assert_allclose(seen, [central_share(painted_study, image_id) for image_id in causes.index], atol=0.005)
    np.testing.assert_allclose(seen, causes["mask_share"], atol=0.04)
    assert all(share == 0 for share, planted in zip(seen, causes["planted"], strict=True) if not planted)
    assert all(share > 0 for share, planted in zip(seen, causes["planted"], strict=True) if planted)


def test_a_picture_painted_again_is_the_stored_one_unless_its_cue_is_gone(painted_study):
    causes = causes_of(painted_study)
    plain, carrier = (causes.index[causes["planted"].to_numpy() == planted][0] for planted in (False, True))
    again = dict(zip((plain, carrier), repainted(causes, (plain, carrier), without_cue=True), strict=True))
    np.testing.assert_array_equal(np.asarray(again[plain]), np.asarray(painted_study.photo(plain)))
    assert (np.asarray(again[carrier]) != np.asarray(painted_study.photo(carrier))).any()


def test_a_study_of_photographs_is_refused_with_the_cure(tiny_study):
    with pytest.raises(StudyRefused) as refused:
        verify(tiny_study, ExplainSettings.fitting((32, 32), 4, evaluations=20))
    assert "The pictures of the study tiny have no planted causes" in refused.value.sentence
    assert "causes.parquet is missing" in refused.value.sentence
    assert "`python -m xai_core demo prepare`" in refused.value.sentence


@pytest.fixture
def command(painted_study, figures, capsys):
    """Runs `demo verify` on the explanations that are stored; returns its exit code and stdout."""

    studies = str(painted_study.folder.parent)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["demo", "verify", "--studies", studies, "--evaluations", str(EVALUATIONS), *arguments])
        return left.value.code or 0, capsys.readouterr().out

    return run


def test_json_has_null_for_unknown_figures(command, figures):
    code, out = command("--json")
    assert code == 0
    answer = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON."))
    assert answer["evaluations"] == EVALUATIONS
    assert [cue["cue"] for cue in answer["cues"]] == [cause.cue for cause in CAUSES]
    assert set(answer["cues"][0]) == {field.name for field in dataclasses.fields(CueFigures)}
    by_cue = {cue["cue"]: cue for cue in answer["cues"]}
    assert by_cue["badge"]["fixed_share"] is None
    assert by_cue["red_check"]["contrast_over_area"] == pytest.approx(figures["red_check"].contrast_over_area)


def test_the_table_has_a_row_per_cue_and_a_dash_for_unknown_figures(command, figures, monkeypatch):
    monkeypatch.setattr(verification, "verify", lambda *_asked, progress: list(figures.values()))
    code, out = command()
    assert code == 0
    rows = {line.split()[0]: line for line in out.split("\n\n")[0].splitlines()[1:]}
    assert list(rows) == [cause.cue for cause in CAUSES]
    assert rows["red_check"].endswith(f"{figures['red_check'].contrast_over_area:.1f}")
    assert rows["badge"].split()[-5:] == ["-"] * 5
    assert "nan" not in out


def test_the_causes_table_names_every_picture_of_the_study(painted_study):
    causes = causes_of(painted_study)
    assert set(causes.index) == set(painted_study.table["image_id"])
