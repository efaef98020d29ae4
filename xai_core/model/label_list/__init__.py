"""Lists of class names, as people have them in files."""
