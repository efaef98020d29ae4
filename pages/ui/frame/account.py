"""Visitor's name and role in the side bar, and sentences about what the role does not allow."""

import streamlit as st

from pages.ui.access import visitors
from pages.ui.access.visitors import Action
from pages.ui.frame.plain_text import literal
from xai_core.language import tr


def draw_account() -> None:
    """Draw who is signed in, with the button that signs out; nothing on a server without sign-in."""
    server = visitors.settings()
    if server.read_only:
        st.sidebar.caption(f":material/lock: {tr('This server is read-only.')}")
    visitor = visitors.current()
    if not visitor.name:
        return
    with st.sidebar.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/person: {literal(visitor.name)}, {visitor.role}", width="stretch")
        if server.sign_in == "oidc":
            st.button(tr("Sign out"), key="sign_out", type="tertiary", on_click=st.logout)


def draw_why_not(action: Action) -> bool:
    """Draw why the visitor may not do something, and return True; nothing and False if it is allowed."""
    reason = visitors.why_not(action)
    if reason:
        st.caption(f":material/lock: {literal(reason)}", width="content")
    return bool(reason)
