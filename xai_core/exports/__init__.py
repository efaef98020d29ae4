"""Reports, slides and tables that people take along."""
