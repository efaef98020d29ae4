"""Comparison of two sets of guesses on the same pictures."""
