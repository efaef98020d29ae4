"""Layouts of labelled sets and how each is read."""
