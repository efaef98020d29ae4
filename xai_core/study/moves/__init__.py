"""Upgrades of studies, and their ways to other folders and machines."""
