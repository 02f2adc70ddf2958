"""The example app under gunicorn, as somebody serves it who has read its documentation."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def serve_example(folder: Path) -> Iterator[str]:
    """Serve it with two workers; its database and its keys are in a folder.

    gunicorn inherits a socket that listens already, so there is nothing to wait for.

    :return: its issuer, at which it answers.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/example.db",
            "KEYS_FOLDER": str(folder),
            "PORT": str(port),
            "SECRET_KEY": "shared",
        }
        run = [sys.executable, "-m"]
        seed = [*run, "flask", "--app", "example_app", "seed"]
        subprocess.run(seed, cwd=ROOT, env=environment, check=True)
        bind = ["-w", "2", "-b", f"fd://{listener.fileno()}"]
        gunicorn = subprocess.Popen(
            [*run, "gunicorn", *bind, "example_app:create_app()"],
            cwd=ROOT,
            env=environment,
            pass_fds=[listener.fileno()],
        )
    try:
        yield f"http://localhost:{port}"
    finally:
        gunicorn.terminate()
        gunicorn.wait(timeout=30)
