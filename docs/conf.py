"""The documentation: ``sphinx-build -W -b html docs docs/_build/html``."""

from __future__ import annotations

from pallets_sphinx_themes import get_version

project = "Flask-Introspect"
copyright = "the Flask-Introspect authors"
author = "the Flask-Introspect authors"
release, version = get_version("Flask-Introspect")

extensions = ["sphinx.ext.autodoc", "pallets_sphinx_themes"]
default_role = "code"
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_preserve_defaults = True

html_theme = "flask"
html_title = f"Flask-Introspect Documentation ({version})"
html_show_sourcelink = False
html_show_copyright = False
html_sidebars = {
    "index": ["searchbox.html"],
    "**": ["localtoc.html", "relations.html", "searchbox.html"],
}
