"""Figures of an explanation: a table of its regions, and the units in which they are said."""
