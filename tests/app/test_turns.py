"""Tabs of one browser share the turns of one visitor."""

import pytest
from streamlit.web.server.starlette import starlette_app_utils

from pages.ui.access.visitors import browser


def cookie(token):
    return {"_streamlit_xsrf": starlette_app_utils.generate_xsrf_token_string(token, 1_700_000_000)}


def test_the_name_is_that_of_the_token_whatever_its_mask_and_not_the_token_itself():
    first, second, other = (
        browser(cookie(token)) for token in (b"one browser 0123", b"one browser 0123", b"another one 0123")
    )
    assert first == second != other
    assert b"one browser 0123".hex() not in first


@pytest.mark.parametrize("value", ["", "2|zz|00|1", "2||00|1", "2|00", "1"])
def test_a_strange_cookie_is_no_name(value):
    assert browser({"_streamlit_xsrf": value}) is None
    assert browser({}) is None
