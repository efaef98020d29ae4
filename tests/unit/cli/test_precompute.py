"""The store is filled with the most frequent pairs' mistakes and their companions, and what is there is left alone."""

import json
import os

import pytest

from xai_core.cli import precompute as cli_precompute
from xai_core.cli.precompute import precompute, wanted
from xai_core.errors import NameUnknown, SettingRefused, StoreRefused
from xai_core.explain.store import ExplanationStore


@pytest.fixture(autouse=True)
def niceness(monkeypatch):
    """The tests' own process keeps its priority."""
    asked = []
    monkeypatch.setattr(os, "nice", asked.append, raising=False)
    return asked


@pytest.fixture
def run(tiny_study, capsys):
    def run(**options):
        asked = {"pair": None, "evaluations": 20, "limit": 100} | options
        precompute("tiny", tiny_study.folder.parent, **asked, as_json=True)
        return json.loads(capsys.readouterr().out)

    return run


def test_each_mistake_is_followed_by_its_companions_and_none_comes_twice(tiny_study):
    found = list(wanted(tiny_study, None))
    assert found[0].startswith("pork_chop/")
    assert found[0] in {"pork_chop/4", "pork_chop/5"}
    assert all(each.startswith("pork_chop/") for each in found[1:4])
    assert len(set(found)) == len(found)
    assert "ravioli/5" in found


def test_a_pair_can_be_chosen(tiny_study):
    found = list(wanted(tiny_study, "ravioli:pork_chop"))
    assert found[0] == "ravioli/5"
    assert {each.split("/")[0] for each in found} == {"ravioli"}


def test_the_store_is_filled_and_the_second_time_nothing_is_left(run, tiny_study, niceness):
    first = run()
    assert first["explained"] == first["pictures"] > 0
    assert niceness == [cli_precompute.NICE]
    assert len(list(tiny_study.explanations.glob("*.npz"))) == first["pictures"]
    again = run()
    assert (again["explained"], again["stored_before"]) == (0, first["pictures"])


def test_stopped_by_its_limit_it_goes_on_later(run):
    assert run(limit=2)["explained"] == 2
    more = run(limit=5)
    assert (more["stored_before"], more["explained"]) == (2, 3)


def test_each_engine_has_explanations_of_its_own(run, tiny_study):
    assert run(limit=1)["engine"] == "partition"
    found = run(limit=1, engine="regions", seed=4)
    assert (found["engine"], found["explained"]) == ("regions", 1)
    store = ExplanationStore(tiny_study.explanations)
    kept = [store.get(file.stem) for file in tiny_study.explanations.glob("*.npz")]
    assert sorted((each.settings.engine, each.settings.seed) for each in kept) == [
        ("partition", 0),
        ("regions", 4),
    ]


def test_a_picture_that_has_become_unreadable_is_told_and_the_others_go_on(run, tiny_study):
    lost = next(wanted(tiny_study, None))
    tiny_study.data.path(lost).write_bytes(b"no picture")
    found = run()
    assert found["unreadable"] == [lost]
    assert found["explained"] == found["pictures"] - 1


def test_a_disk_that_refuses_ends_it(run, tiny_study, monkeypatch):
    def full(self, key, explanation):
        raise StoreRefused("The disk is full.")

    monkeypatch.setattr(ExplanationStore, "put", full)
    with pytest.raises(StoreRefused, match="The disk is full"):
        run()


@pytest.mark.parametrize(
    ("options", "fault", "sentence"),
    [
        ({"limit": 0}, SettingRefused, "limit is 0; expected at least 1 picture"),
        ({"evaluations": 1}, SettingRefused, "evaluations is 1"),
        ({"pair": "pizza"}, SettingRefused, "pair is 'pizza'; expected two classes, truth:guess"),
        ({"pair": "pizza:ravoli"}, NameUnknown, "no class 'ravoli'"),
        ({"pair": "pizza:ravioli"}, NameUnknown, "no pair 'pizza:ravioli'"),
    ],
)
def test_what_makes_no_sense_is_refused(run, options, fault, sentence):
    with pytest.raises(fault, match=sentence):
        run(**options)


def test_it_says_in_words_what_it_has_done(tiny_study, capsys):
    precompute("tiny", tiny_study.folder.parent, pair=None, evaluations=10, limit=1)
    said = "SHAP's partition. Of 1 pictures 0 had been explained before, and 1 were now.\n"
    assert capsys.readouterr().out == said
