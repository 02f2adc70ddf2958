"""What other Flask extensions expect of a view."""

from __future__ import annotations

from flask import request

from .support import Host


def test_the_view_has_a_name_for_extensions_that_ask_for_it(fresh_host: Host) -> None:
    """Flask-WTF and Flask-Limiter build a name from these in a hook before every request."""
    names: list[str] = []

    def note_name() -> None:
        view = fresh_host.app.view_functions[request.endpoint or ""]
        names.append(f"{view.__module__}.{view.__qualname__}.{view.__name__}")

    fresh_host.app.before_request(note_name)
    assert fresh_host.ask("documented").status_code == 200
    assert names[0].startswith("flask_introspect.")
