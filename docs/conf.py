"""Sphinx configuration."""

from skvaeclust import __version__

project = "skvaeclust"
author = "The skvaeclust developers"
copyright = "2026, The skvaeclust developers"
release = version = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
extlinks = {
    "doi": ("https://doi.org/%s", "doi:%s"),
    "arxiv": ("https://arxiv.org/abs/%s", "arXiv:%s"),
}
autosummary_generate = True
templates_path = ["_templates"]
numpydoc_show_class_members = False
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "plot_",
}
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = "skvaeclust"
html_static_path = ["_static"]
