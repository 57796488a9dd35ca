"""Recording what the HTTP clients of this process receive."""
