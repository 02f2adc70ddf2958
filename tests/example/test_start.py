"""How the example app starts, and what it says where it cannot."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from example_app.__main__ import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the database and the keys of a start are."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/example.db")
    monkeypatch.setenv("KEYS_FOLDER", str(tmp_path))
    return tmp_path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_told_before_anything_else(
    folder: Path,
    taken_port: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PORT", str(taken_port))

    with pytest.raises(SystemExit) as stopped:
        main()

    said = f"Port {taken_port} cannot be listened on (Address already in use). Set another PORT"
    assert stopped.value.code == said
    assert capsys.readouterr().out == ""
    assert not (folder / "example.db").exists()


@pytest.mark.parametrize("port", ["abc", "", "0", "65536", "-1", "4000.5"])
def test_what_is_no_port_is_told_in_a_line(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(SystemExit) as stopped:
        main()

    assert stopped.value.code == f"PORT holds {port!r}. Give a number from 1 to 65535"
