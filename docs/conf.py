"""The documentation: ``sphinx-build -W -b html docs docs/_build/html``."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from pallets_sphinx_themes import get_version
from sphinx.application import Sphinx

project = "Flask-Introspect"
copyright = "the Flask-Introspect authors"
author = "the Flask-Introspect authors"
release, version = get_version("Flask-Introspect")

extensions = ["sphinx.ext.autodoc", "pallets_sphinx_themes"]
default_role = "code"
exclude_patterns = ["_build"]
html_extra_path = ["grafana-dashboard.json", "openapi.json", "prometheus-alerts.yml"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_preserve_defaults = True

html_theme = "flask"
html_title = f"Flask-Introspect Documentation ({version})"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_show_copyright = False
html_sidebars = {
    "index": ["searchbox.html"],
    "**": ["localtoc.html", "relations.html", "searchbox.html"],
}


# The pages link to each other by file, as in `Quickstart <quickstart.rst>`__, so that the links
# work where the files are shown as they are. Names of keys and of the API are plain literals there.


def link_pages(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Turn links to files into links to pages, and names into links to what they name."""
    for link in doctree.findall(nodes.reference):
        name, _, anchor = link.get("refuri", "").partition("#")
        if name == "../CHANGES.rst":  # a page here only includes it, which GitHub doesn't show
            name = "changes.rst"
        target = Path(name).stem
        if name == f"{target}.rst":
            if target not in app.env.found_docs:
                raise ValueError(f"{page}: there is no page {name}")
            link["refuri"] = app.builder.get_relative_uri(page, target) + (anchor and f"#{anchor}")
    for literal in list(doctree.findall(nodes.literal)):
        uri = _uri_of(app, literal.astext(), page)
        if uri is not None and not isinstance(literal.parent, (nodes.title, nodes.reference)):
            literal.replace_self(nodes.reference("", "", literal.deepcopy(), refuri=uri))


def _uri_of(app: Sphinx, name: str, page: str) -> str | None:
    """Find where a key of the configuration, or a public name, is explained."""
    if re.fullmatch("INTROSPECT_[A-Z_]+", name):
        target, anchor = "configuration", name.lower().replace("_", "-")
    else:
        found = {
            each[0].rpartition(".")[2] + ("()" if each[2] in ("function", "method") else ""): each
            for each in app.env.get_domain("py").get_objects()
            if each[2] in ("class", "exception", "data", "function", "method")
        }
        if name not in found:
            return None
        _, _, _, target, anchor, _ = found[name]
    if target == page:
        return None
    return f"{app.builder.get_relative_uri(page, target)}#{anchor}"


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", link_pages)
