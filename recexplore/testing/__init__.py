"""What those who bring a dialect, an envelope or a rule test it with. Imported by tests only."""
