"""Labelled picture folders, downloads and uploads."""
