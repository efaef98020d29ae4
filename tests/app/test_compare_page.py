"""Compare: a mistake beside pictures that the model gets right, all explained on one scale."""

import re
import threading
from dataclasses import replace

import numpy as np
import pytest

from pages.ui.compare import board, companions
from pages.ui.loaders import models, studies
from pages.ui.loaders import pictures as loaders_pictures
from tests.read import texts
from xai_core.errors import ExplanationFailed, ModelRefused, StoreRefused
from xai_core.explain.store import ExplanationStore
from xai_core.study.study import Study

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
CONTRAST = "What speaks for ravioli rather than pork chop in red, the reverse in blue"


class CountingRuntime:
    """A model that counts the pictures it is shown."""

    def __init__(self, inner):
        self.inner, self.evaluations = inner, 0

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def logits(self, inputs):
        self.evaluations += len(inputs)
        return self.inner.logits(inputs)


@pytest.fixture
def model(study, monkeypatch):
    """The study's model, counting."""
    counting = CountingRuntime(study.open_runtime())
    monkeypatch.setattr(Study, "open_runtime", lambda _study: counting)
    return counting


class GatedRuntime(CountingRuntime):
    """A model that says when it is first asked, and answers once its gate is open."""

    def __init__(self, inner):
        super().__init__(inner)
        self.started, self.gate = threading.Event(), threading.Event()

    def logits(self, inputs):
        self.started.set()
        assert self.gate.wait(timeout=30)
        return super().logits(inputs)


@pytest.fixture
def gated(study, monkeypatch):
    """The study's model behind a gate."""
    runtime = GatedRuntime(study.open_runtime())
    monkeypatch.setattr(Study, "open_runtime", lambda _study: runtime)
    yield runtime
    runtime.gate.set()


def alternatives(at):
    return [each.proto.imgs[0].alt for each in at.image]


def pictures(at):
    """Names of the pictures that are compared, the mistake first."""
    seen = " as the model sees it"
    return [each.removesuffix(seen) for each in alternatives(at) if each.endswith(seen)]


@pytest.mark.usefixtures("study")
def test_a_link_names_the_mistake_and_everything_it_leaves_out_is_completed(open_at):
    at = open_at("compare", **MISTAKE)
    assert not at.exception
    assert at.title[0].value == "Compare"
    assert at.subheader[0].value == "Pork chop taken for ravioli"
    assert at.selectbox(key="picture").value == "pork_chop/4"
    assert at.query_params == MISTAKE | {
        "study": "tiny",
        "engine": "partition",
        "mask": "blur",
        "blur": "32",
        "evals": "300",
        "top_k": "2",
        "companions": "3",
        "beside": "truth",
        "by": "nearest",
        "where": "contrast",
        "scale": "shared",
        "opacity": "85",
        "under": "grey",
        "colours": "red and blue",
    }


@pytest.mark.usefixtures("study")
def test_the_mistake_and_its_companions_are_shown_before_anything_is_computed(open_at):
    at = open_at("compare", **MISTAKE, companions="2")
    shown = pictures(at)
    assert shown[0] == "pork chop 4"
    assert len(set(shown)) == 3


@pytest.mark.usefixtures("model")
def test_every_picture_is_explained_for_truth_guess_and_contrast_with_numbers_that_add_up(open_at, explained):
    at = explained(open_at("compare", **MISTAKE, top_k="1"))
    assert not at.exception
    assert alternatives(at).count("What speaks for pork chop in red, against it in blue") == 4
    assert alternatives(at).count("What speaks for ravioli in red, against it in blue") == 4
    assert alternatives(at).count(CONTRAST) == 4
    assert alternatives(at).index(CONTRAST) < alternatives(at).index(
        "What speaks for pork chop in red, against it in blue"
    )
    assert "Why **ravioli** rather than pork chop?" in texts(at.markdown)
    numbers = [line.split() for each in at.caption for line in each.value.splitlines() if line.startswith("logit")]
    assert len(numbers) == 8
    for _, logit, _, _, base, sign, _, total in numbers:
        assert float(logit) == pytest.approx(float(base) + float(f"{sign}{total}"), abs=0.011)


@pytest.mark.usefixtures("model")
def test_the_legend_says_in_words_what_the_colours_mean(open_at, explained):
    at = explained(open_at("compare", **MISTAKE))
    assert "Red pushes towards the named class, blue away from it.  \nOne scale for all" in texts(at.caption)


