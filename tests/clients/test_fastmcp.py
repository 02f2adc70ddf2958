"""FastMCP's verifier, as the page shows it: an MCP client calls a tool of an MCP server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from .blocks import block
from .servers import GARBAGE, AuthServer, free_port, running, wait_for

pytestmark = pytest.mark.real_clients


@pytest.fixture(scope="module")
def mcp_servers(
    auth: AuthServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Two MCP servers by their URL: one that asks the server, and one whose server is down."""
    folder = tmp_path_factory.mktemp("mcp")
    with ExitStack() as cleanup:
        urls, started = {}, []
        for name, place in (("up", auth.place), ("down", auth.closed_place)):
            port = free_port()
            program = folder / f"{name}.py"
            program.write_text(block("fastmcp", place, ("port=8000", f"port={port}")), "utf-8")
            command = [sys.executable, str(program)]
            quiet = {"FASTMCP_LOG_LEVEL": "ERROR", "FASTMCP_SHOW_SERVER_BANNER": "false"}
            process = cleanup.enter_context(running(command, {**auth.trust, **quiet}, folder))
            started.append((port, process))
            urls[name] = f"http://127.0.0.1:{port}/mcp"
        for port, process in started:
            wait_for(port, process)
        yield urls


def call_tool(url: str, token: str) -> str:
    """Connect as an MCP client, and call the tool."""
    from fastmcp import Client

    async def call() -> str:
        async with Client(url, auth=token) as client:
            return str((await client.call_tool("orders")).data)

    return asyncio.run(call())


def status_of(url: str, token: str) -> int:
    """What the server answers to the client's first request."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    return requests.post(url, headers=headers, json={}, timeout=30).status_code


def assert_refused(url: str, token: str) -> None:
    from mcp import MCPError

    assert status_of(url, token) == 401
    with pytest.raises(MCPError):
        call_tool(url, token)


def test_a_live_token_may_call_the_tool(auth: AuthServer, mcp_servers: dict[str, str]) -> None:
    assert call_tool(mcp_servers["up"], auth.users_token) == "of user123"


def test_a_revoked_token_may_not_from_the_next_call_on(
    auth: AuthServer, mcp_servers: dict[str, str]
) -> None:
    token = auth.issue()
    assert call_tool(mcp_servers["up"], token) == "of test_client_1"
    assert_refused(mcp_servers["up"], auth.revoke(token))


def test_a_token_without_the_scope_may_not(auth: AuthServer, mcp_servers: dict[str, str]) -> None:
    assert_refused(mcp_servers["up"], auth.issue("write"))


def test_a_token_that_nobody_issued_may_not(mcp_servers: dict[str, str]) -> None:
    assert_refused(mcp_servers["up"], GARBAGE)


def test_nobody_may_when_the_endpoint_is_down(
    auth: AuthServer, mcp_servers: dict[str, str]
) -> None:
    assert_refused(mcp_servers["down"], auth.users_token)
