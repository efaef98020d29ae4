"""open_study: tables, pictures and explanations of a study, the same as the pages have."""

import numpy as np
import pytest

from xai_core import Explanation, open_study
from xai_core.errors import NameUnknown, SettingRefused, StudyRefused


@pytest.fixture
def opened(tiny_study):
    return open_study(tiny_study.folder)


def test_the_tables_are_those_of_the_study(opened, tiny_study):
    assert list(opened.predictions["image_id"]) == list(tiny_study.table["image_id"])
    assert opened.labels == tiny_study.labels
    assert opened.logits.shape == (len(opened.predictions), len(opened.labels))
    assert opened.pairs[["truth", "guess", "count"]].iloc[0].tolist() == ["pork_chop", "ravioli", 2]
    assert set(opened.mistakes("pork_chop", "ravioli")["image_id"]) == {"pork_chop/4", "pork_chop/5"}
    assert "tiny" in repr(opened)


def test_a_study_opens_by_its_name_too(tiny_study, monkeypatch):
    monkeypatch.setenv("XAI_STUDIES", str(tiny_study.folder.parent))
    assert open_study("tiny").study.folder == tiny_study.folder


def test_an_explanation_is_stored_where_the_pages_find_it(opened):
    assert opened.stored("pork_chop/4", evaluations=30) is None
    computed = opened.explain("pork_chop/4", evaluations=30, progress=False)
    stored = open_study(opened.study.folder).stored("pork_chop/4", evaluations=30)
    np.testing.assert_array_equal(stored.map("ravioli"), computed.map("ravioli"))
    assert stored.view.shape == (32, 32, 3)


def test_a_stored_explanation_needs_no_model(opened):
    opened.explain("pork_chop/4", evaluations=30, progress=False)
    opened.study.model_file.rename(opened.study.model_file.with_suffix(".gone"))
    again = opened.explain("pork_chop/4", evaluations=30, progress=False)
    assert again.name == "pork_chop/4"


def test_an_argument_that_does_not_exist_is_named_with_the_method_that_was_called(opened):
    with pytest.raises(TypeError, match=r"OpenStudy\.explain\(\) got an unexpected keyword argument 'batch'"):
        opened.explain("pork_chop/4", batch=3)
    with pytest.raises(TypeError, match=r"OpenStudy\.stored\(\) got an unexpected keyword argument 'progress'"):
        opened.stored("pork_chop/4", progress=False)


def test_an_explanation_is_saved_and_read_by_a_text_path(opened, tmp_path):
    explained = opened.explain("pork_chop/4", evaluations=30, progress=False)
    explained.explanation.save(f"{tmp_path}/out.npz")
    again = Explanation.load(f"{tmp_path}/out.npz")
    np.testing.assert_array_equal(again.map("ravioli"), explained.map("ravioli"))


def test_a_picture_is_a_photograph_in_its_own_size(opened):
    assert opened.picture("ravioli/1").mode == "RGB"


def test_what_is_not_there_is_named(opened, tmp_path):
    with pytest.raises(NameUnknown, match="'pork_chop/99'"):
        opened.picture("pork_chop/99")
    with pytest.raises(NameUnknown, match="'porkchop'") as fault:
        opened.mistakes("porkchop", "ravioli")
    assert fault.value.hint == "Did you mean pork_chop?"
    for call in (opened.picture, opened.stored, opened.explain):
        with pytest.raises(NameUnknown, match="There is no picture 3 here"):
            call(3)
    with pytest.raises(SettingRefused, match="path is a int; expected the folder of a study, or its name"):
        open_study(3)
    with pytest.raises(NameUnknown, match="'none'"):
        open_study(tmp_path / "none")


def test_a_study_whose_data_changed_is_refused(tiny_study):
    (tiny_study.data.root / "meta" / "test.json").unlink()
    (tiny_study.data.root / "meta" / "test.txt").unlink(missing_ok=True)
    with pytest.raises(StudyRefused):
        open_study(tiny_study.folder)
