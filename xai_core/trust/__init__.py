"""How far a map can be trusted: what more forward passes say about it, and what other methods show."""
