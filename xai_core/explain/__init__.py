"""Explanations of single pictures, their certainty, their stores, and the service that computes them."""
