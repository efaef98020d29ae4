"""Sections of the page Trust."""
