"""How a test reads the page of the example app, and sends its forms."""

from __future__ import annotations

import html
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

HIDDEN = re.compile('name="csrf_token" value="([^"]+)"')


def send(http: FlaskClient, path: str, page: str = "/", **fields: str) -> TestResponse:
    """Send a form of a page."""
    found = HIDDEN.search(http.get(page).text)
    assert found
    return http.post(path, data={"csrf_token": found[1], **fields})


def read(response: TestResponse) -> str:
    """What a page says, without its markup."""
    assert response.status_code == 200, response.status
    return " ".join(html.unescape(re.sub("<[^>]+>", "", response.text)).split())


def look(http: FlaskClient, dialect: str = "json") -> dict[str, tuple[str, str, str]]:
    """Status, reason and answer, by caller."""
    page = http.get("/token", query_string={"dialect": dialect})
    cards = re.findall('<section class="card caller".*?</section>', page.text, re.DOTALL)
    found = {}
    for card in cards:
        name = re.search("<h2[^>]*><code>(.*?)</code>", card)
        status = re.search('class="status s."[^>]*>(\\d+)', card)
        reason = re.search('class="why.*?<code>(.*?)</code>', card, re.DOTALL)
        answer = re.search("<pre[^>]*>(.*?)</pre>", card, re.DOTALL)
        assert name and status and reason and answer
        found[name[1]] = status[1], reason[1], html.unescape(re.sub("<[^>]+>", "", answer[1]))
    return found
