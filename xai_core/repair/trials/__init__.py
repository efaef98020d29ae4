"""Cures, tried on pictures that they were not fitted on."""
