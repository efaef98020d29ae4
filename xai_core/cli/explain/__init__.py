"""Tables, JSON values and pictures that the commands write."""
