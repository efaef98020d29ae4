"""Page Repair, from a pair to the study of a repaired model, and what leads to it."""

import re
from dataclasses import replace

import pytest

from pages.ui.evidence import cause
from pages.ui.loaders import background, studies
from pages.ui.maps import waiting
from pages.ui.overview import worth_a_look
from pages.ui.repair import outcome
from tests.read import alt_texts, texts, wait_for_jobs
from xai_core.repair.comparison.paired_change import PairedChange
from xai_core.repair.fitting import refit
from xai_core.repair.suspects import ranking
from xai_core.repair.suspects.ranking import Suspect
from xai_core.repair.trials import division
from xai_core.study.study import open_study
from xai_core.verdicts.patch_names import PatchNames

PAIR = {"truth": "pork_chop", "guess": "ravioli"}


@pytest.fixture
def tried(study, monkeypatch, open_at):
    """Function that opens the page and waits for its trial. Few pictures are enough for halves."""
    monkeypatch.setattr(division, "FEWEST", 10)
    monkeypatch.setattr(refit, "FEWEST", 8)

    def opened(**query):
        at = open_at("repair", **PAIR, **query)
        background.wait_until_idle("repairs", 30)
        return at.run()

    return opened


def test_a_cure_is_judged_on_pictures_held_back_and_taken_along(study, tried):
    at = tried(half="2")
    assert not at.exception
    figures = {element.label: element.value for element in at.metric}
    assert set(figures) == {"Mistakes of the pair", "Right guesses", "Calibration error"}
    assert "Fitted on 9 pictures, judged on 10 other pictures." in texts(at.caption)
    assert "What data is missing?" in texts(at.subheader)
    at.text_input[0].set_value("tiny-better")
    next(button for button in at.button if button.label == "Write the model and its study").click().run()
    assert not at.exception
    assert "tiny-better" in texts(at.success)
    made = open_study("tiny-better", study.folder.parent)
    assert len(made.table) == 10 + 1  # the unreadable picture is in neither half
    assert made.spec.training["repair"]["pair"] == ["pork_chop", "ravioli"]
    # The same name again writes nothing.
    next(button for button in at.button if button.label == "Write the model and its study").click().run()
    assert "which exists already" in texts(at.error)


def test_pictures_with_a_named_square_can_be_balanced(study, tried):
    PatchNames(study.folder).put("pork_chop", "ravioli", "none", ["pork_chop/4", "pork_chop/5"], author="")
    at = tried(groups="named none")
    assert not at.exception
    assert at.selectbox(key="groups").value == "named none"
    assert re.search("[12] pictures? with the named evidence", texts(at.caption))


def test_other_pictures_of_the_same_model_can_be_fitted_on(study, tried):
    at = tried(on="tiny", cure="offsets")
    assert "The link asks for the set of pictures to fit on “tiny”" in texts(at.warning)
    assert at.segmented_control(key="cure").value == "offsets"
    at = tried(cure="temperature")
    assert "The logits are divided by" in texts(at.caption)


@pytest.mark.usefixtures("study")
def test_too_few_pictures_are_a_sentence_and_the_rest_of_the_page_stays(open_at):
    at = open_at("repair", **PAIR)
    background.wait_until_idle("repairs", 30)
    at.run()
    assert not at.exception
    assert "19 pictures are too few to fit a cure on one half" in texts(at.error)
    assert "What data is missing?" in texts(at.subheader)


def test_a_model_without_embeddings_and_a_pair_without_mistakes_are_sentences(study, open_at, monkeypatch):
    assert "No picture of pork chop was taken for pizza." in texts(
        open_at("repair", truth="pork_chop", guess="pizza").info
    )
    known = studies.open_study(study.name)
    monkeypatch.setattr(studies, "open_study", lambda _name: replace(known, embeddings=None))
    assert "This study has no embeddings" in texts(open_at("repair", **PAIR).info)


@pytest.mark.parametrize("spot", ["part", "square", "place", "named a disc"])
def test_evidence_hides_the_spot_in_all_mistakes(study, open_at, explained, spot):
    PatchNames(study.folder).put("pork_chop", "ravioli", "a disc", ["pork_chop/4", "pork_chop/5"], author="")
    at = explained(open_at("evidence", **PAIR, hide=spot, across="20,80", engine="partition"))
    wait_for_jobs(at, "cause")
    at.run()
    assert not at.exception
    assert "of 2 mistakes" in next(line.value for line in at.markdown if line.value.startswith("#### Without it"))
    assert "2 mistakes, too few for a test: at least 6 are needed." in texts(at.markdown)
    assert [alt for alt in alt_texts(at) if alt.endswith(("whole", "with the part hidden"))] == [
        "pork chop 5, whole",
        "pork chop 5, with the part hidden",
        "pork chop 4, whole",
        "pork chop 4, with the part hidden",
    ]


def test_a_place_is_a_rectangle_in_percent():
    assert (
        cause.place_mask((4, 8), (25, 75), (0, 50)).astype(int).tolist()
        == [[0, 0, 1, 1, 1, 1, 0, 0]] * 2 + [[0] * 8] * 2
    )


def test_overview_ranks_pairs_once_their_mistakes_are_explained(study, open_at, asked, monkeypatch):
    monkeypatch.setattr(ranking, "FEWEST", 2)
    at = open_at("overview", story="pork_chop")
    background.wait_until_idle("suspects", 30)
    asked(at)
    assert "Compared so far: 0 of the 1 most frequent pair." in texts(at.caption)
    next(button for button in at.button if button.label == "Explain more mistakes").click().run()
    wait_for_jobs(at, "suspects")
    at.run()
    background.wait_until_idle("suspects", 30)
    at.run()
    assert not at.exception
    assert "Compared so far: 1 of the 1 most frequent pair." in texts(at.caption)
    # Two pictures beside two are never more than chance, so the pair is not called worth a look.
    assert "In none of the compared pairs" in texts(at.caption)
    assert "2 mistakes with" not in texts(at.caption)
    answer_of = waiting.answer_of

    def clear(*arguments):
        found = answer_of(*arguments)
        return replace(found, ranked=tuple(replace(suspect, low=0.1) for suspect in found.ranked))

    monkeypatch.setattr(waiting, "answer_of", clear)
    assert "2 mistakes with" in texts(at.run().caption)


def test_sentences_give_numbers_intervals_and_tests():
    change = PairedChange(pictures=200, before=100, after=120, gained=30, lost=10)
    assert outcome.change_text(change) == "+10.0 points (95% interval +3.8 to +16.0, p = 0.0022)"
    suspect = Suspect(
        truth="pork_chop",
        guess="ravioli",
        count=9,
        mistakes=9,
        right=5,
        in_mistakes=6.04,
        in_right=1.0,
        low=2.5,
        high=7.5,
        p_value=0.01,
        q_value=0.02,
        delta=1.0,
    )
    assert worth_a_look.reason(suspect) == (
        "9 mistakes with 6.0 logits of evidence for ravioli; right answers have 1.0 (difference 2.5 to 7.5)"
    )
