"""Wrong labels, and requests for pictures that are missing."""
