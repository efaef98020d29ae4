"""Nearest pictures of the truth and of the guess, among the training pictures where they are a study."""

import shutil

from tests.read import texts


def test_the_study_of_the_training_pictures_is_searched_unless_the_link_names_another(study, open_at):
    folder = study.folder.with_name("learnt")
    shutil.copytree(study.folder, folder)
    record = folder / "study.toml"
    record.write_text(record.read_text("utf-8").replace('split = "test"', 'split = "train"'), "utf-8")
    wanted = {"picture": "pork_chop/4", "source": "study", "engine": "partition"}
    closed = open_at("explain", study="tiny", **wanted)
    assert not closed.exception
    assert "pictures labelled" not in texts(closed.markdown)
    at = open_at("explain", study="tiny", seen="nowhere", **wanted)
    assert not at.exception
    assert at.selectbox(key="seen").value == "learnt"
    at = open_at("explain", study="tiny", seen="own", **wanted)
    assert "The most similar pictures labelled **ravioli**" in texts(at.markdown)
    assert "The most similar pictures labelled **pork chop**" in texts(at.markdown)
