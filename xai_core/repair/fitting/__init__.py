"""Changes of a model's last layer, fitted on stored embeddings."""
