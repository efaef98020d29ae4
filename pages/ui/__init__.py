"""The glue between Streamlit and xai_core; Streamlit looks for pages in `pages/` only, not in folders below it."""
