"""What a serving process loads: nothing that only administrators or only some hosts need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SERVE = """
import sys
from tests.support import Client, Token, db, make_app
app = make_app("sqlite://")
with app.app_context():
    db.create_all()
answer = app.test_client().post("/v1/oauth/introspect", json={"token": "t"})
assert answer.status_code == 401, answer.status
rooms = ("flask_introspect.admin", "flask_introspect.cli", "flask_introspect.jose", "joserfc")
print(*sorted(name for name in sys.modules if name.startswith(rooms)))
"""


def test_a_serving_process_loads_neither_admin_nor_commands_nor_jose() -> None:
    root = Path(__file__).parents[1]
    run = [sys.executable, "-c", SERVE]
    loaded = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""
