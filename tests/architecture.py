"""Which part may import which, for the test and for the documentation."""

# Modules that every part may import. Among themselves, they import
# `_arguments`, `_components`, `_limits`, `_memory`, `_threads` and `_words` only.
SHARED = {
    "_agreement",
    "_arguments",
    "_attrs",
    "_axes",
    "_components",
    "_dates",
    "_fields",
    "_files",
    "_graph",
    "_isolation",
    "_labels",
    "_limits",
    "_memory",
    "_mixtures",
    "_random_init",
    "_steps",
    "_threads",
    "_units",
    "_warnings",
    "_words",
}

# What every other part may import in addition to SHARED.
MAY_IMPORT = {
    # Statistics and data: arrays in, arrays and tables out.
    "augmentation": set(),
    "composites": {"_resampling", "sequences"},
    "datasets": set(),
    "model_selection": {"_resampling"},
    "sequences": set(),
    "verification": {"sequences"},
    # The estimator.
    "_vae_clustering": {
        "_mixture_methods",
        "_model",
        "_prediction",
        "_progress",
        "_representation",
        "_training",
        "augmentation",
    },
    "_mixture_methods": {"_calibration", "_prediction"},
    "_progress": {"_training"},
    "_training": {"_model", "_prediction"},
    "_calibration": set(),
    "_prediction": {"_model"},
    "_representation": set(),
    "_model": set(),
    "_audit": set(),
    "_persistence": {"_audit"},
    "_resampling": set(),
    "_survey": set(),
    "_anomalies": {"_coordinates"},
    "_grids": {"_coordinates"},
    "_coordinates": set(),
    # Labelled fields, and pictures of all results.
    "xarray": {"_anomalies", "_coordinates", "_grids", "_survey", "sequences"},
    "_plotting": {"sequences"},
    "inspection": {
        "_plotting",
        "composites",
        "model_selection",
        "sequences",
        "verification",
    },
}

# What a function may import when it is called.
MAY_IMPORT_WHEN_CALLED = {
    "_resampling": {"_grids", "xarray"},  # labelled fields
    "composites": {"_coordinates", "_grids", "xarray"},  # labelled fields
    "inspection": {"xarray"},  # the coordinates of a labelled model
    # The default model.
    "model_selection": {"_vae_clustering", "augmentation"},
}

# The only parts that import these libraries.
LIBRARIES = {
    "torch": {"_isolation", "_model", "_prediction", "_threads", "_training"},
    "matplotlib": {"_plotting", "inspection"},
    "cartopy": {"_plotting"},
    "cf_xarray": {"_coordinates", "xarray"},
    "xarray": {
        "_anomalies",
        "_coordinates",
        "_grids",
        "_persistence",
        "composites",
        "datasets",
        "verification",
        "xarray",
    },
}
