"""Runs of one request side by side, as the explorer's page is told of them.

`questions` are what the page asks; `comparisons` knows which runs are meant and keeps what was compared; each other module
answers one question about a comparison: its `summary`, the `texts` of some runs on one axis, the `branches` of a text, how
`alike` its answers are.
"""
