"""Address bar of the browser, completed without a step of the browser's history.

Streamlit adds a step for every change of the query parameters. After a click on a link that would be a second step for
one click: the page opens, and then its URL is completed with what it shows. Back would have to be pressed twice.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import get_session_state

_REPLACE = """
export default function ({ data }) {
  const { pathname, search, hash } = window.location;
  // The page may have been left before this runs.
  if (pathname.endsWith("/" + data.page) && search !== "?" + data.query) {
    window.history.replaceState(window.history.state, "", pathname + "?" + data.query + hash);
  }
}
"""


def url_text(value: object) -> str:
    """Return a value as the URL writes it. Several values are separated by commas.

    >>> url_text(("pizza/1", "pizza/2")), url_text(300)
    ('pizza/1,pizza/2', '300')
    """
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def complete(page: str, parameters: Mapping[str, str], container: DeltaGenerator) -> None:
    """Make the URL hold these parameters too, in the place of the current step of the browser's history.

    Parameters
    ----------
    page
        The page's part of the URL.
    parameters
        All that the page shows.
    container
        Where the component goes that does it. It has no height.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    # As `st.query_params.update` does it, but without its message to the browser, which would add the step.
    with get_session_state().query_params() as held:
        for key, text in parameters.items():
            held.set_with_no_forward_msg(key, text)
    context.query_string = urlencode(st.query_params.to_dict())
    replace = st.components.v2.component("address_bar", js=_REPLACE)
    with container:
        replace(data={"page": page, "query": context.query_string}, key="address_bar")
