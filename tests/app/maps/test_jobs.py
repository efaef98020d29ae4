"""Live jobs on the pages Explain, Compare and Evidence."""

import threading
from types import SimpleNamespace

import pytest

from pages.ui.loaders import explanations, models, studies
from pages.ui.maps import jobs, waiting
from tests.read import alt_texts, jobs_of, map_alts, texts
from xai_core.errors import ExplanationFailed, ModelRefused, StoreRefused
from xai_core.explain.store import ExplanationStore
from xai_core.study.study import Study

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4", "engine": "partition"}
FOR_GUESS = "Evidence for ravioli in red, against it in blue"
STORED = "Shown is a saved result: no evaluation was needed."
FROM_ONE_PICTURE = {
    "explain": FOR_GUESS,
    "compare": FOR_GUESS,
    "evidence": "Part of pork chop 4 with the strongest evidence for ravioli",
}
"""Alternative text of a picture that each page shows once it has an explanation."""

both = pytest.mark.parametrize("page", ["explain", "compare"])
every = pytest.mark.parametrize("page", list(FROM_ONE_PICTURE))


def states(at, page):
    return {job.state for job in jobs_of(at, page)}


@every
def test_second_reader_is_served_from_the_store_even_while_the_model_is_being_opened(
    open_at, explained, model, monkeypatch, page
):
    explained(open_at(page, **MISTAKE))
    spent = model.evaluations
    at = explained(open_at(page, **MISTAKE))
    assert STORED in texts(at.caption)
    assert FROM_ONE_PICTURE[page] in [*alt_texts(at), *map_alts(at)]
    assert model.evaluations == spent

    models.runtime_future.clear()
    opened = threading.Event()
    monkeypatch.setattr(Study, "open_runtime", lambda _study: model if opened.wait(timeout=30) else None)
    try:
        at = open_at(page, **MISTAKE)
        assert not at.exception
        assert FROM_ONE_PICTURE[page] in [*alt_texts(at), *map_alts(at)]
        # Explain needs the model all the same, for the preview of the mask.
        assert (STORED in texts(at.caption)) == (page != "explain")
        assert ("Opening the model ..." in [bar.text for bar in at.progress]) == (page == "explain")
        downloads = {button.proto.label: button.proto.disabled for button in at.get("download_button")}
        assert not downloads["Report, HTML"]
    finally:
        opened.set()


@both
def test_cancelled_jobs_stay_so_until_the_reader_goes_on(open_at, asked, explained, model, page):
    model.gate.clear()
    at = asked(open_at(page, **MISTAKE))
    assert model.started.wait(timeout=30)
    at.run()
    assert any(" evaluations" in bar.text for bar in at.progress)
    at.button(key=f"{page}_cancel").click().run()
    assert "Stopped after" in texts(at.caption)
    model.gate.set()
    at.slider(key="top_k").set_value(3).run()
    assert "Stopped after" in texts(at.caption)
    assert states(at, page) == {"cancelled"}
    at = explained(at.button(key=f"{page}_resume").click().run())
    assert states(at, page) == {"done"}
    assert FOR_GUESS in map_alts(at)


def test_jobs_are_given_up_for_those_of_another_question(open_at, asked, model):
    model.gate.clear()
    at = asked(open_at("compare", **MISTAKE))
    assert model.started.wait(timeout=30)
    at.run()
    before = jobs_of(at, "compare")
    at.slider(key="blur").set_value(7).run()
    assert {job.state for job in before} == {"cancelled"}
    assert not states(at, "compare") & {"cancelled", "done"}


@pytest.mark.usefixtures("study")
def test_slot_without_jobs_has_none(open_at):
    assert jobs.submitted("elsewhere", open_at("explain", **MISTAKE).session_state) == []


@both
def test_failing_model_is_reported_in_a_sentence(open_at, explained, model, page):
    def broken(_inputs):
        raise ExplanationFailed("The model failed on a masked picture: memory is full.", "Close a program.")

    model.logits = broken
    at = explained(open_at(page, **MISTAKE))
    assert not at.exception
    assert {error.value for error in at.error} == {
        "The model failed on a masked picture: memory is full. Close a program."
    }
    assert at.button(key=f"{page}_resume").label == "Go on"
    assert "pork chop 4 as the model sees it" in alt_texts(at)


@both
def test_model_file_that_cannot_be_opened_is_reported_in_a_sentence(open_at, study, monkeypatch, page):
    def refused(_study):
        raise ModelRefused("The model file is cut off.", "Copy it again.")

    monkeypatch.setattr(Study, "open_runtime", refused)
    at = open_at(page, **MISTAKE)
    if not at.error:  # the model is opened in the background
        assert models.runtime_future(studies.open_study(study.name)).exception(timeout=30)
        at.run()
    assert not at.exception
    assert at.error[0].value == "The model file is cut off. Copy it again."
    if page == "explain":
        assert any("ravioli" in bar.text for bar in at.progress)


@pytest.mark.usefixtures("model")
def test_answer_that_cannot_be_stored_is_shown_with_a_warning(open_at, explained, monkeypatch):
    def full(_store, _key, _explanation):
        raise StoreRefused("The explanation cannot be written: no space left on device.", "Free some space.")

    monkeypatch.setattr(ExplanationStore, "put", full)
    at = explained(open_at("compare", **MISTAKE))
    assert not at.exception
    assert "no space left on device" in at.warning[0].value
    assert map_alts(at).count(FOR_GUESS) == 4


@pytest.mark.parametrize(("visitors", "seconds"), [(0, 0.6), (4, 0.6), (8, 1.2), (300, 4.8)])
def test_many_visitors_see_their_maps_less_often(monkeypatch, visitors, seconds):
    service = SimpleNamespace(usage=lambda: SimpleNamespace(visitors=visitors))
    monkeypatch.setattr(explanations, "service", lambda: service)
    assert waiting.poll_s() == pytest.approx(seconds)
