"""Temporary: the names of tomorrow's ``wiring``."""

from typing import Any

import sqlalchemy as sa
from flask.sansio.app import App

from .blueprint import bind_key
from .settings import Settings

__all__ = ["bind_key", "host_engine"]


def host_engine(app: App, settings: Settings, model: type) -> sa.Engine:
    """Find the engine that Flask-SQLAlchemy has for a model."""
    engines: Any = app.extensions["sqlalchemy"].engines
    engine: sa.Engine = engines[bind_key(model)]
    return engine
