"""Sphinx configuration."""

import sys
from pathlib import Path

from sphinx_gallery.sorting import ExplicitOrder

from skvaeclust import __version__

sys.path.insert(0, str(Path(__file__).parent))

from architecture_picture import draw

project = "skvaeclust"
author = "The skvaeclust developers"
copyright = "2026, The skvaeclust developers"
release = version = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # equations without a network
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]

autodoc_preserve_defaults = True
autosummary_generate = True
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False  # the class template lists them
extlinks = {
    "doi": ("https://doi.org/%s", "doi:%s"),
    "arxiv": ("https://arxiv.org/abs/%s", "arXiv:%s"),
}

# Without a network, the empty inventory is read, and names of other projects are not
# linked. A build does not fail for it.
intersphinx_timeout = 5
intersphinx_mapping = {
    name: (address, (None, "no_network.inv"))
    for name, address in {
        "joblib": "https://joblib.readthedocs.io/en/stable/",
        "matplotlib": "https://matplotlib.org/stable/",
        "numpy": "https://numpy.org/doc/stable/",
        "pandas": "https://pandas.pydata.org/docs/",
        "python": "https://docs.python.org/3/",
        "scipy": "https://docs.scipy.org/doc/scipy/",
        "sklearn": "https://scikit-learn.org/stable/",
        "torch": "https://docs.pytorch.org/docs/stable/",
        "xarray": "https://docs.xarray.dev/en/stable/",
    }.items()
}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "plot_",
    "within_subsection_order": ExplicitOrder(
        [
            "plot_against_kmeans.py",
            "plot_north_atlantic.py",
            "plot_labelled_fields.py",
            "plot_forecasts.py",
            "plot_verified_forecast.py",
            "plot_choose_n_clusters.py",
            "plot_coastal_study.py",
            "plot_augmentation.py",
            "*",
        ]
    ),
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skvaeclust",),
    "download_all_examples": False,
    "remove_config_comments": True,
    "reference_url": {"skvaeclust": None},
    "show_signature": False,
    "thumbnail_size": (600, 420),
    "write_computation_times": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "skvaeclust"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
html_sidebars = {
    "**": ["sidebar-nav-bs"],
    # Pages that have no others below them.
    **{
        page: []
        for page in (
            "index",
            "start",
            "benchmarks",
            "comparison",
            "citing",
            "changelog",
        )
    },
}
html_theme_options = {
    "header_links_before_dropdown": 8,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "show_toc_level": 2,
}


def write_picture(app):
    """Draw the architecture before pages are read."""
    folder = Path(app.srcdir, "generated")
    folder.mkdir(exist_ok=True)
    (folder / "architecture.svg").write_text(draw(), encoding="utf-8")


def setup(app):
    """Connect the drawing to the build."""
    app.connect("builder-inited", write_picture)
