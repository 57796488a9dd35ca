"""What is wrong with this corpus, what was accepted, and what follows from it."""
