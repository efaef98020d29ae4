"""Reports and downloads."""
