"""Selections of the pictures of a study: groups of classes, cohorts by metadata, and their exports."""
