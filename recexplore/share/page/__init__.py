"""The explorer as one file that opens anywhere: the same page, its answers inside.

`report` makes the file's text of a corpus and its findings; each module beside it knows one part: which recordings
(`selection`), what is answered of one (`recording_answers`), how answers are packed (`islands`), what was left out
(`left_out`), the HTML (`document`). The page's own part is ``views/explorer/web/report``.
"""
