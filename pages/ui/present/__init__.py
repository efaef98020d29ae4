"""Sections of the page Present."""