def test_top_k_and_tint_cost_no_evaluation_and_blur_does(open_at, explained, model):
    at = explained(open_at("compare", **MISTAKE, top_k="1"))
    spent = model.evaluations
    assert spent > 0
    at.slider(key="top_k").set_value(4).run()
    at.slider(key="opacity").set_value(50).run()
    assert alternatives(at).count("What speaks for omelette in red, against it in blue") == 4
    assert model.evaluations == spent
    assert at.query_params["top_k"] == "4"
    at = explained(at.slider(key="blur").set_value(5).run())
    assert at.query_params["blur"] == "5"
    assert model.evaluations > spent


def test_another_reader_of_the_link_is_served_from_the_store(open_at, explained, model):
    explained(open_at("compare", **MISTAKE))
    spent = model.evaluations
    at = explained(open_at("compare", **MISTAKE))
    assert "All of it comes from the store: no evaluation was needed." in texts(at.caption)
    assert model.evaluations == spent


@pytest.mark.usefixtures("study")
def test_next_and_previous_go_through_the_mistakes_of_the_pair(open_at):
    at = open_at("compare", truth="pork_chop", guess="ravioli")
    first = at.selectbox(key="picture").value
    assert at.button(key="compare_Previous").disabled
    at.button(key="compare_Next").click().run()
    second = at.selectbox(key="picture").value
    assert {first, second} == {"pork_chop/4", "pork_chop/5"}
    assert at.query_params["picture"] == second
    assert at.button(key="compare_Next").disabled
    at.button(key="compare_Previous").click().run()
    assert at.query_params["picture"] == first


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"picture": "pork_chop/99"}, "the mistake “pork_chop/99”, which does not exist here"),
        ({"picture": "omelette/1"}, "The model gets that picture right: omelette."),
        ({"picture": "pizza/5"}, "That picture cannot be read"),
        ({"blur": "0"}, "the blur “0”, which does not exist here. Blur is 1 to 32 pixels."),
        ({"blur": "-3"}, "the blur “-3”"),
        ({"blur": "33"}, "the blur “33”"),
        ({"blur": "1e9"}, "the blur “1e9”"),
        ({"top_k": "0"}, "the number of likeliest classes “0”"),
        ({"top_k": "5"}, "the number of likeliest classes “5”, which does not exist here. There are 1 to 4."),
        ({"evals": "1"}, "the number of evaluations “1”"),
        ({"companions": "many"}, "the number of companions “many”"),
        ({"companions": "7"}, "the number of companions “7”, which does not exist here. There are 1 to 6."),
        (
            {"beside": "sushi"},
            "the class of companions “sushi”, which does not exist here. It is truth, guess or both.",
        ),
        ({"by": "luck"}, "the way of choosing companions “luck”, which does not exist here. There are nearest, "),
        ({"where": "sushi"}, "the class shown “sushi”, which does not exist here. It is “contrast” or one of"),
        ({"scale": "wide"}, "the colour scale “wide”, which does not exist here. It is “shared”, or the logits"),
        ({"scale": "-1"}, "the colour scale “-1”"),
        ({"scale": "nan"}, "the colour scale “nan”"),
        ({"scale": "1e999"}, "the colour scale “1e999”"),
        ({"mask": "fog"}, "the mask “fog”, which does not exist here. There are blur, gaussian, "),
        ({"under": "sand"}, "the backdrop “sand”, which does not exist here. Shown is pale grey."),
        ({"colours": "pink"}, "the pair of colours “pink”, which does not exist here. Shown is red and blue."),
        ({"study": "../../etc"}, "the study “../../etc”"),
    ],
)
@pytest.mark.usefixtures("study")
def test_nonsense_in_a_link_is_answered_with_a_note_and_the_default(open_at, asked, told):
    at = open_at("compare", **(MISTAKE | asked))
    assert not at.exception
    assert not at.error
    assert len(at.warning) == 1
    assert told in at.warning[0].value
    (key,) = asked
    assert at.query_params[key] != asked[key]


def test_a_model_that_fails_is_told_in_a_sentence(open_at, explained, model):
    def broken(_inputs):
        raise ExplanationFailed("The model failed on a masked picture: out of memory.", "Close other programs.")

    model.logits = broken
    at = explained(open_at("compare", **MISTAKE))
    assert not at.exception
    assert at.error[0].value == "The model failed on a masked picture: out of memory. Close other programs."
    assert at.button(key="compare_resume").label == "Go on"


