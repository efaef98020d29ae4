"""What speaks for the guess in all mistakes of a pair: where it lies, what it looks like, and whether they agree."""
