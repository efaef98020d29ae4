"""Evidence shared by the mistakes of a pair."""
