"""Contract of a classifier, with its specification and preprocessing."""
