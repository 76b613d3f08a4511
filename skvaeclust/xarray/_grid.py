"""The grid of labelled fields: variables, dimensions, coordinates and weights."""

import numpy as np
import xarray as xr

from skvaeclust.xarray._metadata import bounds_of, find_coords

POLE = 1e-3  # smallest weight, since grid cells at a pole still have an area


def as_dataset(data):
    """Convert a DataArray or a list of DataArrays to a Dataset."""
    if isinstance(data, xr.Dataset):
        return data
    arrays = [data] if isinstance(data, xr.DataArray) else data
    if not isinstance(arrays, list | tuple) or not all(
        isinstance(array, xr.DataArray) for array in arrays
    ):
        raise TypeError(
            "Expected an xarray Dataset, a DataArray or a list of DataArrays, got "
            f"{type(data).__name__}."
        )
    names = [
        f"variable {i}" if array.name is None else str(array.name)
        for i, array in enumerate(arrays)
    ]
    if len(set(names)) < len(names):
        raise ValueError(f"The DataArrays must have different names, got {names}.")
    named = [array.rename(name) for array, name in zip(arrays, names, strict=True)]
    return xr.merge(named, join="exact", combine_attrs="drop_conflicts")


def fields_of(data, dim):
    """Select the numeric variables of a Dataset that have the sample dimension."""
    if dim not in data.dims:
        raise ValueError(
            f"dim={dim!r} is not a dimension of the data, which has "
            f"{[str(name) for name in data.dims]}."
        )
    bounds = bounds_of(data)
    names = [
        name
        for name in data.data_vars
        if dim in data[name].dims
        and name not in bounds
        and data[name].dtype.kind in "fiu"
    ]
    if not names:
        raise ValueError(
            f"Expected a numeric variable with the dimension {dim!r}, got {[*data]}."
        )
    first = set(data[names[0]].dims)
    for name in names:
        if set(data[name].dims) != first:
            raise ValueError(
                f"{name!r} has the dimensions {data[name].dims}, but {names[0]!r} has "
                f"{data[names[0]].dims}. All variables must be on the same grid."
            )
    return data[names]


def n_grid_dims(X, dim):
    """Return the number of dimensions of the grid of labelled data."""
    data = fields_of(as_dataset(X), dim)
    return next(iter(data.data_vars.values())).ndim - 1