@pytest.mark.usefixtures("model")
def test_a_full_disk_is_told_and_the_explanation_is_shown_all_the_same(open_at, explained, monkeypatch):
    def full(_store, _key, _explanation):
        raise StoreRefused("The explanation cannot be written: no space left on device.", "Free some space.")

    monkeypatch.setattr(ExplanationStore, "put", full)
    at = explained(open_at("compare", **MISTAKE))
    assert not at.exception
    assert "no space left on device" in at.warning[0].value
    assert alternatives(at).count("What speaks for ravioli in red, against it in blue") == 4


def test_a_companion_whose_file_has_gone_is_told_and_left_out(open_at, study):
    study.data.path("pork_chop/2").unlink()
    at = open_at("compare", **MISTAKE)
    assert not at.exception
    assert at.warning[0].value.startswith("The picture pork_chop/2 cannot be read: the file is missing.")
    assert pictures(at) == ["pork chop 4", "pork chop 1", "pork chop 3"]


def test_the_next_best_takes_the_place_of_a_companion_whose_file_has_gone(open_at, study):
    first = pictures(open_at("compare", **MISTAKE, companions="1"))[1]
    study.data.path(first.replace("pork chop ", "pork_chop/")).unlink()
    loaders_pictures.sight.clear()
    at = open_at("compare", **MISTAKE, companions="1")
    assert len(at.warning) == 1
    assert len(pictures(at)) == 2
    assert pictures(at)[1] != first


def test_a_mistake_whose_file_has_gone_is_told_in_a_sentence(open_at, study):
    study.data.path("pork_chop/4").unlink()
    at = open_at("compare", **MISTAKE)
    assert not at.exception
    assert at.error[0].value.startswith("The picture pork_chop/4 cannot be read: the file is missing.")


@pytest.mark.usefixtures("study")
def test_a_model_file_that_cannot_be_opened_is_told_in_a_sentence(open_at, monkeypatch):
    def refused(_study):
        raise ModelRefused("The model file is cut off.", "Copy it again.")

    monkeypatch.setattr(Study, "open_runtime", refused)
    at = open_at("compare", **MISTAKE)
    if not at.error:  # the model is opened in the background
        models._opener().submit(int).result(timeout=30)
        at.run()
    assert not at.exception
    assert at.error[0].value == "The model file is cut off. Copy it again."


def test_a_cancelled_explanation_stays_so_until_it_is_asked_for_again(open_at, asked, explained, gated):
    at = asked(open_at("compare", **MISTAKE))
    assert gated.started.wait(timeout=30)
    at.run()
    assert "evaluations" in at.progress[0].text
    at.button(key="compare_cancel").click().run()
    assert "Stopped after" in texts(at.caption)
    at.slider(key="top_k").set_value(3).run()
    assert {job.state for job in at.session_state["_jobs_compare"].jobs} == {"cancelled"}
    gated.gate.set()
    at = explained(at.button(key="compare_resume").click().run())
    assert {job.state for job in at.session_state["_jobs_compare"].jobs} == {"done"}
    assert not at.progress


def test_what_was_asked_before_is_given_up_when_something_else_is_asked(open_at, asked, gated):
    at = asked(open_at("compare", **MISTAKE))
    assert gated.started.wait(timeout=30)
    at.run()
    before = at.session_state["_jobs_compare"].jobs
    at.slider(key="blur").set_value(7).run()
    assert {job.state for job in before} == {"cancelled"}
    assert not {job.state for job in at.session_state["_jobs_compare"].jobs} & {"cancelled", "done"}


@pytest.mark.usefixtures("study")
def test_companions_are_of_the_true_class_of_the_guessed_one_or_of_both(open_at):
    at = open_at("compare", **MISTAKE)
    assert sorted(pictures(at)[1:]) == ["pork chop 1", "pork chop 2", "pork chop 3"]
    at.selectbox(key="beside").select("guess").run()
    assert [each[:-2] for each in pictures(at)] == ["pork chop", "ravioli", "ravioli", "ravioli"]
    assert "beside it **ravioli** that the model gets right" in texts(at.markdown)
    at.selectbox(key="beside").select("both").run()
    assert [each[:-2] for each in pictures(at)] == ["pork chop", "pork chop", "pork chop", "ravioli"]
    assert "beside it **pork chop** and **ravioli** that the model gets right" in texts(at.markdown)
    assert at.query_params["beside"] == "both"


@pytest.mark.usefixtures("study")
def test_the_surest_companions_come_first_when_they_are_asked_for(open_at, study):
    at = open_at("compare", **MISTAKE, by="confident")
    of_class = study.table[(study.table["truth"] == "pork_chop") & (study.table["guess"] == "pork_chop")]
    surest = of_class.sort_values(["p_guess", "image_id"], ascending=[False, True])["image_id"]
    assert pictures(at)[1:] == [each.replace("pork_chop/", "pork chop ") for each in surest]
    assert "the ones it is surest of" in texts(at.markdown)


