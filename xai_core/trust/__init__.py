"""Checks of how far a map can be trusted, and maps by other methods for comparison."""
