"""All caches of the app, for what sessions share and what is slow to make.

Every cache has a bound, so the memory of the server does not grow with the number of readers.
"""
