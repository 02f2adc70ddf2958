"""The dashboard and the alerts in the docs: their queries are run against real numbers."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from flask_introspect import Reason, Refusal
from flask_introspect.events import metrics

from ..conftest import Databases
from .monitored import Prometheus, ask_through, monitored, prometheus, tool, until

pytestmark = pytest.mark.slow

pytest.importorskip("fcntl", reason="gunicorn needs a POSIX system")

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = Path(metrics.__file__).read_text("utf-8")
ALERTS = DOCS / "prometheus-alerts.yml"


def queries() -> dict[str, str]:
    """The dashboard's queries by panel and letter, with what Grafana puts in for its variables."""
    dashboard = json.loads((DOCS / "grafana-dashboard.json").read_text("utf-8"))
    return {
        f"{panel['title']}, {target['refId']}": target["expr"]
        .replace("$__rate_interval", "1m")
        .replace("$job", ".*")
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }


@pytest.fixture(scope="module")
def numbers(
    own_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """What Prometheus has of a server that was asked, and asked again after a scrape."""
    tool("prometheus")
    url = own_databases("sqlite", "dashboard")
    with (
        monitored(url, tmp_path_factory.mktemp("numbers")) as server,
        prometheus(server, tmp_path_factory.mktemp("prometheus")) as found,
    ):
        workers = server.two_workers()
        total = "sum(introspect_answers_total)"
        for asked in (5, 10):
            ask_through(workers)
            until(lambda asked=asked: found.value(total) == asked)  # type: ignore[misc]
        until(lambda: found.value("sum(rate(introspect_answers_total[1m]))"))
        yield found


@pytest.mark.parametrize("query", queries().values(), ids=queries())
def test_a_query_of_the_dashboard_finds_numbers(numbers: Prometheus, query: str) -> None:
    found = numbers.query(query)
    assert found
    assert all(math.isfinite(value) for _, value in found)


def test_the_dashboard_tells_answers_from_refusals(numbers: Prometheus) -> None:
    answers, refusals = queries()["Answers by reason, A"], queries()["Refusals by reason, A"]
    assert [labels for labels, _ in numbers.query(answers)] == [{"reason": "active"}]
    assert [labels for labels, _ in numbers.query(refusals)] == [{"reason": "wrong_secret"}]
    assert numbers.value(queries()["Slow hashes, B"]) == 2
    assert numbers.value(queries()["Share of requests that fail here, A"]) == 0


def test_the_docs_name_only_metrics_and_labels_that_there_are() -> None:
    exposed = generate_latest(REGISTRY).decode()
    families = list(text_string_to_metric_families(exposed))
    there: dict[str, set[str]] = {}
    for family in families:
        for sample in family.samples:
            there.setdefault(sample.name, {"job"}).update(sample.labels)
    texts = [*queries().values(), ALERTS.read_text("utf-8")]
    used = [each for text in texts for each in re.findall(r"(introspect_\w+)(?:{(.*?)})?", text)]
    assert len(used) > 20
    for name, selectors in used:
        assert set(re.findall(r"(\w+)=", selectors)) <= there[name], name


def test_the_page_names_every_metric() -> None:
    page = (DOCS / "monitoring.rst").read_text("utf-8")
    names = {f"introspect_{name}" for name in re.findall(r'"introspect_(\w+)"', SOURCE)}
    assert len(names) == 6
    assert {name for name in names if name not in page} == set()


def test_the_reasons_in_the_docs_are_reasons() -> None:
    known = {each.value for each in (*Reason, *Refusal)}
    texts = [*queries().values(), ALERTS.read_text("utf-8")]
    named = {
        reason
        for text in texts
        for reasons in re.findall(r'reason=~?"([^"]*)"', text)
        for reason in reasons.split("|")
    }
    assert len(named) > 10
    assert named <= known


QUIET = {
    'introspect_answers_total{dialect="form",reason="active"}': "0+600x60",
    'introspect_answers_total{dialect="form",reason="unknown"}': "0+60x60",
    'introspect_answers_total{dialect="form",reason="unreadable"}': "0x60",
    'introspect_refusals_total{reason="wrong_secret"}': "0+3x60",
    'introspect_refusals_total{reason="store_unavailable"}': "0x60",
    'introspect_refusals_total{reason="server_error"}': "0x60",
    'introspect_refusals_total{reason="no_place"}': "0x60",
    'introspect_refusals_total{reason="replayed"}': "0x60",
    'introspect_duration_seconds_bucket{outcome="answered",le="0.01"}': "0+660x60",
    'introspect_duration_seconds_bucket{outcome="answered",le="0.5"}': "0+660x60",
    'introspect_duration_seconds_bucket{outcome="answered",le="+Inf"}': "0+660x60",
}
ONCE = "0x20 1x40"

#: What each alert fires for: numbers of one minute after the other, in the place of quiet ones.
LOUD: dict[str, dict[str, str]] = {
    "IntrospectionStoreUnavailable": {
        'introspect_refusals_total{reason="store_unavailable"}': "0+1x60"
    },
    "IntrospectionServerErrors": {'introspect_refusals_total{reason="server_error"}': ONCE},
    "IntrospectionSlow": {
        'introspect_duration_seconds_bucket{outcome="answered",le="0.01"}': "0+500x60"
    },
    "IntrospectionNoPlaceForHashes": {'introspect_refusals_total{reason="no_place"}': "0+1x60"},
    "IntrospectionSecretsTried": {'introspect_refusals_total{reason="wrong_secret"}': "0+90x60"},
    "IntrospectionTokensTried": {
        'introspect_answers_total{dialect="form",reason="unknown"}': "0+900x60"
    },
    "IntrospectionReplay": {'introspect_refusals_total{reason="replayed"}': ONCE},
    "IntrospectionUnreadableRows": {
        'introspect_answers_total{dialect="form",reason="unreadable"}': ONCE
    },
    "IntrospectionSilent": {
        'introspect_answers_total{dialect="form",reason="active"}': "5x60",
        'introspect_answers_total{dialect="form",reason="unknown"}': "5x60",
    },
}


def alerts() -> list[str]:
    return re.findall(r"- alert: (\w+)", ALERTS.read_text("utf-8"))


def firing(numbers: dict[str, str], folder: Path) -> list[str]:
    """The alerts that fire after 28 minutes of these numbers, as Prometheus judges."""
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": key, "values": each} for key, each in numbers.items()],
        "alert_rule_test": [
            {"eval_time": "28m", "alertname": name, "exp_alerts": []} for name in alerts()
        ],
    }
    path = folder / "test.yml"
    path.write_text(json.dumps({"rule_files": [str(ALERTS)], "tests": [test]}))  # JSON is YAML
    command = [tool("promtool"), "test", "rules", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    fired = re.findall(r"alertname: (\w+)", said)
    assert bool(fired) is bool(run.returncode), said
    return fired


def test_quiet_numbers_fire_no_alert(tmp_path: Path) -> None:
    assert firing(QUIET, tmp_path) == []


@pytest.mark.parametrize("name", alerts())
def test_an_alert_fires_for_what_it_is_there_for_and_no_other_does(
    name: str, tmp_path: Path
) -> None:
    assert firing({**QUIET, **LOUD[name]}, tmp_path) == [name]


def test_the_docs_say_what_to_do_about_each_alert() -> None:
    page = (DOCS / "monitoring.rst").read_text("utf-8")
    assert [name for name in alerts() if f"``{name}``" not in page] == []
