"""Faithfulness metrics of several methods over many pictures."""
