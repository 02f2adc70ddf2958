"""A standby of a PostgreSQL server, which takes its place when that is gone."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from .servers import PATIENCE, PostgreSQL, find

__all__ = ["Standby"]


class Standby(PostgreSQL):
    """A copy of a primary, which follows it.

    :param primary: runs, and has ``wal_level`` as it is by default.
    """

    programs = (*PostgreSQL.programs, "pg_basebackup")

    def __init__(self, directory: Path, primary: PostgreSQL) -> None:
        self._primary = primary
        super().__init__(directory)

    def _install(self) -> list[str]:
        self.data.rmdir()  # the copy makes it anew
        self.data.mkdir(mode=0o700)
        self._give_away()
        where = ["--host=127.0.0.1", f"--port={self._primary.port}", "--username=postgres"]
        how = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        return [*self._become(), str(find("pg_basebackup")), *where, f"--pgdata={self.data}", *how]

    def promote(self) -> None:
        """Let it be the primary from now on."""
        with self.administrator() as connection:
            connection.execute(sa.text(f"SELECT pg_promote(true, {PATIENCE})"))

    def has_caught_up(self) -> bool:
        """Whether it has replayed what the primary wrote."""
        with self._primary.administrator() as connection:
            written = connection.execute(sa.text("SELECT pg_current_wal_lsn()")).scalar_one()
        query = sa.text("SELECT pg_last_wal_replay_lsn() >= CAST(:lsn AS pg_lsn)")
        with self.administrator() as connection:
            return bool(connection.execute(query, {"lsn": written}).scalar_one())
