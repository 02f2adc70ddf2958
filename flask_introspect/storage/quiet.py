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
    made.echo = bool(engine.echo)  # not "debug", which logs rows
    if isinstance(made.logger, logging.Logger):  # without echo, its level may still be DEBUG
        made.logger.addFilter(_is_no_row)
    return made


def _is_no_row(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
