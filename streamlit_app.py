"""Entry point of the app: `streamlit run streamlit_app.py`."""

from pages.ui import shell

shell.run()
