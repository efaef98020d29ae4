"""Choice of a picture, its mistakes and verdicts."""
