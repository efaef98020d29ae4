"""Controls for explanation settings and display."""
