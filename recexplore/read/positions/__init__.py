"""On which line of a document a value begins."""
