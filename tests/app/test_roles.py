"""Roles: what somebody may not do is a sentence on the page, and verdicts carry the name of who is signed in."""

import pytest
import streamlit as st

from pages.ui.access import visitors
from pages.ui.access.visitors import HEADER, Visitor
from pages.ui.data import background_work
from pages.ui.picture import verdict_entry
from xai_core.errors import NotAllowed
from xai_core.verdicts.store import VerdictStore

MISTAKE = "pork_chop/4"
LOCKED = ":material/lock: "


@pytest.fixture
def signed_in(monkeypatch):
    """Function that signs somebody in."""

    def signed(role, *, until=float("inf")):
        for name, value in (("XAI_SIGN_IN", "oidc"), ("XAI_VIEWERS", "*")):
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(visitors, "_guard", [True])
        headers = {HEADER: Visitor("ann@example.com", role, until).packed().decode()}
        monkeypatch.setattr(type(st.context), "headers", property(lambda _: headers))

    return signed


def captions(at):
    return [element.value for element in at.caption]


def keys(at):
    return {element.key for element in (*at.button, *at.text_input, *at.text_area, *at.toggle) if element.key}


def test_a_viewer_reads_why_there_is_no_form(open_at, study, signed_in):
    signed_in("viewer")
    at = open_at("explain", picture=MISTAKE)
    assert not at.exception
    sentence = "Verdicts and names are given by people with the role reviewer. You are signed in as viewer."
    assert LOCKED + sentence in captions(at)
    assert not {key for key in keys(at) if key.startswith("verdict_")}
    at = open_at("confusions", truth="pork_chop", guess="ravioli")
    assert LOCKED + sentence in captions(at)
    assert "judge_several" not in keys(at)
    at = open_at("data")
    assert "measure" not in keys(at)
    with pytest.raises(NotAllowed, match="role reviewer"):
        verdict_entry.write_verdict(study, study.row(MISTAKE), "wrong label", seen=0)


def test_work_is_not_tried_again_by_who_may_not_start_it(study, signed_in):
    begun = []
    for role in ("viewer", "reviewer"):
        signed_in(role)
        background_work._again(lambda: begun.append(1))
        assert begun == ([1] if role == "reviewer" else [])


def test_a_verdict_of_a_reviewer_carries_the_name_that_is_signed_in(open_at, study, signed_in):
    signed_in("reviewer")
    at = open_at("explain", picture=MISTAKE)
    assert f"verdict_author explain {MISTAKE}" not in keys(at)
    at.button_group(key=f"verdict_kind explain {MISTAKE}").set_value("wrong label")
    at.button(key=f"verdict_save explain {MISTAKE}").click().run()
    assert not at.exception
    assert VerdictStore(study.folder).latest(MISTAKE).author == "ann@example.com"
    verdict_entry.write_verdict(study, study.row(MISTAKE), "model error", seen=1, author="somebody else")
    assert VerdictStore(study.folder).latest(MISTAKE).author == "ann@example.com"


def test_a_read_only_server_says_so_and_writes_no_verdict(open_at, study, monkeypatch):
    monkeypatch.setenv("XAI_READ_ONLY", "1")
    monkeypatch.setenv("XAI_UPLOADS", "0")
    at = open_at("explain", picture=MISTAKE)
    assert f"{LOCKED}This server is read-only. Verdicts and names are given elsewhere." in captions(at)
    assert [element.value for element in open_at("explain", source="upload").info] == [
        "Uploads are switched off on this server."
    ]
    with pytest.raises(NotAllowed, match="read-only"):
        verdict_entry.write_verdict(study, study.row(MISTAKE), "wrong label", seen=0)


def test_a_page_after_the_end_of_the_sign_in_shows_nothing(open_at, study, signed_in, monkeypatch):
    signed_in("admin", until=1.0)
    at = open_at("explain", picture=MISTAKE)
    assert [element.value for element in at.error] == [
        "Your sign-in has ended after 12 hours. Reload this page to sign in again."
    ]
    assert not at.caption
    monkeypatch.setattr(visitors, "_guard", [])
    at = open_at("explain", picture=MISTAKE)
    assert [element.value for element in at.error] == [
        "Sign-in is set, and this server does not ask for it. Start it by: make run"
    ]


def test_all_browsers_of_a_person_have_one_turn(signed_in):
    signed_in("viewer")
    first = visitors.turn_name()
    assert first == visitors.turn_name()
    assert "ann" not in first
