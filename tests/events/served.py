"""A host for gunicorn that is monitored: what docs/monitoring.rst tells a host to write."""

from __future__ import annotations

from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

from ..scale.served import make as make_served


def make(url: str) -> Flask:
    """What gunicorn loads."""
    app = make_served(url, INTROSPECT_METRICS=True)

    @app.get("/metrics")
    def metrics() -> Response:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return app
