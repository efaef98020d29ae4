"""Splitting of logits over the places of the last feature map."""
