"""Kinds of model files and how each is opened."""
