"""Who may ask a server of this machine."""

from __future__ import annotations

import pytest

from recexplore.capture.replay.guards import refusal


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8790", "LOCALHOST:1", "[::1]:8790", "127.1.2.3"])
def test_names_of_this_machine_may_ask(host: str) -> None:
    assert refusal([host], [], []) is None
    assert refusal([host], [f"http://{host}"], ["same-site"]) is None


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["evil.example"],
        ["127.0.0.1.evil.example"],
        ["localhost.evil.example:8790"],
        ["127.0.0.1:8790@evil.example"],
        ["localhost", "evil.example"],
        ["localhost, evil.example"],
        ["0.0.0.0"],
        ["localhost\n"],
        [""],
    ],
)
def test_a_rebound_name_is_refused(hosts: list[str]) -> None:
    assert "Host" in (refusal(hosts, [], []) or "")


@pytest.mark.parametrize(
    ("origins", "sites"),
    [
        (["https://evil.example"], []),
        (["null"], []),
        (["http://localhost.evil.example"], []),
        (["http://["], []),
        (["http://localhost@evil.example"], []),
        (["http://localhost", "http://evil.example"], []),
        ([], ["cross-site"]),
        ([], ["anything"]),
        (["http://localhost:3000"], ["cross-site"]),
    ],
)
def test_a_page_of_another_site_is_refused(origins: list[str], sites: list[str]) -> None:
    assert "another site" in (refusal(["localhost"], origins, sites) or "")
