"""Commands that find suspects, try cures and compare studies."""
