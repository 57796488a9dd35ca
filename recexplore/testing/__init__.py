"""What helps to test notebooks that show recordings: ``pytest -p recexplore.testing.notebooks --nbval notebooks/``.

`notebooks` is a plugin of pytest. It takes the outputs that nbval is about to compare and gives nbval the fresh ones with
those numbers as the notebook has them that differ in nothing but rounding; `number_tolerance` says which these are. All else
nbval compares as ever, exactly. Importing this package needs neither pytest nor nbval, and where nbval is not used the
plugin does nothing. It never writes to a notebook.
"""
