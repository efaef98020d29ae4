"""Properties and duplicates of the pictures of a study."""
