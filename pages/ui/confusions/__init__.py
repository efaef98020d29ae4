"""Sections of the page Confusions."""
