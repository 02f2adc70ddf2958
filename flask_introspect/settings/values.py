"""The host's values, each checked, with an error that says what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoInspectionAvailable
from werkzeug.utils import ImportStringError, import_string

from ..errors import ConfigError, ServerError
from ..logs import logger, origin_of
from ..texts import a_type
from .calls import fits, written

__all__ = ["Values"]


#: The longest bound in seconds. Servers count in milliseconds, in 32 bits.
_DAY = 86400


class Values:
    """The host's values, each taken by what it must be.

    It remembers which keys were asked for, to find misspelt ones. Every method raises
    :exc:`~flask_introspect.ConfigError` for a value that cannot work.

    :param config: the application's configuration.
    :param prefix: what the keys of this endpoint begin with.
    """

    def __init__(self, config: Mapping[str, Any], prefix: str) -> None:
        self._config = config
        self._prefix = prefix
        self._asked: set[str] = set()

    def error(self, name: str, problem: str, remedy: str) -> ConfigError:
        """Make an error about a key."""
        return ConfigError(self._prefix + name, problem, remedy)

    def get(self, name: str) -> Any:
        """Take a value as it is, or ``None``."""
        self._asked.add(name)
        return self._config.get(self._prefix + name)

    def asked(self) -> frozenset[str]:
        """List the names of the keys that were asked for until now."""
        return frozenset(self._asked)

    def model(self, name: str) -> type:
        """Take a mapped class, which is required."""
        value = self.get(name)
        if value is None:
            raise self._missing(name, 'Set it to a model class, or to "module:Name"')
        return self._mapped_class(name, value)

    def _missing(self, name: str, remedy: str) -> ConfigError:
        """Say that a key is not set, and which unknown key may be meant for it."""
        names = [key[len(self._prefix) :] for key in self._own_keys()]
        close = get_close_matches(name, [each for each in names if each != name], 1, cutoff=0.8)
        if close:
            remedy = f"There is {self._prefix}{close[0]}; did you mean {self._prefix}{name}?"
        return self.error(name, "it is not set", remedy)

    def _own_keys(self) -> list[str]:
        """List the host's keys that begin with this endpoint's prefix."""
        return [
            key for key in self._config if isinstance(key, str) and key.startswith(self._prefix)
        ]

    def models(self, name: str) -> tuple[type, ...]:
        """Take one mapped class, or a list of them."""
        value = self.get(name)
        if not isinstance(value, (list, tuple)):
            return (self.model(name),)
        if not value:
            raise self.error(name, "the list is empty", "Name at least one model")
        return tuple(self._mapped_class(name, each) for each in value)

    def _mapped_class(self, name: str, value: Any) -> type:
        value = self.imported(name, value)
        try:
            mapper = sa.inspect(value)
        except NoInspectionAvailable:
            mapper = None
        if not isinstance(value, type) or mapper is None:
            raise self.error(name, f"{value!r} is no mapped class", "Give a Flask-SQLAlchemy model")
        return value

    def imported(self, name: str, value: Any) -> Any:
        """Import what a path such as ``"module:Name"`` names; leave everything else as it is."""
        if not isinstance(value, str):
            return value
        try:
            return import_string(value)
        except ImportStringError as error:
            raise self.error(
                name, f"{value!r} cannot be imported ({error.exception})", 'Write "module:Name"'
            ) from None

    def callable(self, name: str, *arguments: str) -> Callable[..., Any] | None:
        """Take a callable, or the path of one.

        :param arguments: what it is called with.
        """
        value = self.imported(name, self.get(name))
        if value is not None and not callable(value):
            raise self.error(name, f"{a_type(value)} cannot be called", "Give a function")
        return None if value is None else self.called(name, value, *arguments)

    def called(self, name: str, value: Callable[..., Any], *arguments: str) -> Callable[..., Any]:
        """Take a callable that can be called with these arguments."""
        if not fits(value, arguments):
            call, which = written(arguments), getattr(value, "__name__", type(value).__name__)
            problem = f"{which} cannot be called with {call}"
            raise self.error(name, problem, f"Give a function that takes {call}")
        return value

    def clock(self, name: str) -> Callable[[], float] | None:
        """Take a callable that tells the time. Its result is checked at each call.

        Nothing is later or earlier than a NaN: with one, every token would be good forever.
        """
        clock, key = self.callable(name), self._prefix + name
        if clock is None:
            return None

        def now() -> float:
            try:
                told = clock()
            except Exception as error:
                problem = f"raised {origin_of(error)}"
            else:
                if isinstance(told, (int, float)) and isfinite(told):
                    return told
                said = told if isinstance(told, float) else a_type(told)
                problem = f"returned {said}, no time"
            logger.error("%s: the request gets no answer: it %s", key, problem)
            raise ServerError()

        return now

    def mapping(
        self, name: str, remedy: str = "Give a dict from field to column"
    ) -> Mapping[str, Any] | None:
        """Take a mapping, such as one from canonical field to column.

        :param remedy: what would be right.
        """
        value = self.get(name)
        if value is not None and not isinstance(value, Mapping):
            raise self.error(name, f"it holds {a_type(value)}", remedy)
        return value

    def mappings(self, name: str, count: int) -> tuple[Mapping[str, Any] | None, ...]:
        """Take one such mapping for each token model."""
        value = self.get(name)
        if value is None:
            return (None,) * count
        if not isinstance(value, (list, tuple)):
            value = [value]
        if len(value) != count:
            raise self.error(
                name,
                f"it holds {len(value)} mappings for {count} token models",
                "Give a list with one for each",
            )
        for each in value:
            if each is not None and not isinstance(each, Mapping):
                raise self.error(
                    name, f"it holds {a_type(each)}", "Give dicts from field to column"
                )
        return tuple(value)

    def text(self, name: str, default: str) -> str:
        """Take a text, which may hold a password and so is never shown."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or not value:
            raise self.error(name, f"it holds {a_type(value)}", "Give a text")
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Take a list of texts."""
        value = self.get(name)
        if value is None:
            return None
        members = list(value) if isinstance(value, (list, tuple, set, frozenset)) else []
        if not members or not all(isinstance(each, str) and each for each in members):
            raise self.error(name, f"it holds {value!r}", "Give a list of texts")
        return tuple(members)

    def one_of(self, name: str, default: str, choices: Mapping[Any, Any]) -> Any:
        """Take one word of several."""
        value = self.get(name)
        if value is None:
            value = default
        if not isinstance(value, str) or value not in choices:
            known = ", ".join(repr(choice) for choice in choices)
            raise self.error(name, f"it holds {value!r}", f"Give one of {known}")
        return choices[value]

    def boolean(self, name: str) -> bool:
        """Take a boolean; the default is False."""
        value = self.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.error(name, f"it holds {value!r}", "Give True or False")
        return bool(value)

    def number(self, name: str, default: int, *, at_least: int) -> int:
        """Take a whole number."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            raise self.error(
                name, f"it holds {value!r}", f"Give a whole number, {at_least} or more"
            )
        return value

    def seconds(self, name: str, default: float) -> float | None:
        """Take a bound in seconds; ``"off"``, 0 or False for none."""
        value = self.get(name)
        if value is None:
            return default
        if value in (False, "off"):  # 0 is False
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= _DAY:
            raise self.error(name, f"it holds {value!r}", 'Give seconds, 1 or more, or "off"')
        return value

    def refuse_misspelt(self) -> None:
        """Refuse a misspelt key: it would silently leave the default in force."""
        for key in self._own_keys():
            name = key[len(self._prefix) :]
            if name not in self._asked:
                self._refuse_close(key, name)

    def _refuse_close(self, key: str, name: str) -> None:
        close = get_close_matches(name, self._asked, 1, cutoff=0.8)
        # Another endpoint's prefix may begin like this one's.
        if close and not name.endswith(f"_{close[0]}"):
            remedy = f"Did you mean {self._prefix}{close[0]}?"
            raise ConfigError(key, "there is no such key", remedy)
