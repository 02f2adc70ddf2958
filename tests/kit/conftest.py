from __future__ import annotations

from flask_introspect.testing import *  # noqa: F403  # the fixtures, for these tests alone
