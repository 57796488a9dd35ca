"""What is written of an exchange while it lasts, and what becomes of it."""
