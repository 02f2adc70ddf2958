"""Database servers of the tests' own, to be stopped, filled up and frozen."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

#: Seconds that a server may take to start.
PATIENCE = 60


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find(*names: str) -> str | None:
    """The path of a program, where Debian puts those of servers as well."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin"])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def _children(process: int) -> list[int]:
    """The processes that a process started, as Linux tells them."""
    return list(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def _send(number: int, *processes: int) -> None:
    for each in processes:
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(each, number)


class Server:
    """A database server on a free port, whose data goes away with its directory."""

    #: The programs that it takes, and the user who runs it where the tests are root's.
    programs: Sequence[str]
    user: str
    #: The dialect and driver, and the administrator's name and database.
    scheme: str
    home: str

    def __init__(self, directory: Path) -> None:
        self.data = directory / self.user
        self.data.mkdir()
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._give_away()
        self._run(self._install())

    def _give_away(self) -> None:
        """Let the server's own user have the directory, where the tests are root's."""
        if os.geteuid() == 0:
            shutil.chown(self.data, self.user)

    @classmethod
    def missing(cls) -> list[str]:
        """The programs that are not there."""
        return [name for name in cls.programs if find(name) is None]

    def url(self, database: str = "") -> str:
        """Where a database of it answers."""
        return f"{self.scheme}@127.0.0.1:{self.port}/{database or self.home}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.data.parent / f"{self.user}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._become(), *self._serve()], stdout=log, stderr=log, cwd=self.data
            )
        end = time.monotonic() + PATIENCE
        while not self.answers():
            assert time.monotonic() < end and self._process.poll() is None, self.log()
            time.sleep(0.1)

    def ensure(self) -> None:
        """Start it if it doesn't run."""
        if self._process is None:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile it accepts connections, as the system does for it, and says nothing."""
        assert self._process is not None
        first = self._process.pid
        _send(signal.SIGSTOP, first)  # before its children are counted, so that it makes no more
        children = _children(first)
        _send(signal.SIGSTOP, *children)
        try:
            yield
        finally:
            _send(signal.SIGCONT, *children, first)

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        if self._process is not None:
            self._process.send_signal(self._stop_signal)
            self._process.wait(PATIENCE)
            self._process = None

    def answers(self) -> bool:
        """Whether it lets us in."""
        try:
            with self.administrator() as connection:
                connection.execute(sa.text("SELECT 1"))
        except sa.exc.OperationalError:
            return False
        return True

    @contextmanager
    def administrator(self, database: str = "") -> Iterator[sa.Connection]:
        """A connection of the administrator's, in autocommit."""
        engine = sa.create_engine(
            self.url(database), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            yield connection

    def log(self) -> str:
        """What it wrote, for a failure."""
        return (self.data.parent / f"{self.user}.log").read_text(errors="replace")[-2000:]

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(command, capture_output=True, check=False, cwd=self.data)
        assert done.returncode == 0, done.stderr

    def _become(self) -> list[str]:
        """What lets root run something as the server's own user; no server likes to be root."""
        if os.geteuid() != 0:
            return []
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups"]

    _stop_signal = signal.SIGTERM

    def _install(self) -> list[str]:
        raise NotImplementedError

    def _serve(self) -> list[str]:
        raise NotImplementedError


class PostgreSQL(Server):
    programs = ("initdb", "postgres")
    user, home = "postgres", "postgres"
    scheme = "postgresql+psycopg://postgres"
    _stop_signal = signal.SIGINT  # TERM lets it wait for its clients

    def _install(self) -> list[str]:
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        return [*self._become(), str(find("initdb")), *options, str(self.data)]

    def _serve(self) -> list[str]:
        settings = ("fsync=off", "max_connections=20", "superuser_reserved_connections=3")
        options = [part for each in settings for part in ("-c", each)]
        where = ["-D", str(self.data), "-p", str(self.port), "-k", str(self.data)]
        return [str(find("postgres")), *where, *options]


class MariaDB(Server):
    programs = ("mariadb-install-db", "mariadbd")
    user, home = "mysql", "mysql"
    scheme = "mysql+pymysql://root"

    def _install(self) -> list[str]:
        user = self.user if os.geteuid() == 0 else getpass.getuser()
        options = [f"--user={user}", f"--datadir={self.data}"]
        method = "--auth-root-authentication-method=normal"
        return [str(find("mariadb-install-db")), "--no-defaults", *options, method]

    def _serve(self) -> list[str]:
        return [
            str(find("mariadbd")),
            "--no-defaults",
            f"--datadir={self.data}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.data / 'socket'}",
            "--innodb-flush-log-at-trx-commit=0",
            "--max-connections=20",
        ]


SERVERS: dict[str, type[Server]] = {"postgresql": PostgreSQL, "mariadb": MariaDB}
