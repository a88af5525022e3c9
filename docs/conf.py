"""The builder's settings: Sphinx, because it lives, checks every link, and reads docstrings and click.

The site's source mirrors the repository, so that a link in a page works there and here alike (see make.py).
"""

from sphinx.application import Sphinx

import optae

project = "optae"
copyright = "the optae developers"
version = release = optae.__version__
root_doc = "docs/index"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click", "sphinx_design", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["docs/_static"]
suppress_warnings = ["myst.header"]  # pages of results begin below a stamp
default_role = "code"
smartquotes = False  # -- is the beginning of an option
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
html_theme = "furo"
html_title = f"optae {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
copybutton_selector = "div:not(.output) > div.highlight > pre"


def setup(app: Sphinx) -> None:
    """Show docstrings as their readers take them: |x| is an absolute value, and lines kept apart are code."""
    app.connect("autodoc-process-docstring", lambda *said: _escape(said[-1]))
    app.connect("sphinx-click-process-description", lambda *said: _examples(said[-1]))


def _escape(lines: list[str]) -> None:
    lines[:] = [line.replace("|", "\\|") for line in lines]


def _examples(lines: list[str]) -> None:
    """Show the lines of a help text that click keeps as they are in a block of code."""
    found: list[str] = []
    for line in lines:
        if line.startswith("| ") and not (found and found[-1].startswith("   ")):
            found += [".. code-block:: text", ""]
        found.append(f"   {line[2:]}" if line.startswith("| ") else line)
    lines[:] = found
