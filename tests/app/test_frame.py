"""Frame around every page, with sound and broken studies."""

import pytest

from tests.read import texts


@pytest.mark.usefixtures("no_studies")
def test_without_a_study_the_app_says_how_to_make_one(open_at):
    at = open_at()
    assert not at.exception
    assert at.title[0].value == "No study yet"
    assert "python -m xai_core study create" in at.code[0].value


def test_a_broken_study_is_reported_with_its_cure_and_the_others_stay_open(study, open_at):
    broken = study.folder.parent / "broken"
    broken.mkdir()
    (broken / "study.toml").write_text("half a rec", "utf-8")
    at = open_at()
    assert not at.exception
    assert "broken" in at.error[0].value
    assert "study create broken" in at.error[0].value
    at.sidebar.selectbox(key="study").select("tiny").run()
    assert not at.error
    assert at.subheader[0].value == "Pork chop taken for ravioli: 2 pictures"


@pytest.mark.usefixtures("study")
def test_figures_of_the_study_count_the_unreadable_pictures(open_at):
    figures = texts(open_at().sidebar.caption)
    assert "20 pictures of 4 classes" in figures
    assert "1 of them unreadable" in figures
    assert "84.2% right" in figures
