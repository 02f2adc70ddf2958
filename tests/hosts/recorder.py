"""What an application says to its database server, as it went over the wire."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import sqlalchemy as sa

_STATEMENT = re.compile(
    rb"\b(SELECT|BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SET|SAVEPOINT|DEALLOCATE)\b", re.IGNORECASE
)


class Recorder:
    """A relay to a database server that keeps what is said to the server.

    :ivar url: the database's URL by way of the relay.
    """

    def __init__(self, url: str) -> None:
        given = sa.make_url(url)
        backend = given.get_backend_name()
        self._server = (
            given.host or "127.0.0.1",
            given.port or {"postgresql": 5432, "mysql": 3306}[backend],
        )
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._said = bytearray()
        self._bursts = 0
        relayed = given.set(host="127.0.0.1", port=self._listener.getsockname()[1])
        if backend == "postgresql":
            relayed = relayed.update_query_dict({"sslmode": "disable", "gssencmode": "disable"})
        self.url = relayed.render_as_string(hide_password=False)
        Thread(target=self._accept, daemon=True).start()

    def statements(self) -> list[str]:
        """The first words of the statements since the last call."""
        said, self._said = bytes(self._said), bytearray()
        return [word.decode().upper() for word in _STATEMENT.findall(said)]

    def bursts(self) -> int:
        """How many times the server was spoken to since the last call: at least the round trips."""
        bursts, self._bursts = self._bursts, 0
        return bursts

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                Thread(target=self._relay, args=(client, server, True), daemon=True).start()
                Thread(target=self._relay, args=(server, client, False), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket, keep: bool) -> None:
        with suppress(OSError), source, target:
            while chunk := source.recv(65536):
                if keep:
                    self._said += chunk
                    self._bursts += 1
                target.sendall(chunk)


@contextmanager
def recorder(url: str) -> Iterator[Recorder]:
    """A relay that listens as long as this is open."""
    relay = Recorder(url)
    try:
        yield relay
    finally:
        relay.close()
