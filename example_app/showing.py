"""How the page shows JSON: with its names and its values told apart."""

from __future__ import annotations

import re

from markupsafe import Markup, escape


def highlighted(text: str) -> Markup:
    """Mark up JSON that is laid out in lines; other text is left as it is.

    All of it is escaped first, so whatever stands in it stays text.
    """
    marked = str(escape(text))
    marked = re.sub(r"(?m)^( +)(&#34;.+?&#34;)(?=: )", r"\1<span class='name'>\2</span>", marked)
    marked = re.sub(r"(?m)(?<=: )(true|false|null|\d+)(?=,?$)", r"<b>\1</b>", marked)
    return Markup(marked)  # escaped above
