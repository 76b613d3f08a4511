"""Grid of a map: coordinates, units and coastline."""

from dataclasses import dataclass, replace

import numpy as np

from skvaeclust._arguments import check_flag, refuse_text
from skvaeclust._fields import as_array
from skvaeclust._units import canonical, typeset
from skvaeclust._words import shown

DEGREES = "degrees"
TURN = 360
POLE = 90.01  # latitude, with rounding errors


@dataclass(frozen=True, eq=False)
class MapGrid:
    """Grid of a map: coordinates, units and coastline.

    Parameters
    ----------
    x, y : array-like of shape (width,) and (height,), or both of shape (height, \
            width), default=None
        Coordinates. On curvilinear grids, they may be NaN, for instance on land. None
        uses grid indices, with the first row at the bottom; ``y=-np.arange(height)``
        draws the first row of images at the top.
    xy_units : str, default=""
        Units of x and y, for instance "km". With "degrees", x is longitude and y is
        latitude.
    units : str or sequence of str, default=""
        Units of the channels: one for all, or one per channel.
    quantity : str or sequence of str, default=""
        Name of the shaded quantity, for the colour bar, or one name per channel.
    coastline : bool or array-like of shape (n_points, 2), default=True
        Whether to draw the coastline of Natural Earth (1:110 million, part of the
        package) on maps of longitude and latitude. An array is another coastline, in
        the coordinates of the map, with NaN between its lines.
    anomalies : bool, default=False
        Whether fields are anomalies, for the label of the colour bar.

    Raises
    ------
    ValueError
        If coordinates are not finite, or x, y or coastline has another shape or type.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import MapGrid
    >>> grid = MapGrid(np.arange(-40, 20), np.arange(30, 60), "degrees", units="hPa")
    """

    x: np.ndarray | None = None
    y: np.ndarray | None = None
    xy_units: str = ""
    units: str | list[str] = ""
    quantity: str | list[str] = ""
    coastline: np.ndarray | bool = True
    anomalies: bool = False

    def __post_init__(self):
        if self.coastline is None or isinstance(self.coastline, str):
            raise ValueError(
                f"coastline={self.coastline!r} must be True, False or an array."
            )
        if not isinstance(self.xy_units, str):
            raise ValueError(f"xy_units={shown(self.xy_units)} must be a str.")
        check_flag(self.anomalies, "anomalies")
        for name in ("x", "y", "coastline"):
            value = getattr(self, name)
            refuse_text(value, name, "an array")
            if not isinstance(value, bool | None):
                object.__setattr__(self, name, as_array(value, float))
        xy = [a for a in (self.x, self.y) if a is not None]
        shapes = [a.shape for a in xy]
        n_dims = {a.ndim for a in xy}
        if n_dims not in (set(), {1}, {2}) or (n_dims == {2} and len(set(shapes)) > 1):
            raise ValueError(
                "x and y must have the shapes (width,) and (height,), or both (height, "
                f"width); got {' and '.join(map(str, shapes))}."
            )
        known = [np.isfinite(a) for a in xy]
        known = [np.logical_and.reduce(known).any()] if n_dims == {2} else known
        if not all(np.all(a) for a in known):
            raise ValueError("x and y must be finite; got NaN or infinite values.")
        if self.in_degrees and self.y is not None and np.nanmax(np.abs(self.y)) > POLE:
            raise ValueError(
                "y must be latitudes from -90 to 90 degrees, got values from "
                f"{np.nanmin(self.y):g} to {np.nanmax(self.y):g}."
            )
        shape = np.shape(self.coastline)
        if shape and (len(shape) != 2 or shape[1] != 2):
            raise ValueError(f"coastline must have shape (n_points, 2), got {shape}.")

    @property
    def in_degrees(self):
        """Whether x is longitude and y is latitude."""
        return canonical(self.xy_units) == canonical(DEGREES)

    def completed_by(self, other):
        """Fill in unset values from another grid."""
        unset = {
            name: field.default for name, field in self.__dataclass_fields__.items()
        }
        given = vars(self).items()
        return replace(other, **{k: v for k, v in given if v is not unset[k]})

    def coordinates(self, shape):
        """Return x and y for fields of a shape, and which points have coordinates.

        NaN is filled, and longitudes are made continuous.
        """
        height, width = shape
        x = np.arange(float(width)) if self.x is None else self.x
        y = np.arange(float(height)) if self.y is None else self.y
        if (x.shape, y.shape) not in (((width,), (height,)), (shape, shape)):
            raise ValueError(
                f"x and y must have the shapes ({width},) and ({height},), or both "
                f"{shape}; got {x.shape} and {y.shape}."
            )
        known = np.isfinite(x) & np.isfinite(y) if x.ndim == 2 else np.ones(shape, bool)
        if not known.all():
            x, y = (_fill(np.where(known, a, np.nan)) for a in (x, y))
        return join_longitudes(x) if self.in_degrees else x, y, known

    def label(self, channel, arrows, n_channels):
        """Return the label of the colour bar; without channel, of the speed."""
        units = self.units_of(arrows[0] if channel is None else channel, n_channels)
        if channel is None:
            speed = isinstance(self.quantity, str) and self.quantity
            name = speed or ("speed of the anomaly" if self.anomalies else "speed")
        else:
            name = self._of_channel("quantity", channel, n_channels)
        if self.anomalies and "anomal" not in name:
            name = f"{name} anomaly".strip()
        return f"{name} ({units})" if name and units else name or units

    def units_of(self, channel, n_channels):
        """Return the units of a channel, for a label."""
        return typeset(self._of_channel("units", channel, n_channels))

    def _of_channel(self, name, channel, n_channels):
        value = getattr(self, name)
        if isinstance(value, str):
            return value
        if np.ndim(value) != 1 or len(value) != n_channels:
            raise ValueError(
                f"{name}={value!r} must be a str, or {n_channels} str, one per channel."
            )
        return value[channel]


def check_grid(grid):
    """Check that a grid is a MapGrid, and return it; one of indices for None."""
    if grid is not None and not isinstance(grid, MapGrid):
        raise TypeError(f"grid={shown(grid)} must be a MapGrid.")
    return MapGrid() if grid is None else grid


def _fill(values):
    """Replace NaN with the value of a neighbour, preferably in the same row."""
    import pandas as pd

    return pd.DataFrame(values).ffill(axis=1).bfill(axis=1).ffill().bfill().to_numpy()


def join_longitudes(x):
    """Add multiples of 360 degrees until neighbours differ by at most 180.

    For example, 120 to 180 followed by -180 to -120 becomes 120 to 240.
    """
    joined = np.unwrap(x, period=TURN)
    if x.ndim == 2:
        first = joined[:, 0]
        joined = joined + (np.unwrap(first, period=TURN) - first)[:, None]
    return joined


def close_circle(start, x, *arrays):
    """Make grids of all longitudes begin at ``start``, and repeat the first column.

    2D longitudes are left as they are. Return a list of x and the arrays.
    """
    step = (x[-1] - x[0]) / (len(x) - 1)
    if x.ndim == 2 or abs(abs(step) * len(x) - TURN) > 0.1 * abs(step):
        return [x, *arrays]
    x = start + (x - start) % TURN
    order = np.argsort(x)
    order = np.append(order, order[0])
    x = x[order] + np.append(np.zeros(len(x)), TURN)
    return [x, *(a if a is None else a[..., order] for a in arrays)]
