"""Contents of maps: shading, arrows, dots and titles."""

from textwrap import fill

import numpy as np

from skvaeclust._plotting._grid import TURN, close_circle, join_longitudes
from skvaeclust._plotting._map_axes import coordinates, is_geographic
from skvaeclust._plotting._shading import (
    LARGEST,
    color_scale,
    every_second,
    tick_levels,
)
from skvaeclust._plotting._style import CENTIMETRE, LAND, ink, size_of

ARROWS_PER_CENTIMETRE = 2.2
LENGTH = 0.7  # of an arrow of typical speed, in distances between arrows
LONGEST, SHORTEST = (1.2, 2.0), 0.12  # range of the longest, and the shortest drawn
DOTS = "....."
CERTAIN = 0.6  # titles up to this fraction of the space for a map fit on one line
SMALL = 0.85  # size of titles that do not fit, relative to labels
LINE = 0.35  # height of a line of a title, cm
KEY = 2  # space for the arrow key to the right of the last title, cm


class Maps:
    """Axes of maps, on which fields are drawn with one colour scale.

    Parameters
    ----------
    figure : matplotlib Figure
    axes : ndarray of matplotlib Axes
        All plain or all of cartopy.
    grid : MapGrid
    transform : cartopy CRS or None
        Coordinate system of x and y on cartopy axes.
    has_key : bool
        Whether there is an arrow key.
    own : bool
        Whether the figure is that of the display.
    """

    def __init__(self, figure, axes, grid, transform, has_key, own):
        self.figure, self.axes, self.grid, self.has_key = figure, axes, grid, has_key
        self.own, self.where = own, coordinates(axes[0], transform)
        self.from_degrees = transform is None and is_geographic(axes[0])
        self.width, self.height = figure.bbox.size / figure.dpi / CENTIMETRE
        self.laid_out = figure.get_layout_engine() is not None
        # Legends are below the maps, unless the figure has other axes.
        alone = figure.canvas.figure is figure and len(figure.axes) == len(axes)
        self.alone = alone and self.laid_out

    def close_circle(self, x, *arrays):
        """Close grids of all longitudes on cartopy axes; return x and the arrays."""
        if not self.from_degrees:
            return x, *arrays
        start = self.axes[0].projection.proj4_params.get("lon_0", 0) - TURN / 2
        return close_circle(start, join_longitudes(x), *arrays)

    def shade(self, x, y, fields, channel, arrows, levels, cmap):
        """Fill contours of all maps, with a common colour bar, which is returned."""
        if channel is None:
            values = np.hypot(fields[:, arrows[0]], fields[:, arrows[1]])
            cmap = cmap or "GnBu"
        else:
            values = fields[:, channel]
        params, shading = color_scale(values, levels, cmap), None
        lines = {"levels": every_second(params["levels"]), "colors": "0.2"}
        both_signs = lines["levels"].min(initial=0) < 0 < lines["levels"].max(initial=0)
        # Without colours, only lines show the sign; beside arrows, others are omitted.
        has_lines = channel is not None and (arrows is None or both_signs)
        for ax, field, channels in zip(self.axes, values, fields, strict=True):
            if np.isfinite(field).any():
                shading = ax.contourf(x, y, field, **params, **self.where)
                if has_lines:
                    ax.contour(x, y, field, linewidths=0.4, **lines, **self.where)
            elif not np.isfinite(channels).any():
                style = {"ha": "center", "va": "center", "color": "0.4"}
                style["bbox"] = {"facecolor": LAND, "linewidth": 0, "pad": 1}
                ax.text(0.5, 0.5, "empty", transform=ax.transAxes, **style)
        if shading is None:
            return None
        label = self.grid.label(channel, arrows, fields.shape[1])
        return self._add_colorbar(shading, label)

    def _add_colorbar(self, shading, label):
        """Draw the colour bar, with as many tick labels as fit."""
        wide = self.alone and self.width > 13
        left = self.alone and not wide and self.has_key
        shrink = 0.6 if wide else 0.78 if left else 0.9
        bar = self.figure.colorbar(
            shading,
            ax=list(self.axes),
            label=label or " ",  # reserves space for the arrow key
            location="bottom",
            shrink=shrink,
            anchor=(0.0 if left else 0.5, 1.0),
            aspect=35,
            pad=0.03 if self.laid_out else 0.15,
        )
        ax, levels = bar.ax, np.asarray(shading.levels)
        ax.tick_params(length=2)
        width = 0.95 * shrink if self.alone else ax.get_position().width
        digit = 0.023 * ax.xaxis.label.get_fontsize()  # cm
        longest = 1.5 + max(len(f"{level:g}") for level in levels)
        n = int(width * self.width / (digit * longest))
        bar.set_ticks(tick_levels(levels, max(2, n)))
        ax.ticklabel_format(axis="x", useOffset=False, useMathText=True)
        return bar

    def draw_arrows(self, x, y, fields, east, north):
        """Draw arrows on the same scale in all maps, with a key."""
        u, v = fields[:, east], fields[:, north]
        speed = np.hypot(u, v)
        known = speed[np.isfinite(speed)]
        top = np.quantile(known, LARGEST, method="lower") if known.size else 0.0
        if not top > 0:
            return
        typical = np.sqrt(np.mean(np.clip(known, None, top) ** 2))
        spacings = np.clip(LENGTH * top / typical, *LONGEST)  # of the arrow of top
        drawn = speed * spacings > SHORTEST * top
        u, v = np.where(drawn, u, np.nan), np.where(drawn, v, np.nan)
        width, height = size_of(self.axes[0])
        across = np.clip(round(ARROWS_PER_CENTIMETRE * width), 6, 30)
        down = np.clip(round(ARROWS_PER_CENTIMETRE * height), 6, 60)
        step = max(1, round(u.shape[2] / across), round(u.shape[1] / down))
        every = (slice(step // 2, None, step),) * 2
        points = (x[every], y[every]) if x.ndim == 2 else (x[every[1]], y[every[0]])
        if self.from_degrees:  # east is undefined at the poles
            points = points[0], np.clip(points[1], -89.9, 89.9)
        style = {"headwidth": 4, "headlength": 4.5, "headaxislength": 4}
        style |= {"width": 0.028 / width, "minlength": 0.2}
        style["scale"] = top * max(u.shape[2] / step, 8) / spacings
        for ax, *components in zip(self.axes, u, v, strict=True):
            shown = [component[every] for component in components]
            quiver = ax.quiver(*points, *shown, units="width", **style, **self.where)
        # The arrow key is beside the colour bar, or above the last map.
        y, coordinates, side = 0.25 / self.height, "figure", "N"
        if not self.alone:
            height = ax.get_position().height * self.height
            y, coordinates, side = 1 + 0.3 / height, "axes", "W"
        speed = float(f"{top / 2:.1g}")
        number, _, power = f"{speed:g}".partition("e")
        number += rf"$\times10^{{{int(power)}}}$" if power else ""
        units = self.grid.units_of(east, fields.shape[1])
        look = {"coordinates": coordinates, "labelpos": side, "color": ink()}
        ax.quiverkey(quiver, 0.9, y, speed, f"{number} {units}".strip(), **look)

    def stipple(self, x, y, dotted, label):
        """Draw dots and their legend."""
        from matplotlib.patches import Patch

        style = {"levels": [0.5, 1.5], "colors": "none", "hatches": [DOTS]}
        for ax, dots in zip(self.axes, dotted, strict=True):
            if dots.any():
                ax.contourf(x, y, dots.astype(float), **style, **self.where)
        key = Patch(facecolor="white", edgecolor="black", hatch=DOTS, linewidth=0.4)
        label = fill(label, 60 if self.width > 13 else 30)  # beside the arrow key
        if self.alone:
            self.figure.legend([key], [label], loc="outside lower left")
        else:
            self.axes[-1].legend([key], [label], loc="lower right", frameon=True)

    def set_titles(self, titles, style):
        """Write titles, broken if needed. ``style`` is a function of their number."""
        dots = self.figure.dpi * CENTIMETRE  # per cm
        texts = [
            ax.set_title(title, loc="left", **style(k))
            for k, (ax, title) in enumerate(zip(self.axes, titles, strict=True))
        ]
        reserved = np.zeros(len(texts))
        reserved[-1] = KEY * dots * (self.has_key and not self.alone)
        available = [CERTAIN * size_of(ax)[0] * dots for ax in self.axes] - reserved
        if not self.own and (_widths(texts) > available).any():
            size = SMALL * self.axes[0].xaxis.label.get_fontsize()
            for text in texts:
                text.set_fontsize(min(text.get_fontsize(), size))
        needed = _widths(texts)
        broken = np.flatnonzero(needed > available)
        for k in broken:
            texts[k].set_text(" \n ")
        size = self.figure.bbox.size / self.figure.dpi
        self._add_lines(size, broken)
        if broken.size and self.laid_out:  # gives axes their size
            figure = self.figure.figure
            figure.get_layout_engine().execute(figure)
        for k in broken:
            width = self.axes[k].get_position().width * self.figure.bbox.width
            letters = int(len(titles[k]) * (width - reserved[k]) / needed[k])
            texts[k].set_text(fill(titles[k], max(8, letters), break_long_words=False))
        self._add_lines(size, [k for k in broken if "\n" in texts[k].get_text()])

    def _add_lines(self, size, broken):
        """Make space for titles of two lines in a figure of the display."""
        if self.own:
            rows = {self.axes[k].get_subplotspec().rowspan.start for k in broken}
            height = size[1] + len(rows) * LINE * CENTIMETRE
            self.figure.set_size_inches(size[0], height)


def _widths(texts):
    """Return the widths of texts, in pixels."""
    return np.array([text.get_window_extent().width for text in texts])
