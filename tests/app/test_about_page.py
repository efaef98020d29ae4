"""Page About, with facts on data and model for any study."""

import json
import re

import pytest

from pages.ui.about import data, method, model, papers
from pages.ui.frame import keys
from pages.ui.loaders import models
from tests.read import texts
from xai_core.errors import ModelRefused
from xai_core.study.build import create_study

RECORD = {
    "settings": {
        "from_scratch": True,
        "epochs": 16,
        "batch_size": 32,
        "weight_decay": 0.05,
        "label_smoothing": 0.1,
        "augmentation": "light",
        "seed": 7,
    },
    "pictures": {"learn": 8080, "validate": 2020, "classes": 101},
    "best_epoch": 2,
    "seconds": 3600.9,
    "device": "cpu, 2 threads",
    "versions": {"python": "3.11.7", "torch": "2.14.1"},
    "epochs": [
        {"epoch": 1, "top1": 0.25, "top5": 0.5},
        {"epoch": 2, "top1": 0.8089, "top5": 0.9673},
    ],
}


def refuse(_study):
    raise ModelRefused("The file is damaged.")


@pytest.fixture
def trained(tmp_path, tiny_food101, tiny_model, monkeypatch):
    """Machine with a study of a model whose file has a record of its training."""
    spec = tiny_model.with_suffix(".json")
    spec.write_text(json.dumps(json.loads(spec.read_text("utf-8")) | {"training": RECORD}), "utf-8")
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    return create_study("trained", tmp_path / "studies", data=tiny_food101, model=tiny_model)


def facts(at):
    """Return the facts in the tables of two columns."""
    tables = [element.value for element in at.table if element.value.shape[1] == 2]
    return {name.strip("*"): fact for table in tables for name, fact in table.itertuples(index=False)}


def test_facts_about_data_and_model_are_those_of_the_study(open_at, study):
    at = open_at("about")
    assert not at.exception
    assert at.title[0].value == "About"
    assert at.query_params == {"study": "tiny"}
    told = facts(at)
    assert told["Pictures"] == "20 of the test split"
    assert told["Classes"] == "4, with 4 to 5 pictures each"
    assert told["Source"] == str(study.data_root)
    assert told["Unreadable"].startswith("1, ")
    assert told["File"] == "colours.onnx"
    assert told["Network"] == "not recorded"
    assert told["Input"] == "stretched to 32 x 32, bilinear; RGB, 0..1, mean 0.5 0.5 0.5, std 0.5 0.5 0.5"
    assert told["Accuracy in this study"] == "top-1 84.2%, top-5 100.0%"
    assert "a true class is what\nsomebody once noted" in texts(at.markdown)


@pytest.mark.usefixtures("study")
def test_a_model_without_a_record_has_an_unknown_training(open_at):
    at = open_at("about")
    assert "**Unknown:** the file has no record of the training" in texts(at.markdown)
    assert "Training" not in [expander.label for expander in at.expander]


@pytest.mark.usefixtures("trained")
def test_the_training_record_of_a_model_is_shown(open_at):
    at = open_at("about")
    assert not at.exception
    assert at.expander[0].label == "Training"
    told = facts(at)
    assert told["Initial weights"] == "random"
    assert told["Trained on"] == "8,080 pictures"
    assert told["Validation accuracy"] == "top-1 80.9%, top-5 96.7%"
    assert told["Duration"] == "60 minutes on cpu, 2 threads"
    assert told["Libraries"] == "python 3.11.7, torch 2.14.1"
    assert at.get("plotly_chart")
    assert "**Unknown:** how accurate it is on pictures from another source" in texts(at.markdown)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({}, {}),
        ({"notes": "made by a friend"}, {}),
        ({"settings": [1, 2], "pictures": None, "epochs": "16", "versions": "new"}, {}),
        ({"pictures": {"learn": "many"}, "seconds": "long", "settings": {"from_scratch": [True]}}, {}),
        ({"best_epoch": 3, "epochs": [None, {"epoch": 3}]}, {"Best epoch": "3; the model has its weights"}),
        ({"settings": {"from_scratch": False}}, {"Initial weights": "trained on ImageNet"}),
    ],
)
def test_a_record_of_any_form_is_shown_as_far_as_it_can_be_read(record, told):
    assert model.training(record) == told


