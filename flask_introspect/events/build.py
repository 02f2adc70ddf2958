"""From the configuration to the listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..settings import Settings
from .fingerprints import Fingerprints
from .insides import Insides
from .watch import Watch

if TYPE_CHECKING:
    from .metrics import Metrics
    from .traces import Traces

__all__ = ["build_watch"]


def build_watch(app: Any, settings: Settings, route: str, insides: Insides) -> Watch:
    """Make the watch that reports decisions.

    :param app: the Flask application.
    :param route: the path that the endpoint is mounted at.
    :param insides: what the endpoint's parts report.
    :raise ConfigError: an extra is missing.
    """
    return Watch(
        app,
        route=route,
        fingerprints=Fingerprints(app.config.get("SECRET_KEY")),
        metrics=_metrics(settings, insides) if settings.metrics else None,
        traces=_traces(settings) if settings.tracing else None,
    )


def _metrics(settings: Settings, insides: Insides) -> Metrics:
    try:
        from .metrics import Metrics
    except ImportError:
        raise _missing(settings, "METRICS", "prometheus_client", "metrics") from None
    return Metrics(insides)


def _traces(settings: Settings) -> Traces:
    try:
        from .traces import Traces
    except ImportError:
        raise _missing(settings, "TRACING", "opentelemetry-api", "otel") from None
    return Traces()


def _missing(settings: Settings, name: str, library: str, extra: str) -> ConfigError:
    remedy = f"pip install Flask-Introspect[{extra}]"
    return ConfigError(settings.prefix + name, f"it needs {library}", remedy)
