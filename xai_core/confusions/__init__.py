"""Confusion counts, calibration and companions."""
