"""Last layers of model files, found and exchanged."""
