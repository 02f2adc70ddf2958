"""The version. The package's metadata and the documentation take it from here."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
