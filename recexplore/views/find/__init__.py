"""Which recordings are meant: the language of searches, and what finds, counts, sorts and pages for list and terminal."""
