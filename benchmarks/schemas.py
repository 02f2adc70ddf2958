"""What marshmallow costs: our ``load`` and ``dump`` against its own, of the same schemas."""

from __future__ import annotations

import json
import timeit
from collections.abc import Callable
from typing import Any

from marshmallow import EXCLUDE, Schema

from flask_introspect.wire.schemas import IntrospectionRequestSchema, IntrospectionResponseSchema

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
        "request, marshmallow's own load": lambda: Schema.load(request, asked, unknown=EXCLUDE),
        "request, our load": lambda: request.load(asked),
        "answer, marshmallow's own dump": lambda: Schema.dump(response, told),
        "answer, our dump": lambda: response.dump(told),
        "answer, json.dumps": lambda: json.dumps(told),
    }
    assert Schema.load(request, asked) == request.load(asked) == asked
    assert Schema.dump(response, told) == response.dump(told) == told
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, function in work.items():
            times[name].append(timeit.timeit(function, number=CALLS) / CALLS * 1e6)
    rows = [Row(name, {"µs": Spread.of(values)}) for name, values in times.items()]
    return Report("schemas", f"The schemas alone; {rounds} rounds of {CALLS} calls", rows)
