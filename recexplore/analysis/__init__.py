"""What happened in a stream: DataFrames in, DataFrames out.

Takes the public frames (of one recording or of a whole corpus), gives tidy frames joined on ``recording``. Sees nothing
but frames and `recexplore.model`; never draws, never reads a file.
"""
