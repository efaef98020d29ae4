"""Evidence: the claim about a pair, and the pictures that it rests on."""

import re
import threading
from dataclasses import replace

import pandas as pd
import pytest

from pages.ui.evidence import claim as evidence_claim
from pages.ui.evidence import numbers as evidence_numbers
from pages.ui.evidence import question
from pages.ui.loaders import explanations, models, studies
from pages.ui.maps import jobs
from tests.read import texts
from xai_core.errors import ExplanationFailed
from xai_core.evidence.difference import difference
from xai_core.evidence.findings import COLUMNS
from xai_core.evidence.sample import sample
from xai_core.study.study import Study

PAIR = {"truth": "pork_chop", "guess": "ravioli"}


@pytest.fixture
def still_opening(monkeypatch):
    """A model that is being opened for as long as the test takes."""
    opened = threading.Event()
    monkeypatch.setattr(Study, "open_runtime", lambda _study: opened.wait(timeout=30))
    yield
    opened.set()


@pytest.fixture
def with_table(study, monkeypatch):
    """The study with another table of guesses."""

    def changed(**guesses):
        known = studies.study(study.name)
        table = known.table.copy()
        for image_id, guess in guesses.items():
            table.loc[table["image_id"] == image_id.replace("__", "/"), "guess"] = guess
        monkeypatch.setattr(studies, "study", lambda _name: replace(known, table=table))

    return changed


def alternatives(at):
    return [each.proto.imgs[0].alt for each in at.image]


def captions(at):
    return texts(at.caption)


@pytest.mark.usefixtures("study")
def test_a_link_names_the_pair_and_everything_it_leaves_out_is_completed(open_at):
    at = open_at("evidence", **PAIR)
    assert not at.exception
    assert at.title[0].value == "Evidence"
    assert at.subheader[0].value == "Pork chop taken for ravioli"
    found = dict(at.query_params)
    assert {key: found[key] for key in ("study", "truth", "guess", "most", "measure", "evals")} == PAIR | {
        "study": "tiny",
        "most": "20",
        "measure": "in_middle",
        "evals": "300",
    }


@pytest.mark.usefixtures("study")
def test_nothing_is_claimed_before_a_mistake_is_explained(open_at, still_opening):
    at = open_at("evidence", **PAIR)
    assert "The claim stands here as soon as the first mistakes are explained." in texts(at.markdown)
    assert not at.image


def test_the_claim_comes_first_with_its_numbers_and_with_what_it_rests_on(open_at, explained):
    at = explained(open_at("evidence", **PAIR))
    assert not at.exception
    claim = next(each.value for each in at.markdown if each.value.startswith("Of what speaks for ravioli"))
    assert "rather than pork chop in these 2 mistakes" in claim
    assert "lies in the middle half of the picture**; evenly strewn, it would be 50%." in claim
    nothing = "In 3 pictures of pork chop that the model gets right nothing at all speaks for ravioli"
    assert nothing in claim
    assert "It rests on 2 mistakes of this pair and 6 correct pictures of the two classes" in captions(at)


def test_the_proof_has_patches_averages_a_chart_and_groups(open_at, explained):
    at = explained(open_at("evidence", **PAIR))
    shown = alternatives(at)
    assert shown.count("Part of pork chop 4 that argues most for ravioli") == 2  # of all, and of its group
    assert "Part of ravioli 1 that argues most for ravioli" in shown
    assert "Part of pork chop 1 that argues most for pork chop" in shown
    assert "Mistakes: average of 2 pictures, laid by the frame" in shown
    assert "Ravioli, right: average of 3 pictures, laid by the object" in shown
    assert len(at.get("plotly_chart")) == 1
    assert "**Group 1**: 2 mistakes, " in texts(at.markdown)
    assert len(at.dataframe[0].value) == 8
    assert len(set(at.dataframe[0].value["group"])) == 3


def test_another_reader_is_served_from_the_store_without_the_model(open_at, explained, study, monkeypatch):
    explained(open_at("evidence", **PAIR))
    monkeypatch.setattr(Study, "open_runtime", lambda _study: pytest.fail("The model was opened."))
    monkeypatch.setattr(models, "opened", lambda _study: None)
    at = open_at("evidence", **PAIR)
    assert "All of it comes from the store: no evaluation was needed." in captions(at)
    assert "It rests on 2 mistakes" in captions(at)


