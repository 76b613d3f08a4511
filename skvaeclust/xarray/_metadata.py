"""Coordinates and bounds of labelled data, found by the CF conventions."""

import cf_xarray  # noqa: F401  (registers the accessor ``cf``)
import xarray as xr


def find_coords(data, key, dims):
    """Find the coordinates that hold a latitude, a longitude or a time.

    Parameters
    ----------
    data : DataArray or Dataset
    key : {"latitude", "longitude", "time"}
    dims : sequence of str
        Dimensions that a coordinate may have.

    Returns
    -------
    names : list of str
        Those with most dimensions first, since curvilinear grids may have nominal axes
        as well. Attributes decide; where no coordinate has them, latitude and longitude
        are guessed from names such as "lat" and "nav_lon".
    """
    # The attribute "coordinates" of a file may list only some of the coordinates.
    coords = xr.Dataset(coords=data.coords)
    names = coords.cf.coordinates.get(key, [])
    if not names and key != "time":
        names = coords.cf.guess_coord_axis().cf.coordinates.get(key, [])
    inside = [name for name in names if set(data[name].dims) <= {*dims}]
    return sorted(map(str, inside), key=lambda name: -data[name].ndim)


def bounds_of(data):
    """Return the names of the variables that hold the bounds of grid cells."""
    return {name for names in data.cf.bounds.values() for name in names}