@pytest.mark.usefixtures("demo")
def test_the_demo_says_that_it_is_painted_and_that_its_model_has_never_seen_food(open_at):
    at = open_at("about")
    assert not at.exception
    assert facts(at)["Source"] == "Painted by the demo kitchen"
    assert "Nobody cooked or photographed any of this." in texts(at.markdown)
    assert "nothing else. The model has never seen real food." in texts(at.markdown)


@pytest.mark.usefixtures("unreadable")
def test_a_study_without_readable_pictures_has_its_page(open_at, unreadable):
    at = open_at("about")
    assert not at.exception
    assert facts(at)["Unreadable"].startswith("20, ")
    assert data.facts(unreadable)["Classes"] == "4"


@pytest.mark.usefixtures("no_studies")
def test_without_a_study_the_app_says_how_to_make_one(open_at):
    at = open_at("about")
    assert not at.exception
    assert at.title[0].value == "No study yet"


@pytest.mark.usefixtures("study")
def test_nonsense_in_a_link_is_answered_with_a_note(open_at):
    at = open_at("about", study="none")
    assert not at.exception
    assert "the study “none”, which does not exist here" in at.warning[0].value


@pytest.mark.usefixtures("study")
def test_the_keyboard_and_the_versions_are_listed(open_at):
    at = open_at("about")
    keyboard, versions = (element.value for element in at.table if element.value.shape[1] == 3)
    assert [name.strip("*") for name in keyboard["Key"]] == [shortcut.key for shortcut in keys.SHORTCUTS]
    assert list(keyboard["What it does"]) == [shortcut.effect for shortcut in keys.SHORTCUTS]
    made, now = (dict(zip(versions["Library"], versions[name], strict=True)) for name in versions.columns[1:])
    assert made["numpy"] == now["numpy"] != ""
    assert (made["streamlit"], now["streamlit"][:2]) == ("", "1.")


def test_the_runtime_of_the_model_is_shown(open_at, study):
    models.runtime_future(study).result()
    assert re.search(r"Here onnxruntime cpu runs the model, \d+ pictures? at a time", texts(open_at("about").caption))


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(
    ("opened", "told"),
    [
        (lambda _study: None, "The model is being opened."),
        (refuse, "The model cannot be run here: The file is damaged."),
    ],
)
def test_a_model_that_does_not_run_yet_or_at_all_leaves_the_page_complete(open_at, monkeypatch, opened, told):
    monkeypatch.setattr(models, "runtime_if_open", opened)
    at = open_at("about")
    assert told in texts(at.caption)
    assert (len(at.header), list(at.exception)) == (8, [])


@pytest.mark.usefixtures("study")
def test_every_entry_of_the_contents_has_its_heading(open_at):
    at = open_at("about")
    anchors = re.findall(r"\(#([\w-]+)\)", next(element.value for element in at.markdown if "(#data)" in element.value))
    assert anchors == [element.proto.anchor for element in at.header]


def test_every_paper_is_cited_and_every_citation_is_a_paper():
    text = method.METHOD + method.LIMITS + data.PHOTOGRAPHS
    lists = re.findall(r"[\[(](\d{1,2}(?:, \d{1,2})*)[\])]", text)
    cited = {int(number) for numbers in lists for number in numbers.split(", ")}
    assert cited | {2} == set(range(1, len(papers.PAPERS) + 1))  # 2 is the network's own paper


def test_a_paper_is_listed_with_its_address():
    paper = papers.Paper("A. Author", "A title", "Somewhere 2020", "https://arxiv.org/abs/1")
    assert paper.line == "A. Author: *A title.* Somewhere 2020. [arxiv.org/abs/1](https://arxiv.org/abs/1)"
    assert papers.Paper("B. Author", "B", "There").line == "B. Author: *B.* There."
