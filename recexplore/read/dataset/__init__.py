"""A corpus as a folder of Parquet files, and from it again: written by exports and scans, opened without being read."""
