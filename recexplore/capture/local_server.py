"""What the local servers have in common: where they listen, where they tell how things stand, and their own errors.

Takes words, gives answers of aiohttp. `recexplore.capture.guards` says who may ask.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

__all__ = ["HOST", "SERVER_NAME", "STATUS_PATH", "error_answer"]

HOST: Final = "127.0.0.1"
STATUS_PATH: Final = "/recexplore/status"
SERVER_NAME: Final = "recexplore"


def error_answer(status: int, kind: str, message: str, **more: Any) -> web.Response:
    """An error of the server's own, in the form that clients of these APIs expect."""
    said = {"error": {"message": message, "type": kind, **more}}
    return web.json_response(said, status=status, headers={"Server": SERVER_NAME})
