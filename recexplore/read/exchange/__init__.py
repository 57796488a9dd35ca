"""What is said of one exchange as a whole, whatever its dialect.

Its rows of ``recordings`` and ``requests``, its clock, the reasoning tags of its answers.
"""
