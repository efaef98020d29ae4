"""Painter of the demo pictures."""
