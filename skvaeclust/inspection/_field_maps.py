"""Display of maps of fields, side by side."""

from textwrap import fill

import numpy as np

from skvaeclust._fields import as_array
from skvaeclust._plotting._coastline import draw_coastline
from skvaeclust._plotting._grid import TURN, MapGrid, close_circle, join_longitudes
from skvaeclust._plotting._map_axes import (
    coordinates,
    is_geographic,
    make_map_axes,
    prepare_map,
)
from skvaeclust._plotting._shading import (
    LARGEST,
    choose_channels,
    color_scale,
    every_second,
    tick_levels,
)
from skvaeclust._plotting._style import CENTIMETRE, in_print_style, size_of

ARROWS_PER_CENTIMETRE = 2.2
LENGTH = 0.8  # of an arrow of typical speed, in distances between arrows
LONGEST, SHORTEST = (1.2, 2.0), 0.12  # range of the longest, and the shortest drawn
DOTS = "....."
CERTAIN = 0.6  # titles up to this fraction of the space for a map fit on one line
FROM_RECORD = "no significant difference from the record"
KEY = 2  # space for the arrow key to the right of the last title, cm


class FieldMapsDisplay:
    """Maps of fields with filled contours, arrows or both, on one colour scale.

    Parameters
    ----------
    fields : array-like of shape (n_maps, channels, height, width) or labelled fields
        Fields with NaN on land. An all-NaN map is labelled "empty".
    titles : sequence of str, default=None
        One title per map.
    significant : ndarray of bool of shape (n_maps, channels, height, width), \
            default=None
        Points where the field is significant in any channel. The number of channels may
        differ from that of the fields.
    grid : MapGrid, default=None
        Coordinates, units and coastline. Default: of labelled fields, or grid indices.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        Axes of each map.
    colorbar_ : matplotlib Colorbar or None
        The common colour bar; None if all values are NaN.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.inspection import FieldMapsDisplay, MapGrid
    >>> flow = make_idealized_circulations(1, random_state=0)
    >>> titles = [flow.target_names[k] for k in flow.target]
    >>> grid = MapGrid(units="m/s")
    >>> display = FieldMapsDisplay(flow.data, titles, grid=grid).plot()
    """

    def __init__(self, fields, titles=None, *, significant=None, grid=None):
        if hasattr(fields, "coords"):  # labelled
            from skvaeclust.xarray._maps import labelled_maps

            fields, significant, found = labelled_maps(fields, significant)
            grid = (grid or MapGrid()).completed_by(MapGrid(**found))
        self.fields = fields
        self.titles = titles
        self.significant = significant
        self.grid = grid

    @classmethod
    def from_composites(cls, composites, *, lag_units="", grid=None, **params):
        """Draw lead-lag composites, with one row per group and one column per lag.

        Parameters
        ----------
        composites : LeadLagComposites
            Result of :func:`~skvaeclust.composites.lead_lag_composites`.
        lag_units : str, default=""
            Units of a time step, for instance "d".
        grid : MapGrid, default=None
            As for the class.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : FieldMapsDisplay
            The display, drawn, with dots where the mean is not significant.
        """
        signed = [f"{lag:+d}" if lag else "0" for lag in composites.lags]
        lags = [f"{lag} {lag_units}".strip() for lag in signed]
        titles = [
            f"{k}: {lag}, n = {n}".replace("-", "\N{MINUS SIGN}")
            for k, of_group in enumerate(np.asarray(composites.n_members))
            for lag, n in zip(lags, of_group, strict=True)
        ]
        fields, significant = composites.maps()
        display = cls(fields, titles, significant=significant, grid=grid)
        own = {"n_columns": len(lags), "stippling_label": FROM_RECORD}
        return display.plot(**own | params)

    @in_print_style
    def plot(
        self,
        *,
        channel=None,
        arrows=None,
        levels=None,
        cmap=None,
        stippling="not significant",
        stippling_label=None,
        n_columns=None,
        projection=None,
        transform=None,
        axes=None,
    ):
        """Draw the plot.

        Parameters
        ----------
        channel : int, default=None
            Shaded channel. None shades the only channel, or the speed of the arrows.
        arrows : tuple of two int, default=None
            Channels of the eastward and northward components of a vector. None draws
            channels 0 and 1 if there are two channels and ``channel`` is None, and no
            arrows otherwise.
        levels : int or array-like, default=None
            Maximum number of contour levels, or the levels. A number of levels covers
            the range without the lowest and highest 0.5 % of the values, which limits
            the effect of outliers.
        cmap : str or Colormap, default=None
            Colours. None uses "RdBu_r" for values of both signs, "GnBu" for speed and
            "viridis" otherwise.
        stippling : {"not significant", "significant"}, default="not significant"
            Where to put dots, if ``significant`` is given. The default keeps
            significant areas clear.
        stippling_label : str, default=None
            Meaning of the dots, for the legend. None repeats ``stippling``.
        n_columns : int, default=None
            Maps per row. None chooses by the number and shape of the maps.
        projection : cartopy CRS, default=None
            Projection of the maps of a new figure. None uses plain axes.
        transform : cartopy CRS, default=None
            Coordinate system of x and y on cartopy axes. None is longitude and
            latitude in degrees.
        axes : sequence or dict of matplotlib Axes, default=None
            Axes to draw on, one per map, all plain or all of cartopy. None makes a new
            figure, 17 cm wide (8.5 cm for one column).

        Returns
        -------
        display : FieldMapsDisplay
            This object.

        Raises
        ------
        ValueError
            If the fields do not have four dimensions, or if coordinates, channels,
            titles or significance do not match them.
        """
        shape = np.shape(self.fields)
        self._check(shape, stippling)
        channel, arrows = choose_channels(shape[1], channel, arrows)
        self._grid = MapGrid() if self.grid is None else self.grid
        x, y, known = self._grid.coordinates(shape[2:])
        self.figure_, self.axes_ = make_map_axes(
            axes, shape[0], (x, y), self._grid, n_columns, projection, transform
        )
        fields = np.where(known, as_array(self.fields, float), np.nan)
        significant = self.significant
        self._where = coordinates(self.axes_[0], transform)
        self._from_degrees = transform is None and is_geographic(self.axes_[0])
        if self._from_degrees:
            start = self.axes_[0].projection.proj4_params.get("lon_0", 0) - TURN / 2
            x, fields, significant = close_circle(
                start, join_longitudes(x), fields, significant
            )
        figure = self.figure_
        self._width, self._height = figure.bbox.size / figure.dpi / CENTIMETRE
        self._laid_out = figure.get_layout_engine() is not None
        # Legends are below the maps, unless the figure has other axes.
        alone = figure.canvas.figure is figure and len(figure.axes) == len(self.axes_)
        self._alone = alone and self._laid_out
        for ax in self.axes_:
            prepare_map(ax, self.axes_, (x, y), self._grid, transform, known.all())
        self._shade(x, y, fields, channel, arrows, levels, cmap)
        if arrows is not None:
            self._draw_arrows(x, y, fields, *arrows)
        if significant is not None:
            label = stippling_label or stippling
            dotted = np.any(significant, axis=1) == (stippling == "significant")
            self._stipple(x, y, dotted & ~np.isnan(fields).any(axis=1), label)
        draw_coastline(self.axes_, self._grid, transform)
        self._set_titles(arrows is not None)
        return self

    def _check(self, shape, stippling):
        """Check the shapes of fields, titles and significance, and the stippling."""
        if len(shape) != 4 or min(shape[2:]) < 2 or shape[0] < 1:
            raise ValueError(
                "fields must have the shape (n_maps, channels, height, width), with at "
                f"least 2 x 2 points; got {shape}."
            )
        if stippling not in ("not significant", "significant"):
            raise ValueError(
                f"stippling={stippling!r} must be 'not significant' or 'significant'."
            )
        titles, found = self.titles, np.shape(self.significant)
        found_points, points = (s[:1] + s[2:] for s in (found, shape))
        if titles is not None and len(titles) != shape[0]:
            raise ValueError(f"titles={titles!r} must be {shape[0]} titles.")
        if self.significant is not None and (len(found), found_points) != (4, points):
            raise ValueError(
                f"significant must have the shape of the fields, {shape}, with any "
                f"number of channels; got {found}."
            )

    def _set_titles(self, key):
        """Write titles, broken if needed. ``key`` is whether there is an arrow key."""
        if self.titles is None:
            return
        dots = self.figure_.dpi * CENTIMETRE  # per cm
        broken = {}
        for k, (ax, title) in enumerate(zip(self.axes_, self.titles, strict=True)):
            text = ax.set_title(title, loc="left", **self._title_style(k))
            needed = text.get_window_extent().width
            reserved = KEY * dots * (key and not self._alone and ax is self.axes_[-1])
            if needed + reserved > CERTAIN * size_of(ax)[0] * dots:
                broken[ax] = text, title, needed, reserved
                text.set_text(" \n ")
        if broken and self._laid_out:  # gives axes their size
            figure = self.figure_.figure
            figure.get_layout_engine().execute(figure)
        for ax, (text, title, needed, reserved) in broken.items():
            available = ax.get_position().width * self.figure_.bbox.width - reserved
            letters = int(len(title) * available / needed)
            text.set_text(fill(title, max(8, letters)))

    def _title_style(self, k):
        """Return the style of the title of a map."""
        return {}

    def _shade(self, x, y, fields, channel, arrows, levels, cmap):
        """Fill contours of all maps, with a common colour bar."""
        if channel is None:
            values = np.hypot(fields[:, arrows[0]], fields[:, arrows[1]])
            cmap = cmap or "GnBu"
        else:
            values = fields[:, channel]
        params, shading = color_scale(values, levels, cmap), None
        lines = {"levels": every_second(params["levels"]), "colors": "0.2"}
        for ax, field, channels in zip(self.axes_, values, fields, strict=True):
            if np.isfinite(field).any():
                shading = ax.contourf(x, y, field, **params, **self._where)
                if channel is not None and arrows is None:
                    ax.contour(x, y, field, linewidths=0.4, **lines, **self._where)
            elif not np.isfinite(channels).any():
                style = {"ha": "center", "va": "center", "color": "0.4"}
                ax.text(0.5, 0.5, "empty", transform=ax.transAxes, **style)
        self.colorbar_ = None
        if shading is not None:
            label = self._grid.label(channel, arrows, fields.shape[1])
            self._add_colorbar(shading, label, key=arrows is not None)

    def _add_colorbar(self, shading, label, key):
        """Draw the colour bar, with as many tick labels as fit."""
        wide = self._alone and self._width > 13
        left = self._alone and not wide and key
        shrink = 0.6 if wide else 0.78 if left else 0.9
        self.colorbar_ = self.figure_.colorbar(
            shading,
            ax=list(self.axes_),
            label=label or " ",  # reserves space for the arrow key
            location="bottom",
            shrink=shrink,
            anchor=(0.0 if left else 0.5, 1.0),
            aspect=35,
            pad=0.03 if self._laid_out else 0.15,
        )
        ax, levels = self.colorbar_.ax, np.asarray(shading.levels)
        ax.tick_params(length=2)
        width = 0.95 * shrink if self._alone else ax.get_position().width
        digit = 0.023 * ax.xaxis.label.get_fontsize()  # cm
        longest = 1.5 + max(len(f"{level:g}") for level in levels)
        n = int(width * self._width / (digit * longest))
        self.colorbar_.set_ticks(tick_levels(levels, max(2, n)))
        ax.ticklabel_format(axis="x", useOffset=False)

    def _draw_arrows(self, x, y, fields, east, north):
        """Draw arrows on the same scale in all maps, with a key."""
        u, v = fields[:, east], fields[:, north]
        speed = np.hypot(u, v)
        known = speed[np.isfinite(speed)]
        top = np.quantile(known, LARGEST, method="lower") if known.size else 0.0
        if not top > 0:
            return
        typical = np.sqrt(np.mean(np.clip(known, None, top) ** 2))
        spacings = np.clip(
            LENGTH * top / typical, *LONGEST
        )  # length of the arrow of top
        drawn = speed * spacings > SHORTEST * top
        u, v = np.where(drawn, u, np.nan), np.where(drawn, v, np.nan)
        width, height = size_of(self.axes_[0])
        across = np.clip(round(ARROWS_PER_CENTIMETRE * width), 6, 30)
        down = np.clip(round(ARROWS_PER_CENTIMETRE * height), 6, 60)
        step = max(1, round(u.shape[2] / across), round(u.shape[1] / down))
        every = (slice(step // 2, None, step),) * 2
        points = (x[every], y[every]) if x.ndim == 2 else (x[every[1]], y[every[0]])
        if self._from_degrees:  # east is undefined at the poles
            points = points[0], np.clip(points[1], -89.9, 89.9)
        style = {"headwidth": 4, "headlength": 4.5, "headaxislength": 4}
        style |= {"width": 0.028 / width, "minlength": 0.2}
        style["scale"] = top * max(u.shape[2] / step, 8) / spacings
        for ax, *components in zip(self.axes_, u, v, strict=True):
            shown = [component[every] for component in components]
            quiver = ax.quiver(*points, *shown, units="width", **style, **self._where)
        # The arrow key is beside the colour bar, or above the last map.
        y, coordinates, side = 0.25 / self._height, "figure", "N"
        if not self._alone:
            height = ax.get_position().height * self._height
            y, coordinates, side = 1 + 0.3 / height, "axes", "W"
        speed = float(f"{top / 2:.1g}")
        units = self._grid.units_of(east, fields.shape[1])
        place = {"coordinates": coordinates, "labelpos": side}
        ax.quiverkey(quiver, 0.9, y, speed, f"{speed:g} {units}".strip(), **place)

    def _stipple(self, x, y, dotted, label):
        """Draw dots and their legend."""
        from matplotlib.patches import Patch

        style = {"levels": [0.5, 1.5], "colors": "none", "hatches": [DOTS]}
        for ax, dots in zip(self.axes_, dotted, strict=True):
            if dots.any():
                ax.contourf(x, y, dots.astype(float), **style, **self._where)
        key = Patch(facecolor="white", edgecolor="black", hatch=DOTS, linewidth=0.4)
        label = fill(label, 60 if self._width > 13 else 30)  # beside the arrow key
        if self._alone:
            self.figure_.legend([key], [label], loc="outside lower left")
        else:
            self.axes_[-1].legend([key], [label], loc="lower right", frameon=True)
