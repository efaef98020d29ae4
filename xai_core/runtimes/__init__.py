"""Runtimes that turn pictures into logits, and the model files that they open."""
