"""Sphinx: MyST pages beside this file, and an API reference from the docstrings."""

import sys
from pathlib import Path

import tinynn

sys.path.insert(0, str(Path(__file__).parent))  # plain_docstrings

project = "tinynn"
author = "The tinynn developers"
copyright = "2026, The tinynn developers"
release = version = tinynn.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "plain_docstrings",
]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]
default_role = "code"
html_theme = "furo"
html_title = f"tinynn {release}"

napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_context = {"face": set(tinynn.__all__)}  # documented once, on the page of tinynn itself
