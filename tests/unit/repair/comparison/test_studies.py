"""Two studies are compared on the pictures that both have."""

from dataclasses import replace

import pytest

from xai_core.errors import StudyRefused
from xai_core.repair.comparison.studies import compare_studies, match_pictures
from xai_core.study.build import create_study


def test_pictures_match_by_content_and_classes_by_name(tiny_study, other_data, other_model):
    other = create_study("other", tiny_study.folder.parent, data=other_data, model=other_model)
    found = compare_studies(tiny_study, other)
    assert found.other_ids["pork_chop/4"] == "pork_chop/renamed4"
    assert (found.only_before, found.only_after) == (20 - 10, 11 - 10)
    assert found.unreadable == 1
    assert found.annotated_otherwise == ("omelette/1",)
    assert (found.lacking_before, found.lacking_after) == (("gyoza",), ("omelette",))
    changes = found.changes
    assert changes.labels == (*tiny_study.labels, "gyoza")
    assert len(changes.table) == 8
    # What was ravioli is gyoza to it: two mistakes become others, and two right answers are lost.
    assert set(changes.flips("other mistake")["image_id"]) == {"pork_chop/4", "pork_chop/5"}
    assert set(changes.flips("broken")["image_id"]) == {"ravioli/3", "ravioli/4"}
    assert (changes.right.gained, changes.right.lost) == (0, 2)


def test_studies_of_one_folder_match_without_reading_a_file(tiny_study, monkeypatch):
    monkeypatch.setattr(type(tiny_study), "picture_hash", lambda *_: pytest.fail("a file was read"))
    matched = match_pictures(tiny_study, replace(tiny_study, table=tiny_study.table.iloc[::-2]))
    assert list(matched) == [image_id for image_id in tiny_study.table["image_id"] if image_id in matched]
    assert len(matched) == 10


def test_studies_of_different_pictures_are_refused(tiny_study):
    empty = replace(tiny_study, name="other", table=tiny_study.table.iloc[:0])
    with pytest.raises(StudyRefused, match=r"tiny \(20 pictures\) and other \(0 pictures\) have no picture in common"):
        compare_studies(tiny_study, empty)
