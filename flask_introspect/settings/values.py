"""The host's values, each taken by what it must be, with an error that says what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoInspectionAvailable
from werkzeug.utils import ImportStringError, import_string

from ..errors import ConfigError
from ..logs import logger
from ..records import Right

__all__ = ["Values"]

#: The methods of client authentication, and the short names that are understood for them.
AUTH_METHODS: Mapping[str, str] = {
    "client_secret_basic": "client_secret_basic",
    "client_secret_post": "client_secret_post",
    "basic": "client_secret_basic",
    "post": "client_secret_post",
}

#: Keys of parts that are not there yet. Setting one has no effect, and the log says so.
_TO_COME = frozenset(
    {"FAILED_AUTH_LIMIT", "RATE_LIMIT", "LIMIT_STORAGE_URI", "SIGNING_KEYS", "JWT_KEYS", "BEARER_SCOPE"}
)


class Values:
    """The host's values, each taken by what it must be. Remembers which keys there are, to find misspelt ones."""

    def __init__(self, config: Mapping[str, Any], prefix: str) -> None:
        self._config = config
        self._prefix = prefix
        self._asked: set[str] = set()

    def error(self, name: str, problem: str, remedy: str) -> ConfigError:
        return ConfigError(self._prefix + name, problem, remedy)

    def get(self, name: str) -> Any:
        self._asked.add(name)
        return self._config.get(self._prefix + name)

    def model(self, name: str) -> type:
        value = self.get(name)
        if value is None:
            raise self.error(name, "it is not set", 'Set it to a model class, or to "module:Name"')
        return self._mapped_class(name, value)

    def models(self, name: str) -> tuple[type, ...]:
        value = self.get(name)
        if not isinstance(value, (list, tuple)):
            return (self.model(name),)
        if not value:
            raise self.error(name, "the list is empty", "Name at least one model")
        return tuple(self._mapped_class(name, each) for each in value)

    def _mapped_class(self, name: str, value: Any) -> type:
        value = self._imported(name, value)
        try:
            mapper = sa.inspect(value)
        except NoInspectionAvailable:
            mapper = None
        if not isinstance(value, type) or mapper is None:
            raise self.error(name, f"{value!r} is no mapped class", "Give a Flask-SQLAlchemy model")
        return value

    def _imported(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return import_string(value)
        except ImportStringError as error:
            raise self.error(name, f"{value!r} cannot be imported ({error.exception})", 'Write "module:Name"') from None

    def callable(self, name: str) -> Callable[..., Any] | None:
        value = self._imported(name, self.get(name))
        if value is not None and not callable(value):
            raise self.error(name, f"a {type(value).__name__} cannot be called", "Give a function")
        return value  # type: ignore[no-any-return]

    def mapping(self, name: str) -> Mapping[str, Any] | None:
        value = self.get(name)
        if value is not None and not isinstance(value, Mapping):
            raise self.error(name, f"it holds a {type(value).__name__}", "Give a dict from field to column")
        return value

    def mappings(self, name: str, count: int) -> tuple[Mapping[str, Any] | None, ...]:
        value = self.get(name)
        if value is None:
            return (None,) * count
        if not isinstance(value, (list, tuple)):
            value = [value]
        if len(value) != count:
            raise self.error(
                name, f"it holds {len(value)} mappings for {count} token models", "Give a list with one for each"
            )
        for each in value:
            if each is not None and not isinstance(each, Mapping):
                raise self.error(name, f"it holds a {type(each).__name__}", "Give dicts from field to column")
        return tuple(value)

    def issuer(self, name: str) -> str | None:
        value = self.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.error(name, f"it holds {value!r}", "Give the issuer's URL, such as 'https://auth.example.com'")
        return value

    def auth_methods(self, name: str) -> frozenset[str]:
        value = self.get(name)
        if value is None:
            value = ["client_secret_basic", "client_secret_post"]
        methods = list(value) if isinstance(value, (list, tuple, set, frozenset)) else []
        known = ", ".join(sorted(set(AUTH_METHODS.values())))
        if not methods:
            raise self.error(name, f"it holds {value!r}", f"Give a list of: {known}")
        for method in methods:
            if not isinstance(method, str) or method not in AUTH_METHODS:
                raise self.error(name, f"there is no method {method!r}", f"Give a list of: {known}")
        return frozenset(AUTH_METHODS[method] for method in methods)

    def policy(self, name: str) -> Right | Callable[..., bool]:
        value = self.get(name)
        if value is None:
            return Right.AUDIENCE
        if isinstance(value, str) and ":" in value:
            value = self._imported(name, value)
        if callable(value):
            return value  # type: ignore[no-any-return]
        try:
            return Right(value)
        except ValueError:
            known = ", ".join(repr(right.value) for right in Right)
            raise self.error(name, f"it holds {value!r}", f"Give one of {known}, or a callable") from None

    def one_of(self, name: str, default: str, choices: Mapping[Any, Any]) -> Any:
        value = self.get(name)
        if value is None:
            value = default
        if not isinstance(value, str) or value not in choices:
            known = ", ".join(repr(choice) for choice in choices)
            raise self.error(name, f"it holds {value!r}", f"Give one of {known}")
        return choices[value]

    def boolean(self, name: str) -> bool:
        value = self.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.error(name, f"it holds {value!r}", "Give True or False")
        return bool(value)

    def number(self, name: str, default: int, *, at_least: int) -> int:
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            raise self.error(name, f"it holds {value!r}", f"Give a whole number, {at_least} or more")
        return value

    def refuse_misspelt(self) -> None:
        """A misspelt key would silently leave the default in force."""
        for key in self._config:
            if not isinstance(key, str) or not key.startswith(self._prefix):
                continue
            name = key[len(self._prefix) :]
            if name in _TO_COME:
                logger.warning("%s has no effect in this version", key)
            elif name not in self._asked and (close := get_close_matches(name, self._asked, 1, cutoff=0.8)):
                if name.endswith(f"_{close[0]}"):  # the key of another endpoint, whose prefix begins like this one
                    continue
                raise ConfigError(key, "there is no such key", f"Did you mean {self._prefix}{close[0]}?")
