"""Configuration of the documentation site; the reference pages are written from the code."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generate_reference import write_reference

project = "Equipoise"
author = "The Equipoise developers"
release = metadata.version("equipoise")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
html_theme = "furo"
html_title = f"Equipoise {release}"
html_show_sphinx = False
html_show_copyright = False
# Links into the source tree are links to files of the repository, not to pages.
suppress_warnings = ["myst.strikethrough"]

write_reference(Path(__file__).parent / "reference")
