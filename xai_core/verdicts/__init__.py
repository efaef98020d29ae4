"""Reviewers' verdicts on mistakes and their database."""