@pytest.mark.usefixtures("study")
def test_by_hand_begins_with_what_was_there_and_a_link_shows_the_picked_ones(open_at):
    at = open_at("compare", **MISTAKE, companions="2")
    before = pictures(at)
    at.selectbox(key="by").select("hand").run()
    assert pictures(at) == before
    assert at.slider(key="companions").disabled
    at.multiselect(key="hand").set_value(["pork_chop/3", "pork_chop/1"]).run()
    assert pictures(at) == ["pork chop 4", "pork chop 3", "pork chop 1"]
    assert at.query_params["hand"] == "pork_chop/3,pork_chop/1"
    assert "picked by hand" in texts(at.markdown)
    at.button(key="compare_Previous").click().run()
    assert pictures(at) == ["pork chop 5", "pork chop 3", "pork chop 1"]
    again = open_at("compare", **MISTAKE, by="hand", hand="pork_chop/3,pork_chop/1")
    assert not again.warning
    assert pictures(again) == ["pork chop 4", "pork chop 3", "pork chop 1"]


@pytest.mark.parametrize(
    ("hand", "beside"),
    [
        ("pork_chop/3,pork_chop/99", ["pork chop 3"]),
        ("pork_chop/5", ["pork chop 1", "pork chop 2", "pork chop 3"]),
        ("omelette/1,<b>", ["pork chop 1", "pork chop 2", "pork chop 3"]),
    ],
)
@pytest.mark.usefixtures("study")
def test_a_link_to_companions_that_are_none_is_told_and_the_sound_ones_stay(open_at, hand, beside):
    at = open_at("compare", **MISTAKE, by="hand", hand=hand)
    assert not at.exception
    assert f"the pictures “{hand}”, which does not exist here. There are up to 6" in at.warning[0].value
    assert sorted(pictures(at)[1:]) == beside


@pytest.mark.usefixtures("study")
def test_none_picked_by_hand_leaves_the_mistake_alone(open_at):
    at = open_at("compare", **MISTAKE, by="hand")
    at.multiselect(key="hand").set_value([]).run()
    assert not at.exception
    assert pictures(at) == ["pork chop 4"]


@pytest.mark.usefixtures("study")
def test_a_class_that_is_never_right_is_told(open_at, monkeypatch):
    study = studies.study("tiny")
    of_guess = study.table["truth"] == "ravioli"
    wrong = study.table.assign(guess=study.table["guess"].mask(of_guess, "omelette"))
    monkeypatch.setattr(studies, "_study", lambda *_key: replace(study, table=wrong))
    at = open_at("compare", **MISTAKE, beside="both")
    assert not at.exception
    assert at.info[0].value == "The model gets no picture of ravioli right."
    assert sorted(pictures(at)[1:]) == ["pork chop 1", "pork chop 2", "pork chop 3"]


@pytest.mark.usefixtures("study")
def test_a_pair_with_one_mistake_has_no_next_and_says_so(open_at):
    at = open_at("compare", truth="ravioli", guess="pork_chop")
    assert at.selectbox(key="picture").label == "Mistake 1 of 1"
    for step in ("Previous", "Next"):
        assert at.button(key=f"compare_{step}").disabled
        assert at.button(key=f"compare_{step}").help == "The pair has one mistake only."


def full_tint(at):
    return re.search(r"full tint is (\S+) logits", texts(at.caption)).group(1)


@pytest.mark.usefixtures("model")
def test_a_locked_scale_stays_for_other_mistakes_and_a_link_shows_the_same(open_at, explained):
    at = explained(open_at("compare", **MISTAKE))
    own = full_tint(at)
    at.toggle(key="compare_lock shared").set_value(True).run()
    locked = at.query_params["scale"]
    assert float(locked) == pytest.approx(float(own), rel=0.06)
    assert "The locked scale: full tint is" in texts(at.caption)
    at = explained(at.button(key="compare_Previous").click().run())
    assert (at.query_params["scale"], full_tint(at)) == (locked, own)
    other = explained(open_at("compare", **MISTAKE, scale="7.5"))
    assert not other.warning
    assert full_tint(other) == "7.5"
    at = at.toggle(key=f"compare_lock {locked}").set_value(False).run()
    assert at.query_params["scale"] == "shared"
    assert "One scale for all: full tint is" in texts(at.caption)


