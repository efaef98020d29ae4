"""Checks of a model's preprocessing, label order and outputs on labelled pictures."""
