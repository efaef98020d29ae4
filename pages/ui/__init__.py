"""Sections, controls and loaders of the pages.

Streamlit looks for pages in `pages/` only, not in folders below it.
"""
