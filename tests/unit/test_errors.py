"""Errors: the message, and the advice that tracebacks print below it."""

import traceback

import pytest

from xai_core.errors import NameUnknown, XaiError


def test_a_traceback_shows_the_advice_once_and_the_message_stays_alone():
    fault = NameUnknown("class", "raviolli", ["ravioli"])
    assert str(fault) == "There is no class 'raviolli' here."
    assert "".join(traceback.format_exception(fault)).count("Did you mean ravioli?") == 1
    assert fault.sentence == "There is no class 'raviolli' here. Did you mean ravioli?"


def test_advice_that_is_changed_later_replaces_the_earlier():
    fault = XaiError("It failed.", "Try again.")
    fault.hint = "Start anew."
    assert "".join(traceback.format_exception(fault)).splitlines()[-2:] == [
        "xai_core.errors.XaiError: It failed.",
        "Start anew.",
    ]


@pytest.mark.parametrize("hint", ["", "Try again."])
def test_without_advice_there_is_none(hint):
    assert getattr(XaiError("It failed.", hint), "__notes__", []) == ([hint] if hint else [])
