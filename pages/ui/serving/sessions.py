"""Sessions that belong to who is signed in.

A browser that comes back after a cut connection names its session, and uploads name theirs. Streamlit knows who comes
back by `st.user` only, which is empty behind a proxy that signs people in: whoever knows the id of another's session
would take it over, with its pictures and its choices.
"""

from streamlit import config, runtime

from pages.ui.access.visitors import HEADER, unpacked

USER_KEY = "xai_visitor"
OPTION = "server.trustedUserHeaders"


def bind_to_visitors() -> None:
    """Make Streamlit give a session back only to its own visitor. Call this once, before the server answers."""
    config.set_option(OPTION, {**(config.get_option(OPTION) or {}), HEADER: USER_KEY})


def owner(session: str) -> str:
    """Return the name of who is signed in and has an open session, "" if there is no such session."""
    if not runtime.exists():
        return ""
    found = runtime.get_instance()._session_mgr.get_active_session_info(session)  # noqa: SLF001 - no public way
    context = found.client.client_context if found is not None else None
    headers = dict(context.headers) if context is not None else {}
    return unpacked(headers[HEADER]).name if HEADER in headers else ""
