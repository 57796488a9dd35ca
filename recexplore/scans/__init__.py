"""Recordings that need not fit into memory: Dask DataFrames of the same columns, a partition per batch of files."""

from recexplore.scans.scan import Scan

__all__ = ["Scan"]
