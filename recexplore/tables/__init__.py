"""What a table looks like: builders in, Arrow tables in wire order, DataFrames out.

Takes whole columns, never a recording's JSON. Everything that follows from rows alone is derived here, once for all
dialects.
"""
