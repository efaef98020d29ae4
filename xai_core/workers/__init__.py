"""Workers: many processes, on this machine or on a cluster, that each hold something open and answer items of work."""
