"""From a model file to logits: what the network is, what it is shown, and what runs it."""
