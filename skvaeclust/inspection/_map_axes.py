"""Axes of maps: grids, degrees, coastlines, projections of cartopy."""

import warnings
from itertools import product

import numpy as np

from skvaeclust._warnings import warn
from skvaeclust.inspection._style import (
    CENTIMETRE,
    LAND,
    PAGE_WIDTH,
    make_axes,
    width_of,
)

DEGREES = "degrees"
COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}  # columns by number of maps


def as_grid(x, y, shape):
    """Return the coordinates of a grid; None is replaced by indices.

    Parameters
    ----------
    x, y : array-like of shape (width,) and (height,), or both of shape \
            (height, width), or None
    shape : tuple of two int
        (height, width)

    Returns
    -------
    x, y : ndarray
    """
    height, width = shape
    x = np.arange(width) if x is None else np.asarray(x, dtype=float)
    y = np.arange(height) if y is None else np.asarray(y, dtype=float)
    if (x.shape, y.shape) not in (((width,), (height,)), (shape, shape)):
        raise ValueError(
            f"x and y must have the shapes ({width},) and ({height},), or both "
            f"{shape}; got {x.shape} and {y.shape}."
        )
    return x, y


def is_geographic(ax):
    """Tell whether axes are a map of cartopy."""
    return hasattr(ax, "projection")


def coordinates(ax, transform=None):
    """Return the keyword that tells axes of cartopy what x and y are."""
    if not is_geographic(ax):
        return {}
    if transform is None:
        from cartopy.crs import PlateCarree

        transform = PlateCarree()
    return {"transform": transform}


def _stretch(y, xy_units):
    """Return the length of a unit of y on paper, in units of x."""
    if xy_units != DEGREES:
        return 1.0
    middle = np.deg2rad((np.min(y) + np.max(y)) / 2)
    return 1 / max(np.cos(middle), 0.2)


def make_map_axes(axes, n_maps, x, y, xy_units, n_columns, projection):
    """Check the given axes, or make a figure whose maps fill the width of a page.

    Returns
    -------
    figure : matplotlib Figure
    axes : ndarray of shape (n_maps,)
    """
    columns = n_columns or COLUMNS.get(n_maps, 4)
    rows = -(-n_maps // columns)
    width = PAGE_WIDTH if columns > 1 else PAGE_WIDTH / 2
    labels = CENTIMETRE * (1.4 if xy_units else 0.4)
    ratio = np.ptp(y) * _stretch(y, xy_units) / max(np.ptp(x), 1e-12)
    if projection is not None:
        ratio = 0.75
    height = (width - labels) / columns * min(max(ratio, 0.3), 1.6)
    kind = {} if projection is None else {"projection": projection}
    return make_axes(
        axes,
        n_maps,
        nrows=rows,
        ncols=columns,
        figsize=(width, rows * (height + 0.75 * CENTIMETRE) + labels + CENTIMETRE),
        sharex=projection is None,
        sharey=projection is None,
        subplot_kw=kind,
        layout="compressed",  # maps keep their aspect
    )


def _degrees(letters):
    """Return a formatter of degrees, such as 30°W."""

    def write(value, _):
        value = (value + 180) % 360 - 180 if letters == "EW" else value
        letter = "" if value == 0 else letters[int(value < 0)]
        return f"{abs(value):g}°{letter}"

    return write


def prepare_map(ax, x, y, xy_units, transform):
    """Set the limits, the aspect and the labels of the axes of a map."""
    ax.set_facecolor(LAND)
    extent = (np.min(x), np.max(x), np.min(y), np.max(y))
    if is_geographic(ax):
        _prepare_geographic(ax, extent, transform)
        return
    ax.set(xlim=extent[:2], ylim=extent[2:], aspect=_stretch(y, xy_units))
    if xy_units == DEGREES:
        ax.xaxis.set_major_formatter(_degrees("EW"))
        ax.yaxis.set_major_formatter(_degrees("NS"))
    elif xy_units:
        ax.set(xlabel=f"x ({xy_units})", ylabel=f"y ({xy_units})")
    else:
        ax.set(xticks=[], yticks=[])
    if xy_units:
        steps = [1, 1.5, 2, 3, 5, 10]
        ax.locator_params(nbins=4, steps=steps)
        ax.locator_params("x", nbins=int(np.clip(width_of(ax) / 1.6, 2, 4)))
    if ax.get_subplotspec() is not None:
        ax.label_outer(remove_inner_ticks=True)


def _prepare_geographic(ax, extent, transform):
    """Cut a map of cartopy to its longitudes and latitudes, and name some of them."""
    from matplotlib.path import Path

    west, east, south, north = extent
    if transform is None and east - west < 350:
        crs = coordinates(ax)["transform"]
        ax.set_extent(extent, crs=crs)
        along = np.linspace(0, 1, 60)
        edge = np.concatenate(
            [
                np.column_stack([west + (east - west) * along, 0 * along + south]),
                np.column_stack(
                    [west + (east - west) * along[::-1], 0 * along + north]
                ),
            ]
        )
        ax.set_boundary(Path(np.append(edge, edge[:1], axis=0)), transform=crs)
    spec = ax.get_subplotspec()
    labels = {
        "bottom": "x" if spec is None or spec.is_last_row() else "",
        "left": "y" if spec is None or spec.is_first_col() else "",
    }
    ax.gridlines(
        draw_labels={side: axis for side, axis in labels.items() if axis},
        linewidth=0.3,
        color="0.5",
        x_inline=False,
        y_inline=False,
        rotate_labels=False,
    )


def draw_coastline(axes, coastline, transform):
    """Draw a coastline: the one that is given, or on axes of cartopy its own."""
    if coastline is None:
        maps = [ax for ax in axes if is_geographic(ax)]
        for ax in maps if maps and has_natural_earth() else ():
            ax.coastlines("110m", linewidth=0.5, color="0.25")
    elif coastline is not False:
        points = np.asarray(coastline, dtype=float)
        parts = np.split(points, np.flatnonzero(np.isnan(points[:, 0])))
        for ax, part in product(axes, parts):
            ax.plot(
                *part[~np.isnan(part[:, 0])].T,
                color="0.25",
                linewidth=0.5,
                scalex=False,
                scaley=False,
                **coordinates(ax, transform),
            )


def has_natural_earth():
    """Tell whether cartopy has, or can download, the coastline of Natural Earth."""
    from cartopy.io import DownloadWarning
    from cartopy.io.shapereader import natural_earth

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DownloadWarning)
            natural_earth("110m", "physical", "coastline")
    except OSError as error:
        warn(
            f"The coastline of cartopy could not be downloaded ({error}). Pass one as "
            "coastline, or coastline=False.",
            UserWarning,
        )
        return False
    return True
