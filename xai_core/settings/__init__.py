"""Settings of an explanation, and the tables of engines and masks that they choose from."""
