"""Display of maps of fields, side by side."""

from textwrap import fill

import numpy as np

from skvaeclust._fields import as_array
from skvaeclust.inspection._grid import MapGrid, close_circle, join_longitudes
from skvaeclust.inspection._map_axes import (
    coordinates,
    draw_coastline,
    is_geographic,
    make_map_axes,
    prepare_map,
)
from skvaeclust.inspection._shading import (
    LARGEST,
    choose_channels,
    color_scale,
    every_second,
    tick_levels,
)
from skvaeclust.inspection._style import CENTIMETRE, in_print_style, size_of, width_of

ARROWS_PER_CENTIMETRE = 2.2
DOTS = "....."
TITLE, BESIDE_TICKS = 0.85, 0.65  # fraction of the width for titles
KEY = 12  # letters of the last title that make room for the key of the arrows


class FieldMapsDisplay:
    """Maps of fields with filled contours, arrows or both, on one colour scale.

    Parameters
    ----------
    fields : array-like of shape (n_maps, channels, height, width)
        Fields with NaN on land. An all-NaN map is labelled "empty".
    titles : sequence of str, default=None
        One title per map.
    significant : ndarray of bool of shape (n_maps, channels, height, width), \
            default=None
        Points where the field is significant in any channel.
    grid : MapGrid, default=None
        Coordinates, units and coastline. None uses grid indices.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        Axes of each map.
    colorbar_ : matplotlib Colorbar
        The common colour bar; None if there is nothing to shade.
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
            Coordinates, units and coastline.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : FieldMapsDisplay
            Drawn, with dots where the mean is not significant.
        """
        titles = [
            f"{k}: {lag:{'+' if lag else ''}d} {lag_units}".replace(
                "-", "\N{MINUS SIGN}"
            ).strip()
            + f", n = {n}"
            for k, of_group in enumerate(composites.n_members)
            for lag, n in zip(composites.lags, of_group, strict=True)
        ]
        significant = np.concatenate(composites.significant)
        display = cls(
            np.concatenate(composites.means), titles, significant=significant, grid=grid
        )
        return display.plot(**{"n_columns": len(composites.lags)} | params)

    @in_print_style
    def plot(
        self,
        *,
        channel=None,
        arrows=None,
        levels=None,
        cmap=None,
        stippling="not significant",
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
            channels 0 and 1 of fields of two channels if no ``channel`` is given, else
            no arrows.
        levels : int or array-like, default=None
            Maximum number of contour levels, or the levels. A number of levels spans
            the values without the 0.5 % at each end, so that outliers do not stretch
            the colours.
        cmap : str or Colormap, default=None
            Colours. None uses "RdBu_r" for values of both signs, "GnBu" for speed and
            "viridis" otherwise.
        stippling : {"not significant", "significant"}, default="not significant"
            Where to put dots, if ``significant`` is given. The default keeps
            significant areas clear.
        n_columns : int, default=None
            Maps per row. None uses a number that suits the maps.
        projection : cartopy CRS, default=None
            Projection of the maps of a new figure. None uses plain axes.
        transform : cartopy CRS, default=None
            Coordinate system of x and y on cartopy axes. None is longitude and
            latitude in degrees.
        axes : sequence or dict of matplotlib Axes, default=None
            Axes to draw on, one per map, plain or of cartopy. None makes a new figure,
            17 cm wide (8.5 cm for one column).

        Returns
        -------
        display : FieldMapsDisplay
            This object.

        Raises
        ------
        ValueError
            If the fields are not maps, or if coordinates, channels or titles do not
            match them.
        """
        shape = np.shape(self.fields)
        self._check(shape, stippling)
        channel, arrows = choose_channels(shape[1], channel, arrows)
        self._grid = MapGrid() if self.grid is None else self.grid
        self._transform = transform
        x, y, known = self._grid.coordinates(shape[2:])
        self.figure_, self.axes_ = make_map_axes(
            axes, shape[0], (x, y), self._grid, n_columns, projection, transform
        )
        fields = np.where(known, as_array(self.fields, float), np.nan)
        significant = self.significant
        if transform is None and is_geographic(self.axes_[0]):
            x, fields, significant = close_circle(
                join_longitudes(x), fields, significant
            )
        self._choose_places(arrows)
        for ax in self.axes_:
            prepare_map(
                ax, self.axes_, (x, y), self._grid, transform, complete=known.all()
            )
        self._set_titles()
        self._shade(x, y, fields, channel, arrows, levels, cmap)
        if arrows is not None:
            self._draw_arrows(x, y, fields, *arrows)
        if significant is not None:
            self._stipple(x, y, fields, significant, stippling)
        draw_coastline(self.axes_, self._grid, transform)
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
        if self.titles is not None and len(self.titles) != shape[0]:
            raise ValueError(
                f"titles={self.titles!r} must be {shape[0]} titles, one per map."
            )
        found = np.shape(self.significant)
        if self.significant is not None and (
            len(found) != 4 or (found[0], *found[2:]) != (shape[0], *shape[2:])
        ):
            raise ValueError(
                f"significant must have the shape of the fields, {shape}; got {found}."
            )

    def _units(self, channel):
        return self._grid.of_channel("units", channel, np.shape(self.fields)[1])

    def _choose_places(self, arrows):
        """Choose the places of the keys and of the colour bar."""
        figure = self.figure_
        laid_out = figure.get_layout_engine() is not None
        self._width, self._height = figure.bbox.size / figure.dpi / CENTIMETRE
        # Keys go below the maps, unless there are other axes in the figure.
        self._alone = laid_out and len(figure.axes) == len(self.axes_)
        self._key = None
        if arrows is not None:
            root = figure.canvas.figure is figure
            below = "below" if self._alone else "above" if laid_out else "beside"
            self._key = below if root else "above"

    def _set_titles(self):
        """Write the titles; long ones are wrapped."""
        if self.titles is None:
            return
        part = BESIDE_TICKS if self._grid.xy_units else TITLE
        for k, (ax, title) in enumerate(zip(self.axes_, self.titles, strict=True)):
            text = ax.set_title(title, loc="left", **self._title_style(k))
            needed = text.get_window_extent().width / self.figure_.dpi / CENTIMETRE
            letters = int(len(title) * part * width_of(ax) / max(needed, 0.1))
            if self._key == "above" and ax is self.axes_[-1]:
                letters -= KEY
            text.set_text(fill(title, max(8, letters)))

    def _title_style(self, k):
        """Return the style of the title of a map."""
        return {}

    def _shade(self, x, y, fields, channel, arrows, levels, cmap):
        """Fill contours of all maps, with a common colour bar."""
        if channel is None:
            values = np.hypot(fields[:, arrows[0]], fields[:, arrows[1]])
            quantity = self._grid.quantity
            quantity = (isinstance(quantity, str) and quantity) or "speed"
            units, cmap = self._units(arrows[0]), cmap or "GnBu"
        else:
            values, units = fields[:, channel], self._units(channel)
            quantity = self._grid.of_channel("quantity", channel, fields.shape[1])
        params = color_scale(values, levels, cmap)
        lined = channel is not None and arrows is None
        lines, shading = every_second(params["levels"]), None
        drawn = fields[:, [i for i in (channel, *(arrows or ())) if i is not None]]
        for ax, field, used in zip(self.axes_, values, drawn, strict=True):
            where = coordinates(ax, self._transform)
            if np.isfinite(field).any():
                shading = ax.contourf(x, y, field, **params, **where)
                if lined:
                    ax.contour(
                        x, y, field, lines, colors="0.2", linewidths=0.4, **where
                    )
            elif not np.isfinite(used).any():
                ax.text(
                    *(0.5, 0.5, "empty"),
                    transform=ax.transAxes,
                    ha="center",
                    va="center",
                    color="0.4",
                )
        self.colorbar_ = None
        if shading is not None:
            units = f"({units})" if quantity and units else units
            self._add_colorbar(shading, f"{quantity} {units}".strip())

    def _add_colorbar(self, shading, label):
        """Draw the colour bar, with as many numbers as fit."""
        from matplotlib.ticker import FixedLocator

        wide = self._alone and self._width > 13
        left = not wide and self._key in ("below", "beside")  # the key is on the right
        shrink = 0.6 if wide else 0.78 if left else 0.9
        laid_out = self.figure_.get_layout_engine() is not None
        self.colorbar_ = self.figure_.colorbar(
            shading,
            ax=list(self.axes_),
            label=label or " ",  # keeps the place of the key
            location="bottom",
            shrink=shrink,
            anchor=(0.0 if left else 0.5, 1.0),
            aspect=35,
            pad=0.03 if laid_out else 0.15,
        )
        ax, levels = self.colorbar_.ax, np.asarray(shading.levels)
        ax.tick_params(length=2)
        places = [map_.get_position() for map_ in self.axes_]
        width = max(p.x1 for p in places) - min(p.x0 for p in places)
        width = 0.95 if self._alone else width  # after the layout
        digit = 0.023 * ax.xaxis.label.get_fontsize()  # cm
        longest = 1.5 + max(len(f"{level:g}") for level in levels)
        n = int(shrink * width * self._width / (digit * longest))
        self.colorbar_.locator = FixedLocator(tick_levels(levels, max(2, n)))
        if hasattr(self.colorbar_.formatter, "set_useOffset"):
            self.colorbar_.formatter.set_useOffset(False)
        self.colorbar_.update_ticks()

    def _draw_arrows(self, x, y, fields, east, north):
        """Draw arrows on the same scale in all maps, with a key."""
        u, v = fields[:, east], fields[:, north]
        speed = np.hypot(u, v)
        speed = speed[np.isfinite(speed)]
        top = np.quantile(speed, LARGEST, method="lower") if speed.size else 0.0
        if not top > 0:
            return
        width, height = size_of(self.axes_[0])
        across = np.clip(round(ARROWS_PER_CENTIMETRE * width), 6, 30)
        down = np.clip(round(ARROWS_PER_CENTIMETRE * height), 6, 60)
        step = max(1, round(u.shape[2] / across), round(u.shape[1] / down))
        every = (slice(step // 2, None, step),) * 2
        points = (x[every], y[every]) if x.ndim == 2 else (x[every[1]], y[every[0]])
        if is_geographic(self.axes_[0]) and self._transform is None:
            points = points[0], np.clip(points[1], -89.9, 89.9)  # poles have no east
        for i, ax in enumerate(self.axes_):
            quiver = ax.quiver(
                *points,
                u[i][every],
                v[i][every],
                angles="uv",
                units="width",
                scale=top * max(u.shape[2] / step, 8) / 1.5,
                width=0.028 / width,
                headwidth=4,
                headlength=4.5,
                headaxislength=4,
                minlength=0.2,
                **coordinates(ax, self._transform),
            )
            if i == len(self.axes_) - 1:
                self._draw_key(quiver, float(top), self._units(east))

    def _draw_key(self, quiver, top, units):
        """Draw the key of the arrows: beside the colour bar, or above the last map."""
        speed = float(f"{top / 2:.1g}")
        position, side = (0.9, 1.05, "axes"), "W"
        if self._key == "below":
            position, side = (0.9, 0.25 / self._height, "figure"), "N"
        elif self._key == "beside" and self.colorbar_ is not None:
            bar = self.colorbar_.ax.get_position()
            position, side = (bar.x1 + 0.08, bar.y0, "figure"), "N"
        quiver.axes.quiverkey(
            quiver,
            *position[:2],
            speed,
            f"{speed:g} {units}".strip(),
            coordinates=position[2],
            labelpos=side,
        )

    def _stipple(self, x, y, fields, significant, stippling):
        """Put dots where the fields are, or are not, significant."""
        from matplotlib.patches import Patch

        dotted = np.any(significant, axis=1) == (stippling == "significant")
        dotted &= ~np.isnan(fields).any(axis=1)
        for ax, dots in zip(self.axes_, dotted, strict=True):
            if dots.any():
                ax.contourf(
                    x,
                    y,
                    dots.astype(float),
                    levels=[0.5, 1.5],
                    colors="none",
                    hatches=[DOTS],
                    **coordinates(ax, self._transform),
                )
        key = Patch(facecolor="white", edgecolor="black", hatch=DOTS, linewidth=0.4)
        if self._alone:
            self.figure_.legend(
                [key], [stippling], loc="outside lower left", frameon=False
            )
        else:
            self.axes_[-1].legend([key], [stippling], loc="lower right", frameon=True)