def test_how_it_is_shown_costs_no_evaluation(open_at, explained):
    at = explained(open_at("evidence", **PAIR))
    before = at.session_state["_jobs_evidence"].jobs
    at.selectbox(key="measure").set_value("on_object").run()
    assert "lies on the object in the middle**" in texts(at.markdown)
    assert at.query_params["measure"] == "on_object"
    at.selectbox(key="colours").set_value("orange and purple").run()
    assert "orange speaks for ravioli" in captions(at)
    assert at.session_state["_jobs_evidence"].jobs == before


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize("page", ["confusions", "compare"])
def test_confusions_and_compare_lead_to_the_evidence_of_their_pair(open_at, page):
    at = open_at(page, **PAIR)
    (way,) = (each.proto.query_string for each in at.page_link if each.proto.page == "evidence")
    assert way == "study=tiny&truth=pork_chop&guess=ravioli"


def test_each_row_of_averages_says_what_its_own_full_tint_is(open_at, explained):
    at = explained(open_at("evidence", **PAIR))
    told = re.findall(r"([^.;]* scale[^:]*): full tint is ([^ ]+) logits per hundredth of ([^.]*)\.", captions(at))
    assert [(whose.strip(), of) for whose, _, of in told] == [
        ("One scale for the row above", "the picture"),
        ("This row has a scale of its own", "what it shows"),
        ("The average has a scale of its own", "the picture"),
    ]
    assert all(float(tint) > 0 for _, tint, _ in told)


WHOLE = "Averages, here and below, are of whole maps, regions within noise included"


@pytest.mark.parametrize(("engine", "told"), [("regions", 1), ("partition", 0)])
def test_averages_are_of_whole_maps_which_is_told_where_values_are_estimated(open_at, explained, engine, told):
    at = explained(open_at("evidence", **PAIR, engine=engine, evals="100"))
    assert not at.exception
    assert captions(at).count(WHOLE) == told
    assert "noise" not in [each.key for each in at.button_group]


def test_files_that_are_made_on_demand_are_offered_once_nothing_more_will_come(open_at, explained, monkeypatch):
    at = explained(open_at("evidence", **PAIR))
    assert disabled(at) == {"Numbers": False, "Report, HTML": False, "Download": False}
    monkeypatch.setattr(jobs, "waiting", lambda _jobs: True)
    monkeypatch.setattr(jobs, "settle", lambda *_, **__: None)
    at.run()
    assert "It rests on 2 mistakes" in captions(at)
    assert disabled(at) == {"Numbers": False, "Report, HTML": True, "Download": True}


def disabled(at):
    return {each.proto.label: each.proto.disabled for each in at.get("download_button")}


def test_one_mistake_is_told_of_as_one(open_at, explained):
    at = explained(open_at("evidence", truth="ravioli", guess="pork_chop"))
    assert not at.exception
    said = texts(at.markdown)
    assert "rather than ravioli in this mistake" in said
    assert "In 3 pictures of ravioli that the model gets right nothing at all speaks for pork chop" in said
    assert "In it that lies " in said
    assert "Do the mistakes agree?" not in said


@pytest.mark.usefixtures("study")
def test_a_pair_without_mistakes_is_told_and_another_can_be_chosen(open_at):
    at = open_at("evidence", truth="omelette", guess="pizza")
    assert at.info[0].value == "No picture of omelette was taken for pizza."
    box = at.selectbox(key="evidence_pair omelette pizza")
    assert box.value is None
    at = box.set_value(("ravioli", "pork_chop")).run()
    assert at.subheader[0].value == "Ravioli taken for pork chop"
    assert (at.query_params["truth"], at.query_params["guess"]) == ("ravioli", "pork_chop")


@pytest.mark.usefixtures("study")
def test_a_class_is_not_a_confusion_with_itself(open_at):
    at = open_at("evidence", truth="ravioli", guess="ravioli")
    assert at.info[0].value == "Pick two different classes to see a confusion."
    assert not at.exception


