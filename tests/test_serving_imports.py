"""What a serving process loads: nothing that only administrators or only some hosts need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]

SERVE = """
import sys
from tests.support import Client, Token, db, make_app
app = make_app("sqlite://")
with app.app_context():
    db.create_all()
answer = app.test_client().post("/v1/oauth/introspect", json={"token": "t"})
assert answer.status_code == 401, answer.status
rooms = (
    "flask_introspect.admin",
    "flask_introspect.cli",
    "flask_introspect.events.metrics",
    "flask_introspect.events.traces",
    "flask_introspect.jose",
    "flask_introspect.testing",
    "flask_introspect.openapi",
    "apispec",
    "joserfc",
    "prometheus_client",
)
print(*sorted(name for name in sys.modules if name.startswith(rooms)))
"""


def run(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_a_serving_process_loads_neither_admin_nor_commands_nor_extras() -> None:
    assert run(SERVE).strip() == ""


WITHOUT = """
import sys
sys.modules[{library!r}] = None  # as if it were not installed
from flask_introspect import ConfigError
from tests.support import make_app
try:
    make_app("sqlite://", **{{{key!r}: True}})
except ConfigError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("key", "library", "said"),
    [
        ("INTROSPECT_METRICS", "prometheus_client", "prometheus_client. {}[metrics]"),
        ("INTROSPECT_TRACING", "opentelemetry", "opentelemetry-api. {}[otel]"),
    ],
)
def test_a_missing_library_is_told_with_its_extra(key: str, library: str, said: str) -> None:
    expected = f"{key}: it needs {said.format('pip install Flask-Introspect')}"
    assert run(WITHOUT.format(key=key, library=library)).strip() == expected
