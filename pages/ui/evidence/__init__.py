"""Sections of the page Evidence."""
