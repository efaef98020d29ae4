"""Frame around every page with its navigation, links and URL parameters."""
