"""Benchmarks of the speed of explanations and of the server."""
