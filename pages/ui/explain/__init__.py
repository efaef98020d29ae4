"""Sections of the page Explain."""
