"""Sections of the page Repair."""
