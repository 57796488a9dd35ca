"""The nouns and vocabularies of the house: exchanges and problems, columns and kinds, errors, locations.

Imports nothing of ours.
"""
