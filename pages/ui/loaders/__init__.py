"""The only caches of the app: what sessions share, and what would be slow to make again."""
