"""Recordings answered to any client: the recorded bytes in recorded time, and with faults where they are wanted.

Takes a corpus and requests, gives answers. Has no client of any kind: what was not recorded is a miss, and nobody is asked.
"""
