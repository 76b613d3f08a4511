"""Coordinates, bounds and flags of labelled data, found by the CF conventions."""

import re

import cf_xarray  # noqa: F401  (registers the accessor ``cf``)
import numpy as np
import xarray as xr

from skvaeclust._attrs import PACKING
from skvaeclust._axes import same

LIMITS = {"latitude": 90, "longitude": 720}  # largest absolute values, degrees
ANGLES = re.compile(r"deg|rad|°|$", re.IGNORECASE)
BOUNDS = re.compile(r"vertices_(.+)|(.+)_(?:bnds?|bounds?|vertices)", re.IGNORECASE)
CF = ("standard_name", "units", "axis", "positive", "_CoordinateAxisType")
FLAGS = {"flag_values", "flag_masks", "flag_meanings"}
AUXILIARY = re.compile(  # names of flags, counts and uncertainties
    r"(number|count)s?[ _]of[ _](the[ _])?(total[ _])?(number[ _]of[ _])?(valid[ _])?"
    r"(obs|sampl|measure|pixel|profile|retriev|sound)|"
    r"(quality|status)[ _](flag|control|level|indicator|code)|"
    r"(^|[ _])(flags?|qc|n_?obs|num_?obs)($|[ _])|"
    r"(standard|analysis|estimated|formal|mapping)[ _]errors?($|[ _])|"
    r"uncertaint(y|ies)($|[ _])|observation[ _]weights?$",
    re.IGNORECASE,
)
CODES = re.compile(
    r"(^|[ _])(quality|source)$", re.IGNORECASE
)  # codes if without units


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
        Those with most dimensions first, because curvilinear grids may also have
        nominal axes. Latitude and longitude are guessed from names such as "lat" and
        "nav_lon" where no coordinate with as many dimensions has CF attributes.
    """
    coords = described(data.coords)
    names = coords.cf.coordinates.get(key, [])
    if key != "time":
        names = [n for n in names if is_angle(coords[n], key, dims)]
        bare = [n for n, c in coords.coords.items() if "standard_name" in c.attrs]
        guessed = coords.drop_vars(bare).cf.guess_coord_axis().cf.coordinates
        guessed = [n for n in guessed.get(key, []) if is_angle(coords[n], key, dims)]
        most = max((coords[name].ndim for name in names), default=0)
        names += [n for n in guessed if n not in names and coords[n].ndim > most]
    inside = [name for name in names if set(data[name].dims) <= {*dims}]
    return sorted(map(str, inside), key=lambda name: -data[name].ndim)


def described(variables):
    """Return variables as coordinates, with the attributes that cf_xarray needs.

    Other attributes of a file may be invalid, or list only some of the coordinates.
    """
    coords = {}
    for name, array in variables.items():
        if isinstance(name, str) and isinstance(array.dtype, np.dtype):
            attrs = {k: v for k, v in array.attrs.items() if k in CF and v == str(v)}
            variable = array.variable.to_base_variable()
            coords[name] = xr.Variable(variable.dims, variable._data, attrs)
    return xr.Dataset(coords=xr.Coordinates(coords, indexes={}))


def is_angle(coord, key, dims):
    """Check whether a coordinate has dimensions, units and values of an angle."""
    if not coord.dims or not set(coord.dims) <= {*dims}:
        return False
    if coord.dtype.kind not in "fiu" or not ANGLES.match(units_of(coord)):
        return False
    values = np.abs(degrees(coord))
    return bool((values[np.isfinite(values)] <= LIMITS[key] + 1e-3).all())


def units_of(coord):
    """Return the units of a coordinate as text without blanks around it."""
    return str(coord.attrs.get("units", "")).strip()


def is_radians(coord):
    """Check whether the units of an angle are radians."""
    return units_of(coord).lower().startswith("rad")


def may_be_radians(latitudes):
    """Check whether latitudes are between -pi/2 and pi/2."""
    finite = latitudes[np.isfinite(latitudes)]
    return finite.size > 1 and np.abs(finite).max() <= 1.571


def is_bare(coord):
    """Check whether a coordinate has no attribute that says what its values are."""
    return not {"units", "standard_name", "axis"} & {*coord.attrs}


def may_be_indices(values):
    """Check whether the values of an axis are 0, 1, 2, ... or 1, 2, 3, ..."""
    if values.ndim != 1 or values[0] not in (0, 1):
        return False
    return np.array_equal(values, values[0] + np.arange(len(values)))


def degrees(coord):
    """Return the values of an angle in degrees, converted from radians."""
    values = np.asarray(coord.values, dtype=float)
    return np.rad2deg(values) if is_radians(coord) else values


def find_coord(data, key, dims, listed=()):
    """Find the coordinate that holds the latitude or the longitude, or return None.

    Of several, that with most dimensions is the true one. Of those, one that the
    variables list as theirs is chosen.

    Parameters
    ----------
    data : DataArray or Dataset
    key : {"latitude", "longitude"}
    dims : sequence of str
        Dimensions that a coordinate may have.
    listed : sequence of str, default=()
        Names that `listed_coords` returned.

    Returns
    -------
    name : str or None

    Raises
    ------
    ValueError
        If two coordinates with different values are equally good.
    """
    names = find_coords(data, key, dims)
    rivals = [name for name in names if data[name].ndim == data[names[0]].ndim]
    if len(rivals) > 1:
        own = [name for name in rivals if name in (listed or listed_coords(data))]
        rivals = own if len(own) == 1 else rivals
    for name in rivals[1:]:
        first, second = data[rivals[0]], data[name]
        if first.dims != second.dims or not same(degrees(second), degrees(first)).all():
            raise ValueError(
                f"The coordinates {rivals[0]!r} and {name!r} both hold a {key}, and "
                f"differ. Drop one of them, for example data.drop_vars({name!r})."
            )
    return rivals[0] if rivals else None


def listed_coords(data):
    """Return the coordinates that all variables list as theirs, as in CF files."""
    arrays = [data] if isinstance(data, xr.DataArray) else [*data.data_vars.values()]
    listed = [{*str(a.encoding.get("coordinates", "")).split()} for a in arrays]
    common = set.intersection(*listed) if listed else set()
    return sorted(common & {*data.coords})


def coordinate_variables(data):
    """Return the variables of a Dataset that hold latitudes, longitudes or times."""
    found = described(data.data_vars).cf.coordinates
    keys = ("latitude", "longitude", "time")
    return [name for key in keys for name in found.get(key, [])]


def bounds_of(data):
    """Return the names of the variables that hold the bounds of grid cells or times."""
    names = set()
    for variable in data.variables.values():
        for source in (variable.attrs, variable.encoding):
            names |= {str(source.get(key, "")) for key in ("bounds", "climatology")}
    for name in data.data_vars:
        match = BOUNDS.fullmatch(str(name))
        of = next(filter(None, match.groups()), "") if match else ""
        if of in data.coords or of in data.dims:
            names.add(name)
    return names - {""}


def auxiliary_variables(data):
    """Return the names of the variables that hold flags, counts or uncertainties."""
    mixed = any(variable.dtype.kind == "f" for variable in data.data_vars.values())
    return {n for n, v in data.data_vars.items() if _is_auxiliary(v, mixed)}


def _is_auxiliary(variable, mixed):
    """Check one variable; integers without units beside floats are flags or counts."""
    units, names = units_of(variable), _names_of(variable)
    if FLAGS & {*variable.attrs} or units.lower() in ("count", "counts"):
        return True
    if any(AUXILIARY.search(text) for text in names):
        return True
    if units:
        return False
    whole = variable.dtype.kind in "iu" and not {*PACKING} & {*variable.attrs}
    return (mixed and whole) or any(CODES.search(text) for text in names)


def _names_of(variable):
    """Return the name of a variable and those in its attributes."""
    keys = ("standard_name", "long_name")
    return [str(variable.name), *(str(variable.attrs.get(key, "")) for key in keys)]
