"""The grid of labelled fields: variables, dimensions, coordinates and weights."""

import numpy as np
import xarray as xr

from skvaeclust._arguments import as_numbers
from skvaeclust._attrs import plain
from skvaeclust._axes import order_of, same
from skvaeclust._coordinates._coords import constant_coords, coords_on
from skvaeclust._coordinates._metadata import (
    degrees,
    find_coord,
    find_coords,
    is_bare,
    is_radians,
    listed_coords,
    may_be_indices,
    may_be_radians,
    units_of,
)
from skvaeclust._coordinates._orientation import orientation_of
from skvaeclust._grids._variables import (
    check_decoded,
    field_dims,
    refuse_types,
    rename_clashes,
)
from skvaeclust._units import differ

POLE = 1e-3  # smallest weight, since grid cells at a pole still have an area


class GridMismatchError(ValueError):
    """Points or coordinates that differ from those of a grid."""


class Grid:
    """Variables and coordinates of one sample.

    Attributes
    ----------
    variables : list of str
        Names of the variables, which become channels.
    attrs : list of dict
        Attributes of each variable.
    dims : list of str
        Dimensions of the grid.
    shape : list of int
        Number of points along each.
    coords : Dataset
        The coordinates of the grid, scalar ones included.
    listed : list of str
        Coordinates that all variables list as theirs, as in CF files.
    field_dims : list of str
        Dimensions without those of size 1 that are left out of fields.
    orientation : tuple
        How fields are turned northward and eastward; see `orientation_of`.
    latitudes, longitudes : list of str
        Names of the coordinates that hold them, those with most dimensions first.
    """

    def __init__(self, data, dim):
        """Learn the grid of a Dataset."""
        first = next(iter(data.data_vars.values()))
        self.variables = [*data.data_vars]
        self.attrs = [plain(data[name].attrs) for name in self.variables]
        self.dims = [name for name in first.dims if name != dim]
        self.shape = [data.sizes[name] for name in self.dims]
        fixed = constant_coords(data, self.dims)
        self._refuse_moving(data, [n for n in data.coords if n not in fixed.coords])
        self.coords = coords_on(fixed, self.dims)
        self.listed = listed_coords(data)
        self.latitudes = find_coords(data, "latitude", self.dims)
        self.longitudes = find_coords(data, "longitude", self.dims)
        self.field_dims = field_dims(dict(zip(self.dims, self.shape, strict=True)))
        self.orientation = orientation_of(self.coords, self.field_dims)

    def _refuse_moving(self, data, names):
        """Raise an error if latitudes or longitudes vary with the samples."""
        for key in ("latitude", "longitude"):
            moving = [n for n in find_coords(data, key, data.dims) if n in names]
            if moving:
                dims = [dim for dim in data[moving[0]].dims if dim not in self.dims]
                raise ValueError(
                    f"{moving[0]!r} varies with {dims[0]!r}, so that points have no "
                    "fixed position. Interpolate the fields to a fixed grid, or drop "
                    f"the coordinate, for example data.drop_vars({moving[0]!r})."
                )

    @property
    def n_points(self):
        """Values per sample."""
        return len(self.variables) * int(np.prod(self.shape))

    @property
    def field_shape(self):
        """Shape of a field as `orient` returns it."""
        shape = self.stored_shape[1:]
        return (len(self.variables), *(shape[::-1] if self.orientation[0] else shape))

    @property
    def stored_shape(self):
        """Shape of a field in the order of the data."""
        sizes = dict(zip(self.dims, self.shape, strict=True))
        return (len(self.variables), *(sizes[name] for name in self.field_dims))

    def align(self, data):
        """Reorder variables, dimensions and axes to those of the grid.

        Parameters
        ----------
        data : Dataset

        Returns
        -------
        data : Dataset
            On the dimensions of the samples, then on those of the grid.

        Raises
        ------
        ValueError
            If a variable, a unit or a coordinate differs from that of the grid.
        """
        data = rename_clashes(data)
        missing = [name for name in self.variables if name not in data.data_vars]
        if missing:
            raise ValueError(
                f"Expected the variables {self.variables}, got {[*data.data_vars]} "
                f"without {missing[0]!r}. Rename or add it."
            )
        data = constant_coords(data[self.variables], self.dims)
        check_decoded(data)
        refuse_types(data)
        for name, attrs in zip(self.variables, self.attrs, strict=True):
            units = data[name].attrs.get("units")
            if differ(units, attrs.get("units")):
                raise ValueError(
                    f"Expected {name!r} in the units {attrs['units']!r} of fit, got "
                    f"{units!r}."
                )
            absent = [d for d in self.dims if d not in data[name].dims]
            if absent:
                raise GridMismatchError(
                    f"{name!r} must have the dimension {absent[0]!r} as in fit, got "
                    f"{data[name].dims}. Rename the dimensions."
                )
        for dim in self.dims:
            data = self._align_axis(data, dim)
        self._compare_other_coords(data)
        dims = self.sample_dims(data)
        return data.transpose(*dims, *self.dims).unify_chunks()

    def _align_axis(self, data, dim):
        """Reorder one axis so that its coordinate equals the fitted one."""
        size = self.shape[self.dims.index(dim)]
        if data.sizes[dim] != size:
            raise GridMismatchError(
                f"Expected {size} points along {dim!r} as in fit, got "
                f"{data.sizes[dim]}."
            )
        if dim not in self.coords:
            return data
        if dim not in data.coords:
            raise GridMismatchError(
                f"Expected the coordinate {dim!r} as in fit, got {[*data.coords]}."
            )
        fitted = self.coords[dim].values
        values = np.asarray(data[dim].values)
        period = self._period(dim)
        equal = same(values, fitted, period)
        if equal.all():
            return data
        order = order_of(values, fitted, period)
        if order is not None:
            return data.isel({dim: order})
        i = int(np.argmin(equal))
        raise GridMismatchError(
            f"The coordinate {dim!r} differs from that of fit: expected {fitted[i]} at "
            f"point {i}, got {values[i]}."
        )

    def _period(self, name):
        """Return the period of a longitude, or None for other coordinates."""
        if name not in self.longitudes:
            return None
        return 2 * np.pi if is_radians(self.coords[name]) else 360.0

    def _compare_other_coords(self, data):
        """Check coordinates that are not axes, such as two-dimensional ones."""
        for name, coord in self.coords.coords.items():
            dims, fitted = coord.dims, coord.values
            if name in self.dims or name not in data.coords or not dims:
                continue
            values = data[name].transpose(*dims).values
            equal = same(values, fitted, self._period(name))
            if not equal.all():
                place = tuple(int(i) for i in np.argwhere(~equal)[0])
                raise GridMismatchError(
                    f"The coordinate {name!r} differs from that of fit: expected "
                    f"{fitted[place]} at {dict(zip(dims, place, strict=True))}, got "
                    f"{values[place]}."
                )

    def sample_dims(self, data):
        """Return the dimensions of the samples of an aligned Dataset."""
        first = data[self.variables[0]]
        return [name for name in first.dims if name not in self.dims]

    def rows(self, data):
        """Return the values of an aligned Dataset, shape (n_samples, n_points)."""
        arrays = [np.asarray(data[name].values) for name in self.variables]
        axis = arrays[0].ndim - len(self.dims)
        return np.stack(arrays, axis=axis).reshape(-1, self.n_points)

    def to_dataset(self, rows, dims, sizes, coords=None):
        """Convert rows (n_samples, n_points) to a Dataset on the grid."""
        wrong = [dim for dim in dims if not isinstance(dim, str) or dim in self.dims]
        if wrong:
            raise ValueError(
                f"dim={wrong[0]!r} must be the name of a new dimension, and not of "
                f"the grid {self.dims}."
            )
        fields = rows.reshape(*sizes, len(self.variables), *self.shape)
        axis = len(sizes)
        encoding = {"coordinates": " ".join(self.listed)} if self.listed else {}
        coords = {} if coords is None else coords
        grid = self.coords.drop_vars([n for n in coords if n in self.coords.coords])
        return grid.assign_coords(coords).assign(
            {
                name: ([*dims, *self.dims], fields.take(i, axis=axis), attrs, encoding)
                for i, (name, attrs) in enumerate(
                    zip(self.variables, self.attrs, strict=True)
                )
            }
        )

    def latitude(self):
        """Return the latitude of every point of the grid, degrees."""
        name = find_coord(self.coords, "latitude", self.dims, self.listed)
        if name is None:
            raise ValueError(
                "weights='coslat' needs a latitude on the grid: a coordinate with "
                "standard_name 'latitude', units 'degrees_north' or a name such as "
                "'lat', and values from -90 to 90 degrees. Got the coordinates "
                f"{[*self.coords.coords]}. Assign one, or pass weights."
            )
        coord = self.coords[name]
        if not units_of(coord) and may_be_radians(coord.values):
            raise ValueError(
                f"{name!r} has no units, and its values may be radians, from "
                f"{coord.values.min():.4g} to {coord.values.max():.4g}. Set its "
                "attribute units to 'radians' or 'degrees_north'."
            )
        if is_bare(coord) and may_be_indices(coord.values):
            raise ValueError(
                f"{name!r} has no units, and its values {coord.values[0]:g}, "
                f"{coord.values[1]:g}, ... may be numbers of rows. Set its attribute "
                "units to 'degrees_north', or assign the latitudes."
            )
        return self._on_grid(xr.Variable(coord.dims, degrees(coord)))

    def _on_grid(self, variable):
        """Broadcast a variable to the dimensions of the grid."""
        sizes = dict(zip(self.dims, self.shape, strict=True))
        return variable.set_dims(sizes).transpose(*self.dims).values

    def area(self, weights, valid):
        """Return the weight of every valid point of all variables.

        Parameters
        ----------
        weights : None, "coslat", DataArray or array-like of the shape of the grid
            A DataArray may lack dimensions of the grid, and is aligned by coordinates.
        valid : ndarray of bool of shape (n_points,)
            Weights of other points may be 0 or missing.

        Returns
        -------
        area : ndarray of shape (n_valid,)
        """
        if weights is None:
            return np.ones(int(valid.sum()))
        if isinstance(weights, xr.Dataset):
            raise TypeError(
                f"weights must be a DataArray, got {[*weights]} in a Dataset."
            )
        if isinstance(weights, str):
            area = np.cos(np.deg2rad(self.latitude())).clip(min=POLE)
        elif isinstance(weights, xr.DataArray):
            area = self._align_weights(weights)
        else:
            area = as_numbers(weights, "weights")
        if area.shape != tuple(self.shape):
            raise ValueError(
                f"weights must have the shape {tuple(self.shape)} of the grid "
                f"{self.dims}, got {area.shape}. Weights that depend on some of the "
                "dimensions must be a DataArray."
            )
        area = np.tile(area.ravel(), len(self.variables))
        wrong = valid & ~(np.isfinite(area) & (area > 0))
        if wrong.any():
            point = int(np.argmax(wrong))
            raise ValueError(
                "weights must be finite and > 0 at all points with data, got "
                f"{area[point]} at {self.place(point)}."
            )
        return area[valid]

    def _align_weights(self, weights):
        """Return weights on the grid, from a DataArray in any order."""
        other = [dim for dim in weights.dims if dim not in self.dims]
        if other:
            raise ValueError(
                f"weights must have dimensions of the grid {self.dims}, got "
                f"{weights.dims}. Remove or rename {other[0]!r}."
            )
        if weights.dtype.kind not in "fiu":
            raise ValueError(f"weights must be numbers, got the type {weights.dtype}.")
        data = weights.astype(float).to_dataset(name="weights")
        for dim in weights.dims:
            if dim in self.coords and dim not in data.coords:
                data = data.assign_coords(
                    {dim: np.asarray(self.coords[dim].values)[: data.sizes[dim]]}
                )
            data = self._align_axis(data, dim)
        self._compare_other_coords(data)
        return self._on_grid(data["weights"].variable)

    def place(self, point):
        """Describe a point of a sample by its variable and its coordinates."""
        channel, *where = np.unravel_index(point, (len(self.variables), *self.shape))
        named = []
        for dim, i in zip(self.dims, where, strict=True):
            value = self.coords[dim].values[i] if dim in self.coords else int(i)
            named.append(f"{dim}={value}")
        return f"variable {self.variables[channel]!r}, {', '.join(named)}"
