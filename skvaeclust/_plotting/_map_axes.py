"""Axes of maps: size, ticks, cartopy projections."""

from functools import partial

import numpy as np

from skvaeclust._plotting._style import (
    CENTIMETRE,
    LAND,
    PAGE_WIDTH,
    check_columns,
    make_axes,
    size_of,
)
from skvaeclust._units import typeset

COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}  # columns by number of maps
MAX_COLUMNS = 6  # for maps taller than TALL times their width
TALL, FLAT = 1.6, 0.08
PAGE_HEIGHT = 21 * CENTIMETRE
AROUND = 350  # minimum extent of global maps, degrees of longitude


def is_geographic(ax):
    """Return whether axes are a cartopy map."""
    return hasattr(ax, "projection")


def coordinates(ax, transform=None):
    """Return the keyword argument for the coordinate system of cartopy axes."""
    return {"transform": _crs(transform)} if is_geographic(ax) else {}


def _crs(transform):
    """Return the coordinate system of x and y, by default longitude and latitude."""
    from cartopy.crs import PlateCarree

    return PlateCarree() if transform is None else transform


def _range(values):
    return np.min(values), np.max(values)


def _stretch(y, grid):
    """Return the drawn length of a unit of y, relative to a unit of x."""
    if not grid.in_degrees:
        return 1.0
    middle = np.deg2rad(np.mean(_range(y)))
    return 1 / max(np.cos(middle), 0.2)


