"""Sections of the page About."""
