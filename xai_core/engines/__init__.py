"""Engines that choose coalitions and turn logits into values."""
