"""Help of the commands."""
