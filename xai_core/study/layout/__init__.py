"""Layout of the folder of a study: names, paths and digests of its files."""
