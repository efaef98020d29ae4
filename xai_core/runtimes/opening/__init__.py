"""Opening of networks for the library and the device that run them fastest, with torch or without it."""
