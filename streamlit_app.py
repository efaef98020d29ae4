"""Entry point of the app, for `streamlit run streamlit_app.py`.

Streamlit imports this file once for the server, and runs it as a script for every run of a page.
"""

import streamlit as st

if __name__ == "__main__":
    from pages.ui.frame import shell

    shell.run()
else:
    from pages.ui.serving import log

    log.start()  # before the pages are imported, which logs already
    from pages.ui.serving.app import guarded

    # `streamlit run` reads this line without running it. Without `st.App` in it, it would serve the pages unguarded.
    app = st.App(__file__, **guarded())
