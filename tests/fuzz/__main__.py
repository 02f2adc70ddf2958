"""``python -m tests.fuzz RUNS [SEED]``: never a 500, and always an answer in its dialect."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["flask_introspect"]):
    # What is imported only where it is configured, is named.
    import flask_introspect.authentication.assertions
    import flask_introspect.authentication.bearer
    import flask_introspect.wiring_jose  # noqa: F401

from .host import answer, make_host
from .requests import dictionary, environ_of, fault, seeds


class Unforeseen(logging.Handler):
    """Notes what the log calls unforeseen, which is always a bug."""

    seen = ""

    def emit(self, record: logging.LogRecord) -> None:
        if "unforeseen" in record.msg:
            self.seen = record.getMessage()


def main() -> None:
    """Fuzz as often as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=100_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    given = parser.parse_args()
    app, log = make_host("sqlite://").app, Unforeseen()
    logger = logging.getLogger("flask_introspect")
    logger.addHandler(log)
    logger.propagate = False

    def ask(data: bytes) -> None:
        environ = environ_of(data)
        wrong = fault(environ, *answer(app, environ)) or log.seen
        if wrong:
            raise AssertionError(f"{wrong}: {data!r}")

    folder = Path(tempfile.mkdtemp(prefix="introspect-fuzz-"))
    corpus, words = folder / "corpus", folder / "words"
    corpus.mkdir()
    for number, seed in enumerate(seeds()):
        (corpus / str(number)).write_bytes(seed)
    words.write_text("".join(f'"{word}"\n' for word in dictionary()))
    options = [
        f"-runs={given.runs}",
        f"-seed={given.seed}",
        f"-dict={words}",
        "-max_len=4096",
        "-verbosity=0",
        "-print_final_stats=1",
        f"-artifact_prefix={folder}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], ask)
    atheris.Fuzz()  # which ends the process


if __name__ == "__main__":
    main()
