"""Temporary: the names of tomorrow's ``storage``."""
