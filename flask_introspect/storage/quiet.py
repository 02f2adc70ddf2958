"""An engine that logs no value and no row."""

from __future__ import annotations

import logging

import sqlalchemy as sa

__all__ = ["quiet"]


def quiet(engine: sa.Engine) -> sa.Engine:
    """Make an engine with the pool, events and options of a host's, which logs statements at most.

    A host that logs its SQL would log tokens that are looked up in plain text, and the rows with
    stored secrets.
    """
    made: sa.Engine = engine.execution_options()
    made.hide_parameters = True
    made.logging_name = "flask_introspect"
    made.echo = False  # its logger is one of the standard library's then
    if isinstance(made.logger, logging.Logger):
        _set_up(made.logger)
    made.echo = bool(engine.echo)  # not "debug", which logs rows
    return made


def _set_up(logger: logging.Logger) -> None:
    logger.addFilter(_is_no_row)  # without echo, its level may still be DEBUG
    # With echo, SQLAlchemy gives a logger without a handler one of its own. Where the host's
    # engine has one already, every statement would be printed twice.
    if logger.hasHandlers() and not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _is_no_row(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
