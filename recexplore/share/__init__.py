"""What leaves the house: reports of findings for people and machines."""
