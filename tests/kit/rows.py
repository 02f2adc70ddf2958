"""What all hosts that write in their own way share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from flask import Flask

from flask_introspect.testing import CannotMake


def refuse(left: Mapping[str, Any]) -> None:
    """Say what a host has no notion of."""
    if left:
        raise CannotMake(f"This host knows nothing of {', '.join(left)}")


def saved(app: Flask, row: Any) -> Any:
    session = app.extensions["sqlalchemy"].session
    session.add(row)
    session.commit()
    return row


def row_of(app: Flask, model: Any, **where: Any) -> Any:
    session = app.extensions["sqlalchemy"].session
    return session.scalars(sa.select(model).filter_by(**where)).one_or_none()


def at(app: Flask, seconds: int) -> datetime:
    return datetime.fromtimestamp(app.config["INTROSPECT_CLOCK"]() + seconds, timezone.utc)
