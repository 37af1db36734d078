"""How Sphinx builds the documentation.

python -m pip install ".[docs]" && sphinx-build -W docs build/docs
"""

from importlib.metadata import version as installed_version

project = "longlag"
author = "The longlag authors"
copyright = "The longlag authors"
version = release = installed_version("longlag")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = "longlag"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}
