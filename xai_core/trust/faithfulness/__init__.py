"""Faithfulness figures of several methods over many pictures."""
