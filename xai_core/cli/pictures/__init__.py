"""Commands that look at the pictures of a study themselves."""
