"""Labelled data sets."""


def import_xarray():
    """Return xarray, or raise an error that says how to install it."""
    try:
        import xarray
    except ImportError as error:
        raise ImportError(
            "as_xarray=True needs xarray: pip install 'skvaeclust[xarray]'."
        ) from error
    return xarray


def check_forms(return_X_y, as_xarray):
    """Check that at most one form of the result is chosen, and that it is possible."""
    if return_X_y and as_xarray:
        raise ValueError("Give either return_X_y=True or as_xarray=True, got both.")
    if as_xarray:
        import_xarray()


def label_velocities(data, target, x, y):
    """Return velocities (n_samples, 2, height, width), m/s, as a Dataset.

    The variables "u" and "v" are on (sample, y, x), in km, with the coordinate "target"
    on the samples.
    """
    coords = {
        "target": ("sample", target, {"long_name": "true cluster"}),
        "y": ("y", y, {"long_name": "northward coordinate", "units": "km"}),
        "x": ("x", x, {"long_name": "eastward coordinate", "units": "km"}),
    }
    variables = {}
    for i, (name, side) in enumerate((("u", "eastward"), ("v", "northward"))):
        attrs = {"long_name": f"{side} velocity", "units": "m s-1"}
        variables[name] = (("sample", "y", "x"), data[:, i], attrs)
    return import_xarray().Dataset(variables, coords)