def test_a_class_without_correct_pictures_has_nothing_to_be_set_against(open_at, explained, with_table):
    with_table(pork_chop__1="omelette", pork_chop__2="omelette", pork_chop__3="omelette")
    at = explained(open_at("evidence", **PAIR))
    assert not at.exception
    assert "The model gets no picture of pork chop right, so there is nothing to set the mistakes against." in texts(
        at.markdown
    )
    assert "It rests on 2 mistakes of this pair and 4 correct pictures" in captions(at)


def test_a_model_without_embeddings_shows_those_it_is_surest_of(open_at, explained, study, monkeypatch):
    known = studies.study(study.name)
    monkeypatch.setattr(studies, "study", lambda _name: replace(known, embeddings=None))
    at = explained(open_at("evidence", **PAIR))
    assert not at.exception
    assert "6 correct pictures" in captions(at)


def test_a_mistake_whose_file_has_gone_is_told_and_left_out(open_at, explained, study):
    study.data.path("pork_chop/4").unlink()
    at = explained(open_at("evidence", **PAIR))
    assert not at.exception
    assert at.warning[0].value.startswith("The picture pork_chop/4 cannot be read: the file is missing.")
    assert "It rests on 1 of 2 mistakes" in captions(at)


def test_when_no_mistake_can_be_read_that_is_told(open_at, study):
    for lost in ("pork_chop/4", "pork_chop/5"):
        study.data.path(lost).unlink()
    at = open_at("evidence", **PAIR)
    assert len(at.warning) == 2
    assert at.info[0].value == "None of the mistakes can be read, so there is nothing to explain."


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [
        ({"truth": "unicorn"}, "the class “unicorn”, which does not exist here. Shown is pork chop."),
        ({"guess": "1"}, "the class “1”"),
        ({"most": "7"}, "the number of mistakes “7”, which does not exist here. There are 5, 10, 20, 50, 100."),
        ({"most": "all"}, "the number of mistakes “all”"),
        ({"measure": "somewhere"}, "the measure “somewhere”"),
        ({"evals": "-1"}, "the number of evaluations “-1”"),
    ],
)
@pytest.mark.usefixtures("study")
def test_nonsense_in_a_link_is_answered_with_a_note_and_the_default(open_at, asked_for, told):
    at = open_at("evidence", **(PAIR | asked_for))
    assert not at.exception
    assert len(at.warning) == 1
    assert told in at.warning[0].value
    (key,) = asked_for
    assert at.query_params[key] != asked_for[key]


def test_a_model_that_fails_is_told_once_in_a_sentence(open_at, explained, study, monkeypatch):
    runtime = study.open_runtime()

    def broken(_inputs):
        raise ExplanationFailed("The model failed on a masked picture: out of memory.", "Close other programs.")

    monkeypatch.setattr(type(runtime), "logits", lambda _self, inputs: broken(inputs))
    at = explained(open_at("evidence", **PAIR))
    assert not at.exception
    assert [each.value for each in at.warning] == [
        "The model failed on a masked picture: out of memory. Close other programs."
    ]
    assert "None of the mistakes is explained, so nothing can be claimed." in texts(at.markdown)


def test_the_numbers_can_be_taken_away(open_at, explained, study):
    at = explained(open_at("evidence", **PAIR))
    assert "Numbers" in [each.proto.label for each in at.get("download_button")]
    known, asked = studies.study(study.name), pair_asked(study)
    found = explanations.pair_findings(("any",), [])
    assert tuple(found.numbers.columns) == COLUMNS
    assert evidence_numbers.table(known, asked, found).columns[-1] == "contrast"


def pair_asked(study):
    chosen = sample(study.table, study.embeddings, "pork_chop", "ravioli", most=5)
    return question.Asked("pork_chop", "ravioli", chosen, None, "in_middle", None)


def test_the_demo_is_checked_against_its_planted_cause(open_at, demo):
    at = open_at("evidence", study=demo.name, **PAIR)
    models.runtime(studies.study(demo.name)).result(timeout=30)
    at.run()
    for job in at.session_state["_jobs_evidence"].jobs:
        assert job.wait(timeout_s=30)
    at.run()
    assert not at.exception
    said = texts(at.markdown)
    assert "Nearly every ravioli of the training set lies on a red-checked cloth" in said
    on_it, of_area = (float(at.metric[place].value.rstrip("%")) for place in (1, 0))
    assert on_it > 2 * of_area


