"""A picture that was changed in place is told on the pages that show it, and no other is."""

import pytest

CHANGED = "1 picture that this page uses changed since the study was created: pork_chop/4."


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("confusions", {"truth": "pork_chop", "guess": "ravioli"}),
        ("explain", {"picture": "pork_chop/4", "engine": "partition", "evals": "20"}),
    ],
)
def test_a_picture_that_was_changed_in_place_is_told_where_it_is_shown(open_at, study, page, query):
    before = open_at(page, **query)
    assert not [warning for warning in before.warning if "changed since" in warning.value]
    study.data.path("pork_chop/4").write_bytes(study.data.read_bytes("pizza/1"))
    at = open_at(page, **query)
    assert not at.exception
    (told,) = [warning.value for warning in at.warning if "changed since" in warning.value]
    assert told.replace("\\", "").startswith(CHANGED)
    assert "only changed pictures are predicted anew" in told


def test_a_page_without_the_picture_does_not_speak_of_it(open_at, study):
    study.data.path("omelette/4").write_bytes(study.data.read_bytes("pizza/1"))
    at = open_at("confusions", truth="pork_chop", guess="ravioli")
    assert not [warning for warning in at.warning if "changed since" in warning.value]