def plain(attrs):
    """Select attributes whose values are text, numbers or arrays."""
    return {
        str(name): value
        for name, value in attrs.items()
        if isinstance(value, str | int | float | np.number | np.ndarray | list)
    }


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
    coords : dict
        Dimensions, values and attributes of each coordinate of the grid, by name.
    latitudes, longitudes : list of str
        Names of the coordinates that hold them, those with most dimensions first.
    """

    def __init__(self, data, dim):
        """Learn the grid of a Dataset."""
        first = next(iter(data.data_vars.values()))
        self.variables = [str(name) for name in data.data_vars]
        self.attrs = [plain(data[name].attrs) for name in data.data_vars]
        self.dims = [str(name) for name in first.dims if name != dim]
        self.shape = [data.sizes[name] for name in self.dims]
        self.coords = {
            str(name): (
                [str(d) for d in coord.dims],
                np.array(coord.values),
                plain(coord.attrs),
            )
            for name, coord in data.coords.items()
            if coord.dims and set(coord.dims) <= set(self.dims)
        }
        self.latitudes = find_coords(data, "latitude", self.dims)
        self.longitudes = find_coords(data, "longitude", self.dims)

    @property
    def n_points(self):
        """Values per sample."""
        return len(self.variables) * int(np.prod(self.shape))

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
        missing = [name for name in self.variables if name not in data.data_vars]
        if missing:
            raise ValueError(
                f"Expected the variables {self.variables}, got {[*data.data_vars]} "
                f"without {missing[0]!r}."
            )
        data = data[self.variables]
        for name, attrs in zip(self.variables, self.attrs, strict=True):
            units = data[name].attrs.get("units")
            if None not in (units, attrs.get("units")) and units != attrs["units"]:
                raise ValueError(
                    f"Expected {name!r} in the units {attrs['units']!r} of fit, got "
                    f"{units!r}."
                )
            absent = [d for d in self.dims if d not in data[name].dims]
            if absent:
                raise ValueError(
                    f"{name!r} must have the dimension {absent[0]!r}, got "
                    f"{data[name].dims}."
                )
        for dim in self.dims:
            data = self._align_axis(data, dim)
        self._compare_other_coords(data)
        return data.transpose(*self.sample_dims(data), *self.dims)

    def _align_axis(self, data, dim):
        """Reorder one axis so that its coordinate equals the fitted one."""
        size = self.shape[self.dims.index(dim)]
        if data.sizes[dim] != size:
            raise ValueError(
                f"Expected {size} points along {dim!r} as in fit, got "
                f"{data.sizes[dim]}."
            )
        if dim not in self.coords:
            return data
        if dim not in data.coords:
            raise ValueError(
                f"Expected the coordinate {dim!r} as in fit, got {[*data.coords]}."
            )
        fitted = self.coords[dim][1]
        values = np.asarray(data[dim].values)
        if same(values, fitted).all():
            return data
        if fitted.dtype.kind in "fiu" and values.dtype.kind in "fiu":
            sought, given = np.asarray(fitted, float), np.asarray(values, float)
            if dim in self.longitudes:
                sought, given = sought % 360, given % 360
            order = np.argsort(given)[np.argsort(np.argsort(sought))]
            if same(given[order], sought).all():
                return data.isel({dim: order})
        i = int(np.argmin(same(values, fitted)))
        raise ValueError(
            f"The coordinate {dim!r} differs from that of fit: expected {fitted[i]} at "
            f"point {i}, got {values[i]}."
        )

    def _compare_other_coords(self, data):
        """Check coordinates that are not axes, such as two-dimensional ones."""
        for name, (dims, fitted, _) in self.coords.items():
            if name in self.dims or name not in data.coords:
                continue
            values = data[name].transpose(*dims).values
            equal = same(values, fitted)
            if not equal.all():
                place = tuple(int(i) for i in np.argwhere(~equal)[0])
                raise ValueError(
                    f"The coordinate {name!r} differs from that of fit: expected "
                    f"{fitted[place]} at {dict(zip(dims, place, strict=True))}, got "
                    f"{values[place]}."
                )

    def sample_dims(self, data):
        """Return the dimensions of the samples of an aligned Dataset."""
        first = data[self.variables[0]]
        return [str(name) for name in first.dims if name not in self.dims]

    def rows(self, data):
        """Return the values of an aligned Dataset, shape (n_samples, n_points)."""
        arrays = [np.asarray(data[name].values) for name in self.variables]
        axis = arrays[0].ndim - len(self.dims)
        return np.stack(arrays, axis=axis).reshape(-1, self.n_points)

    def to_dataset(self, rows, dims, sizes, coords=()):
        """Convert rows (n_samples, n_points) to a Dataset on the grid."""
        fields = rows.reshape(*sizes, len(self.variables), *self.shape)
        axis = len(sizes)
        return xr.Dataset(
            {
                name: ([*dims, *self.dims], fields.take(i, axis=axis), attrs)
                for i, (name, attrs) in enumerate(
                    zip(self.variables, self.attrs, strict=True)
                )
            },
            coords={name: tuple(coord) for name, coord in self.coords.items()}
            | dict(coords),
        )

    def latitude(self):
        """Return the latitude of every point of the grid, degrees."""
        if not self.latitudes:
            raise ValueError(
                "weights='coslat' needs a latitude: a coordinate with standard_name "
                "'latitude', units 'degrees_north' or a name such as 'lat'. Got "
                f"{[*self.coords]}."
            )
        dims, values, _ = self.coords[self.latitudes[0]]
        sizes = dict(zip(self.dims, self.shape, strict=True))
        return xr.Variable(dims, values).set_dims(sizes).values

    def area(self, weights):
        """Return the weight of every point of the grid.

        Parameters
        ----------
        weights : None, "coslat" or array-like of the shape of the grid

        Returns
        -------
        area : ndarray of shape (n_points of one variable,)
        """
        if weights is None:
            return np.ones(int(np.prod(self.shape)))
        if isinstance(weights, str):
            weights = np.cos(np.deg2rad(self.latitude())).clip(min=POLE)
        area = np.asarray(weights, dtype=float)
        if area.shape != tuple(self.shape):
            raise ValueError(
                f"weights must have the shape {tuple(self.shape)} of the grid "
                f"{self.dims}, got {area.shape}."
            )
        valid = np.isfinite(area) & (area > 0)
        if not valid.all():
            raise ValueError(f"weights must be finite and > 0, got {area[~valid][0]}.")
        return area.ravel()

    def scale(self, variance, valid, scale):
        """Return the divisor of anomalies at every valid point.

        Parameters
        ----------
        variance : ndarray of shape (n_valid,)
        valid : ndarray of bool of shape (n_points,)
        scale : {None, "common", "variable"}

        Returns
        -------
        scale : ndarray of shape (n_valid,)
        """
        if scale is None:
            return np.ones(len(variance))
        channel = np.flatnonzero(valid) // int(np.prod(self.shape))
        if scale == "common":
            of_point = np.full(len(variance), variance.mean())
        else:
            with np.errstate(invalid="ignore"):  # a variable without valid points
                means = np.bincount(channel, variance) / np.bincount(channel)
            of_point = means[channel]
        if (of_point == 0).any():
            name = self.variables[channel[int(np.argmin(of_point))]]
            raise ValueError(f"{name!r} is constant and cannot be scaled.")
        return np.sqrt(of_point)

    def place(self, point):
        """Describe a point of a sample by its variable and its coordinates."""
        channel, *where = np.unravel_index(point, (len(self.variables), *self.shape))
        named = []
        for dim, i in zip(self.dims, where, strict=True):
            value = self.coords[dim][1][i] if dim in self.coords else int(i)
            named.append(f"{dim}={value}")
        return f"variable {self.variables[channel]!r}, {', '.join(named)}"


def same(values, fitted):
    """Compare coordinates elementwise; numbers to the precision of float32."""
    if fitted.dtype.kind not in "fiu" or values.dtype.kind not in "fiu":
        return values == fitted
    step = np.ptp(fitted) / max(1, fitted.size) if fitted.size else 0.0
    return np.abs(values - fitted) <= 1e-6 * np.abs(fitted) + 1e-3 * step