def make_map_axes(axes, n_maps, xy, grid, n_columns, projection, transform):
    """Check given axes, or make a figure with maps across a page.

    ``xy`` are the coordinates x and y. Return the figure and an array of axes.
    """
    check_columns(n_columns)
    for name, crs in (("projection", projection), ("transform", transform)):
        if crs is not None and not hasattr(crs, "transform_points"):
            raise TypeError(f"{name}={crs!r} must be a CRS of cartopy.")
    ratio = _ratio(*xy, grid, projection, transform)
    tall = MAX_COLUMNS if ratio > TALL else COLUMNS.get(n_maps, 4)
    columns = min(n_columns or tall, n_maps)
    rows = -(-n_maps // columns)
    width = PAGE_WIDTH if columns > 1 else PAGE_WIDTH / 2
    labels = CENTIMETRE * (1.4 if grid.xy_units or projection else 0.4)
    panel = (width - labels) / columns
    height = min(panel * ratio, PAGE_HEIGHT / rows)
    if height < panel * ratio:
        panel = height / ratio + 0.3 * CENTIMETRE
        width = max(PAGE_WIDTH / 2, columns * panel + labels)
    given, total = axes, rows * (height + 0.75 * CENTIMETRE) + labels + CENTIMETRE
    figure, axes = make_axes(
        given,
        n_maps,
        nrows=rows,
        ncols=columns,
        figsize=(width, total),
        sharex=projection is None,
        sharey=projection is None,
        subplot_kw={} if projection is None else {"projection": projection},
        layout="compressed",  # keeps the aspect of maps
    )
    if given is None:  # space for titles, which cartopy moves up
        room = 0.15 * CENTIMETRE / total
        figure.get_layout_engine().set(rect=(0, 0, 1, 1 - room))
    return figure, axes


def _ratio(x, y, grid, projection, transform):
    """Return the ratio of the height of a map to its width."""
    width, height = np.ptp(x), np.ptp(y) * _stretch(y, grid)
    if projection is not None:
        if transform is None and width >= AROUND:
            edge = _circle(projection, *_range(y))
            limits = projection.x_limits, projection.y_limits
            width, height = np.ptp(limits if edge is None else edge.T, axis=1)
        else:
            x, y = (x, y) if x.ndim == 2 else np.meshgrid(x, y)
            points = projection.transform_points(_crs(transform), x, y)[..., :2]
            points = points[np.isfinite(points).all(axis=-1)]
            width, height = np.ptp(points, axis=0) if len(points) else (1, 1)
    return max(height / max(width, 1e-12), FLAT)


def _write_degrees(value, _, letters):
    """Format degrees, for example 30°W."""
    value = round(value, 9)
    if letters == "EW":
        value = (value + 180) % 360 - 180
    letter = "" if value in (0, -180) else letters[int(value < 0)]
    return f"{abs(value):g}°{letter}"


def _ticks(n, in_degrees, low, high):
    """Return a locator with round steps, in degrees also 15, 30, 45, 60 and 90."""
    from matplotlib.ticker import MaxNLocator

    wide = in_degrees and high - low > 10 * n
    steps = [1, 1.5, 2, 3, 4.5, 6, 9, 10] if wide else [1, 1.5, 2, 3, 5, 10]
    return MaxNLocator(n, steps=steps)


def _n_ticks(ax, ratio):
    """Return how many ticks fit along x and y of a map."""
    width, height = size_of(ax)
    width, height = min(width, height / ratio), min(height, width * ratio)
    letter = ax.xaxis.label.get_fontsize() / 8
    spaces = (width, 1.6 * letter), (height, 0.8 * letter)
    return [int(np.clip(size / space, 1, 4)) for size, space in spaces]


def _is_outer(ax, axes):
    """Return whether no other map is below, and whether none is to the left."""
    specs = [other.get_subplotspec() for other in axes if other.figure is ax.figure]
    if None in specs:
        return True, True
    own = ax.get_subplotspec()
    rows, columns = set(own.rowspan), set(own.colspan)
    specs = [spec for spec in specs if spec.get_gridspec() is own.get_gridspec()]
    below = [s for s in specs if s.rowspan.start > min(rows) and columns & {*s.colspan}]
    left = [s for s in specs if s.colspan.start < min(columns) and rows & {*s.rowspan}]
    return not below, not left


def prepare_map(ax, axes, xy, grid, transform, complete):
    """Set the limits, the aspect and the labels of a map.

    ``axes`` are those of all maps, ``xy`` the coordinates x and y. ``complete`` is
    whether all points have coordinates.
    """
    x, y = xy
    if x.ndim == 1 or not complete or np.ptp(x) >= AROUND:
        ax.set_facecolor(LAND)
    else:  # outside the grid is no land
        outline, where = (_outline(x), _outline(y)), coordinates(ax, transform)
        ax.fill(*outline, color=LAND, linewidth=0, zorder=0, **where)
    extent = (*_range(x), *_range(y))
    lowest, first = _is_outer(ax, axes)
    if is_geographic(ax):
        _prepare_geographic(ax, extent, transform, lowest, first)
        return
    aspect = _stretch(y, grid)
    ax.set(xlim=extent[:2], ylim=extent[2:], aspect=aspect)
    if grid.in_degrees:
        ax.xaxis.set_major_formatter(partial(_write_degrees, letters="EW"))
        ax.yaxis.set_major_formatter(partial(_write_degrees, letters="NS"))
    elif grid.xy_units:
        units = typeset(grid.xy_units)
        ax.set(xlabel=f"x ({units})", ylabel=f"y ({units})")
    else:
        ax.set(xticks=[], yticks=[])
        return
    n_x, n_y = _n_ticks(ax, np.ptp(y) * aspect / np.ptp(x))
    ax.xaxis.set_major_locator(_ticks(n_x, grid.in_degrees, *extent[:2]))
    ax.yaxis.set_major_locator(_ticks(n_y, grid.in_degrees, *extent[2:]))
    ax.tick_params(bottom=lowest, labelbottom=lowest, left=first, labelleft=first)
    ax.xaxis.label.set_visible(lowest)
    ax.yaxis.label.set_visible(first)


def _outline(a):
    """Return the values along the four sides of a grid."""
    return np.concatenate([a[0], a[:, -1], a[-1, ::-1], a[::-1, 0]])


def _circle(projection, south, north):
    """Return the outer circle of latitude of a map around a pole, None for others."""
    circles = np.meshgrid(np.append(np.arange(-180.0, 180, 2), -180), [south, north])
    edge = max(projection.transform_points(_crs(None), *circles)[..., :2], key=np.ptp)
    limits = np.array([projection.x_limits, projection.y_limits])
    inside = (np.abs(edge) <= 1.001 * np.abs(limits).max(axis=1)).all()
    wide = np.ptp(edge, axis=0) > 0.01 * np.ptp(limits, axis=1)  # not a point
    return edge if inside and wide.all() and _is_whole(edge) else None


def _prepare_geographic(ax, extent, transform, lowest, first):
    """Set the extent of a cartopy map, and label longitudes and latitudes."""
    from matplotlib.path import Path
    from matplotlib.ticker import FixedLocator

    west, east, south, north = extent
    crs, lines = _crs(None), {}
    if transform is None:
        n_x, n_y = _n_ticks(ax, 1)
        ticks = _ticks(n_x, True, west, east).tick_values(west, east)
        turned = dict.fromkeys(180 - (180 - ticks) % 360)  # cartopy needs -180 to 180
        lines["xlocs"] = FixedLocator(list(turned))
        lines["ylocs"] = _ticks(n_y + 2, True, south, north)
    if transform is None and east - west < AROUND:
        ax.set_extent(extent, crs=crs)
        sides = np.meshgrid(*np.linspace([west, south], [east, north], 60).T)
        edge = np.column_stack([_outline(side) for side in sides])
        on_paper = ax.projection.transform_points(crs, *edge.T)[:, :2]
        if _is_whole(on_paper):  # otherwise, cartopy omits labels beyond 180
            edge, crs = on_paper, ax.projection
        ax.set_boundary(Path(edge), transform=crs)
    elif transform is None:
        circle = _circle(ax.projection, south, north)
        if circle is not None:
            ax.set(xlim=_range(circle[:, 0]), ylim=_range(circle[:, 1]))
            ax.set_boundary(Path(circle), transform=ax.projection)
    size = {"size": ax.xaxis.label.get_fontsize()}
    lines |= {"linewidth": 0.3, "color": "0.5", "x_inline": False, "y_inline": False}
    lines |= {"rotate_labels": False, "xlabel_style": size, "ylabel_style": size}
    labels = {"bottom": "x"} if lowest else {}
    if first:  # "geo" is a side that is not vertical
        labels |= {"left": "y", "geo": "y"}
    ax.gridlines(draw_labels=labels, **lines)


def _is_whole(points):
    """Return whether an outline is not split at the edge of the projection."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.isfinite(points).all() and steps.max() < 0.2 * np.ptp(points)
