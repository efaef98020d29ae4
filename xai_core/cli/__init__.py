"""Command line, one file per command with its options and its work."""
