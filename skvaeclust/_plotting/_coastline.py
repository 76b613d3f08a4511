"""Coastline of maps: Natural Earth, 1:110 million, in the public domain."""

from functools import cache
from importlib.resources import files

import numpy as np

from skvaeclust._plotting._grid import TURN
from skvaeclust._plotting._map_axes import coordinates, is_geographic

# Made by tools/make_coastline.py.
FILE = files("skvaeclust._plotting") / "data" / "natural_earth_110m.npz"


@cache
def read_coastline():
    """Return longitude and latitude, with NaN between lines; stored as 0.01 degrees."""
    with FILE.open("rb") as stream, np.load(stream) as arrays:
        return np.insert(arrays["points"] / 100, arrays["ends"], np.nan, axis=0)


def draw_coastline(axes, grid, transform):
    """Draw the coastline of the grid or, on longitude and latitude, Natural Earth."""
    if grid.coastline is False:
        return
    own = grid.coastline is not True
    for ax in axes:
        in_projection = is_geographic(ax)
        if not (own or grid.in_degrees or in_projection):
            continue
        points = grid.coastline if own else read_coastline()
        where = coordinates(ax, transform if own else None)
        # Repeated 360 degrees to the east and west.
        repeated = grid.in_degrees and not in_projection
        for turn in (-TURN, 0, TURN) if repeated else (0,):
            _draw_lines(ax, points + np.array([turn, 0]), where)


def _draw_lines(ax, points, where):
    """Draw lines, with NaN between them, without a change of the limits."""
    from matplotlib.collections import LineCollection

    gaps = np.flatnonzero(np.isnan(points).any(axis=1))
    lines = [line[~np.isnan(line).any(axis=1)] for line in np.split(points, gaps)]
    lines = [line for line in lines if len(line) > 1]
    style = {"colors": "0.25", "linewidths": 0.5, "zorder": 2}
    ax.add_collection(LineCollection(lines, **style, **where), autolim=False)
