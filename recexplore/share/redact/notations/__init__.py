"""How texts stand in one another in a file: what is entered, and how it is written anew."""
