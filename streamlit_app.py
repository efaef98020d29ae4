"""Entry point of the app, for `streamlit run streamlit_app.py`."""

from pages.ui.frame import shell

shell.run()
