"""Studies, each one model on one labelled set."""