def found_of(shares, spotted_right):
    """Findings of mistakes with these shares in the middle, and of right answers with those."""
    rows = [(share, group) for group, each in (("mistakes", shares), ("of_truth", spotted_right)) for share in each]
    numbers = pd.DataFrame(rows, columns=["in_middle", "group"]).assign(for_guess=1.0, object_area=0.3)
    groups = (numbers["in_middle"][numbers["group"] == group].to_numpy() for group in ("mistakes", "of_truth"))
    known = explanations.pair_findings(("any",), [])
    return replace(known, numbers=numbers, differences={"in_middle": difference(*groups)})


def claimed(found):
    return evidence_claim.claim(found, "pork_chop", "ravioli", "in_middle")


def judged(found):
    return evidence_claim.verdict(found, "pork_chop", "ravioli", "in_middle")


def test_a_clear_difference_is_claimed_in_words():
    found = found_of([0.2, 0.21, 0.22, 0.23, 0.24], [0.5, 0.51, 0.52, 0.53, 0.54])
    assert evidence_claim.reading(found, "in_middle") == "The mistakes go by what lies around the middle of the picture"
    assert claimed(found) == (
        "Of what speaks for ravioli rather than pork chop in these 5 mistakes, **22% lies in the middle half of the "
        "picture**; in 5 pictures of pork chop that the model gets right it is **52%** "
        "(evenly strewn, it would be 50%)."
    )
    assert judged(found) == "The difference is more than chance (p = 0.0079, a large effect)."


def test_what_may_be_chance_is_called_so_and_given_no_meaning():
    found = found_of([0.2, 0.4, 0.6, 0.5, 0.3], [0.3, 0.5, 0.2, 0.6, 0.42])
    assert evidence_claim.reading(found, "in_middle") == ""
    assert judged(found).startswith("**The difference may be chance** (p = ")


def test_few_pictures_are_warned_of_in_the_claim():
    assert judged(found_of([0.1, 0.2, 0.3], [0.5])) == (
        "With 3 mistakes and 1 correct picture no difference whatever could be told from chance: a hint, not a finding."
    )
    few = judged(found_of([0.1, 0.11, 0.12, 0.13, 0.14], [0.5, 0.6, 0.7]))
    assert few.endswith("With only 3 in a group, one picture more may turn the answer.")


@pytest.mark.parametrize(
    ("wrong", "right", "reading"),
    [
        (0.9, 0.6, "The mistakes go by the middle of the picture"),
        (0.4, 0.1, "The mistakes go more by the middle of the picture than right answers do"),
        (0.6, 0.9, "The mistakes go less by the middle of the picture than right answers do"),
    ],
)
def test_a_reading_says_no_more_than_the_numbers(wrong, right, reading):
    around = [-0.02, -0.01, 0, 0.01, 0.02]
    found = found_of([wrong + each for each in around], [right + each for each in around])
    assert evidence_claim.reading(found, "in_middle") == reading


def agreed(*groups):
    """What is said of groups of mistakes, each a place and a size."""
    clusters = tuple(("picture",) * size for _, size in groups)
    known = replace(explanations.pair_findings(("any",), []), clusters=clusters)
    return evidence_claim.agreement(known, [place for place, _ in groups])


def test_whether_the_mistakes_agree_is_told_in_words():
    top, bottom, left = "at the top", "at the bottom", "at the left"
    assert agreed((top, 1)) == "In it that lies at the top."
    assert agreed((top, 9)) == "On average over the 9 it lies at the top."
    assert agreed((top, 5), (top, 2)) == "In all 7 it lies at the top."
    assert agreed((top, 3), (bottom, 2), (bottom, 2), (left, 2)) == (
        "Where it lies: at the bottom in 4, at the top in 3 and at the left in 2 of the 9 mistakes."
    )


def test_groups_and_their_measures_have_words():
    assert evidence_claim.group_name("of_truth", "pork_chop", "ravioli") == "Pork chop, right"
    assert set(evidence_claim.WHERE) == set(question.MEASURED)
