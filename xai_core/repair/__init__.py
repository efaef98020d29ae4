"""Comparison of studies, suspects, cures tried on stored embeddings, and repaired models."""
