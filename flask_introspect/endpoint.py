"""Temporary: the names of tomorrow's ``endpoint``."""

from .blueprint import Endpoint, endpoints_of, introspect

__all__ = ["Endpoint", "endpoints_of", "introspect"]
