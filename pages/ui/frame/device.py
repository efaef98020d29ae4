"""Kind of device that shows a page."""

import streamlit as st


def is_phone() -> bool:
    """Return True if the browser says that it runs on a phone. A narrow window on a computer is none."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")
