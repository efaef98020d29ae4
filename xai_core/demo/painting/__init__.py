"""Painter of the demo's pictures."""
