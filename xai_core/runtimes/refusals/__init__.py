"""Errors about model files that are long, or that several modules raise."""
