"""Drawing of maps and progress of explanation jobs."""