@pytest.mark.usefixtures("model")
def test_where_the_evidence_lies_is_said_of_every_column_for_the_row_that_is_asked_for(open_at, explained, model):
    at = explained(open_at("compare", **MISTAKE))
    assert texts(at.markdown).count(" of what speaks for ravioli lies in one spot, ") == 1
    assert texts(at.markdown).count("Nothing in this picture speaks for ravioli.") == 3
    assert texts(at.caption).count(" in the central half (50%)") == 4
    spent = model.evaluations
    at.selectbox(key="where").select("pork_chop").run()
    assert texts(at.markdown).count(" of what speaks for pork chop lies in one spot, ") == 3
    assert model.evaluations == spent


def shares(at):
    return [line for each in at.caption for line in each.value.splitlines() if line.endswith("(50%)")]


def test_noise_has_no_colour_until_it_is_wanted_and_shares_are_of_the_whole_map(open_at, explained, model):
    at = explained(open_at("compare", **MISTAKE, engine="regions", evals="100"))
    assert not at.exception
    assert at.query_params["noise"] == "hide"
    told = texts(at.caption)
    assert "Without colour: regions within noise, whose 95% interval holds 0." in told
    assert "is of the whole map, regions within noise included" in told
    assert re.search(r"settled in \d of 4 pictures: \d+( to \d+)? of the 10 strongest regions would stay", told)
    assert told.count("% of the picture") >= 4 * 3
    assert re.search(r"settled: \d+ of 10 strongest stay", told)
    spent, before = model.evaluations, shares(at)
    at.button_group(key="noise").set_value("show").run()
    assert (model.evaluations, shares(at)) == (spent, before)
    assert at.query_params["noise"] == "show"
    assert "is of the whole map" not in texts(at.caption)


@pytest.mark.usefixtures("model")
def test_where_nothing_is_estimated_nothing_is_said_of_noise(open_at, explained):
    at = explained(open_at("compare", **MISTAKE, noise="hide"))
    assert not re.search("noise|settled", texts(at.caption))
    assert "noise" not in [each.key for each in at.button_group]


@pytest.mark.usefixtures("demo")
def test_for_the_demo_it_is_said_on_what_the_evidence_lies(open_at):
    at = open_at("compare", truth="pork_chop", guess="ravioli")
    models.runtime(studies.study("demo-kitchen")).result(timeout=30)
    at.run()
    for job in at.session_state["_jobs_compare"].jobs:
        assert job.wait(timeout_s=30)
    at.run()
    assert not at.exception
    assert re.search(
        r"\*\*\d+%\*\* of what speaks for ravioli lies on the red-checked cloth, \d+% of", texts(at.markdown)
    )
    for part in ("food", "vessel", "table", "red-checked cloth"):
        assert f"% on the {part} (" in texts(at.caption)


@pytest.mark.usefixtures("study")
def test_what_is_in_the_store_is_shown_before_the_model_is_opened(open_at, explained, monkeypatch):
    explained(open_at("compare", **MISTAKE))
    monkeypatch.setattr(models, "opened", lambda _study: None)
    at = open_at("compare", **MISTAKE)
    assert alternatives(at).count(CONTRAST) == 4
    assert "All of it comes from the store: no evaluation was needed." in texts(at.caption)
    assert not at.progress
    at.toggle(key="compare_lock shared").set_value(True).run()
    assert float(at.query_params["scale"]) > 0


@pytest.mark.usefixtures("gated")
def test_a_scale_cannot_be_locked_before_there_is_one(open_at, asked):
    at = asked(open_at("compare", **MISTAKE))
    at.toggle(key="compare_lock shared").set_value(True).run()
    assert at.query_params["scale"] == "shared"
    assert not at.toggle(key="compare_lock shared").value


def test_a_study_without_embeddings_says_so(study):
    beside = companions.Wanted(3, ("pork_chop",), "nearest")
    assert (
        companions.in_words(study, beside)
        == "**pork chop** that the model gets right, the ones that look most alike to the model"
    )
    told = companions.in_words(replace(study, embeddings=None), beside)
    assert told.endswith("the ones it is surest of (this study has no embeddings to tell which look alike)")


def test_rows_are_the_contrast_truth_and_guess_then_the_likeliest(study):
    mistake = study.row("pork_chop/4")
    order = [study.labels[place] for place in np.argsort(-study.logits[mistake.name].astype(float), kind="stable")]
    assert [row.name for row in board.rows(study, mistake, 1)] == ["contrast", "pork_chop", "ravioli"]
    assert {row.label for row in board.rows(study, mistake, 4)} == set(order)
