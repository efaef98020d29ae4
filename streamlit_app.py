"""Entry point of the app, for `streamlit run streamlit_app.py`.

Streamlit imports this file once for the server, and runs it as a script for every run of a page.
"""

import streamlit as st

if __name__ == "__main__":
    from pages.ui.frame import shell

    shell.run()
else:
    from starlette.middleware import Middleware

    from pages.ui.serving.hosts import HostGuard, close_by_default
    from pages.ui.serving.preload import preloaded

    close_by_default()
    app = st.App(__file__, lifespan=preloaded, middleware=[Middleware(HostGuard)])
