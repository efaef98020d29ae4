"""Model files and the runtimes that evaluate them."""
