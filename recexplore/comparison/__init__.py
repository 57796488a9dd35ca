"""Runs of one request: which recordings are such, and where they part.

Takes recordings, gives groups (`runs`) and what is equal and what differs in one (`comparison`). Frames in, frames out; how
a comparison is drawn or written down is the views' and the reports'.
"""
