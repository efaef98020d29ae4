"""Access of visitors: who they are, what they may do, and how much they may upload."""
