"""How Sphinx builds the documentation.

python -m pip install ".[docs]" && sphinx-build -W docs build/docs
"""

from importlib.metadata import version as installed_version

from sphinx.ext.napoleon import Config, GoogleDocstring

project = "longlag"
author = "The longlag authors"
copyright = "The longlag authors"
version = release = installed_version("longlag")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_gallery.gen_gallery"]
exclude_patterns = ["gallery/*.py", "gallery/*.ipynb"]
sphinx_gallery_conf = {
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",  # each one is run
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "capture_repr": (),
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
}
autodoc_member_order = "bysource"
autodoc_typehints = "description"
default_role = "literal"  # docstrings write `name` for code
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = "longlag"
html_sidebars = {"**": []}  # the bar above has all pages, so a column of sections would be empty
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 4,  # more would not fit on one line beside the search
}


def show_arguments(app, what, name, thing, options, lines):
    """Sections `Args:` of classes and functions become lists of parameters.

    As an extension, napoleon would take what stands before a colon in the documentation of an
    attribute for a type.
    """
    if what in ("class", "function"):
        lines[:] = GoogleDocstring(lines, Config(), app, what, name, thing, options).lines()


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", show_arguments)
