"""Suspect evidence: the ranking of pairs, and the test whether it is the cause."""
