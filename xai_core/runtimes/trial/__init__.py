"""Trial of a model on a few pictures when a machine opens it for the first time."""
