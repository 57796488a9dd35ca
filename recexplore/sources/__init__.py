"""Where the bytes are.

Takes what a user names, gives `Blob`s in a stable order. Never reads a byte before it is asked to, never unpacks to disk.
"""

from recexplore.sources.files import blobs

__all__ = ["blobs"]
