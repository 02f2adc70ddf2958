"""What marshmallow costs: our two functions against its own ``load`` and ``dump``."""

from __future__ import annotations

import json
import timeit
from collections.abc import Callable
from typing import Any

from flask_introspect.wire.schemas import (
    IntrospectionRequestSchema,
    IntrospectionResponseSchema,
    dump_members,
    load_request,
)

from .report import Report, Row
from .rounds import Spread
from .scene import claims, token

CALLS = 5000


def measure(rounds: int) -> Report:
    """Time each on its own, in turns."""
    request, response = IntrospectionRequestSchema(), IntrospectionResponseSchema()
    asked = {"token": token(1), "token_type_hint": "access_token"}
    told = dict(claims(1))
    work: dict[str, Callable[[], Any]] = {
        "request, marshmallow's own load": lambda: request.load(asked),
        "request, load_request": lambda: load_request(asked),
        "answer, marshmallow's own dump": lambda: response.dump(told),
        "answer, dump_members": lambda: dump_members(told),
        "answer, json.dumps": lambda: json.dumps(told),
    }
    assert request.load(asked) == load_request(asked) == asked
    assert response.dump(told) == dump_members(told) == told
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, function in work.items():
            times[name].append(timeit.timeit(function, number=CALLS) / CALLS * 1e6)
    rows = [Row(name, {"µs": Spread.of(values)}) for name, values in times.items()]
    return Report("schemas", f"The schemas alone; {rounds} rounds of {CALLS} calls", rows)
