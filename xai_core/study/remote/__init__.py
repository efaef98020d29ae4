"""Work on studies for many workers: predictions and explanations."""
