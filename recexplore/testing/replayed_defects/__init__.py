"""The defects of `recexplore.testing.defects` in what a replay answers.

Takes the id of a rule, gives what makes another answer of a recording's. What the client asks, and where, stays as it is.
"""
