"""Display of maps of fields, side by side."""

from textwrap import fill

import numpy as np

from skvaeclust.inspection._map_axes import (
    as_grid,
    coordinates,
    draw_coastline,
    make_map_axes,
    prepare_map,
)
from skvaeclust.inspection._style import in_print_style, letters_across, width_of

ARROWS_PER_CENTIMETRE = 2.2
LARGEST = 0.995  # quantile of the values that colours and arrows reach to
DOTS = "....."


def _choose_channels(n_channels, channel, arrows):
    """Return the shaded channel (None: speed) and the two channels of the arrows."""
    if channel is None and arrows is None:
        if n_channels > 2:
            raise ValueError(
                f"fields have {n_channels} channels. Choose what to draw: channel, the "
                "index of the shaded one, arrows, the two of a vector, or both."
            )
        channel, arrows = (0, None) if n_channels == 1 else (None, (0, 1))
    for name, indices, n in (("channel", (channel,), 1), ("arrows", arrows, 2)):
        chosen = [i for i in indices or () if i is not None]
        if chosen and (
            len(chosen) != n or not all(i in range(n_channels) for i in chosen)
        ):
            raise ValueError(
                f"{name}={indices if n > 1 else channel!r} must be "
                f"{'two indices' if n > 1 else 'an index'} of channels, from 0 to "
                f"{n_channels - 1}."
            )
    return channel, arrows


def color_scale(values, levels, cmap):
    """Choose levels and colours that outliers do not stretch.

    Parameters
    ----------
    values : ndarray
        With NaN on land.
    levels : int, array-like or None
        Number of levels or the levels themselves.
    cmap : str, Colormap or None

    Returns
    -------
    params : dict
        Levels, cmap and extend of ``contourf``; levels are symmetric about zero for
        values of both signs.
    """
    from matplotlib.ticker import MaxNLocator

    known = values[np.isfinite(values)]
    if not known.size:
        known = np.zeros(1)
    low, high = np.quantile(known, [1 - LARGEST, LARGEST])
    both_signs = min(-low, high) > 0.1 * max(-low, high)
    if levels is None or np.ndim(levels) == 0:
        n = 16 if levels is None else levels
        if both_signs:
            low, high = min(low, -high), max(high, -low)
        if low == high:
            low, high = low - 1, high + 1
        levels = MaxNLocator(n, steps=[1, 2, 2.5, 3, 5, 10]).tick_values(low, high)
    levels = np.asarray(levels, dtype=float)
    above, below = known.max() > levels[-1], known.min() < levels[0]
    extend = {(0, 0): "neither", (0, 1): "max", (1, 0): "min", (1, 1): "both"}
    return {
        "levels": levels,
        "cmap": cmap or ("RdBu_r" if both_signs else "viridis"),
        "extend": extend[int(below), int(above)],
    }


def _every_second(levels):
    """Return every second level, counted from that closest to zero, without zero."""
    number = np.arange(len(levels)) - np.argmin(np.abs(levels))
    return levels[(number % 2 == 0) & (levels != 0)]


class FieldMapsDisplay:
    """Maps of fields with filled contours, arrows or both, on one colour scale.

    Parameters
    ----------
    fields : ndarray of shape (n_maps, channels, height, width)
        Fields with NaN on land. A map without any number is said to be empty.
    titles : sequence of str, default=None
        One title per map.
    significant : ndarray of bool of shape (n_maps, channels, height, width), \
            default=None
        Points where the field is significant in any channel.
    x, y : ndarray of shape (width,) and (height,), or both of shape (height, width), \
            default=None
        Coordinates, also of curvilinear grids; None takes grid indices.
    xy_units : str, default=""
        Units of x and y, for instance "km". "degrees": x is longitude and y latitude.
    units : str or sequence of str, default=""
        Units of the channels: the same for all, or one each.
    quantity : str or sequence of str, default=""
        Name of what is shaded, for the colour bar, or the name of each channel.
    coastline : ndarray of shape (n_points, 2), False or None, default=None
        Coastline in the coordinates of the map, NaN between its parts. None draws that
        of cartopy on axes of cartopy; False draws none.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        Axes of each map.
    colorbar_ : matplotlib Colorbar
        The common colour bar.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.inspection import FieldMapsDisplay
    >>> flow = make_idealized_circulations(1, random_state=0)
    >>> titles = [flow.target_names[k] for k in flow.target]
    >>> display = FieldMapsDisplay(flow.data, titles, units="m/s").plot()
    """

    def __init__(
        self,
        fields,
        titles=None,
        *,
        significant=None,
        x=None,
        y=None,
        xy_units="",
        units="",
        quantity="",
        coastline=None,
    ):
        self.fields = fields
        self.titles = titles
        self.significant = significant
        self.x = x
        self.y = y
        self.xy_units = xy_units
        self.units = units
        self.quantity = quantity
        self.coastline = coastline

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
            The channel that is shaded. None is the only channel, or the speed of the
            arrows.
        arrows : tuple of two int, default=None
            The channels that are the eastward and northward components of a vector.
            None is (0, 1) for fields of two channels if no ``channel`` is given, else
            no arrows.
        levels : int or array-like, default=None
            Largest number of contour levels, or the levels. The range of a number of
            levels leaves out half a per cent of the values at each end, so that
            outliers do not hide the rest.
        cmap : str or Colormap, default=None
            Colours; None is "RdBu_r" for values of both signs, "GnBu" for speed and
            "viridis" otherwise.
        stippling : {"not significant", "significant"}, default="not significant"
            Where to put dots, if ``significant`` is known. The default leaves free
            what is to be looked at.
        n_columns : int, default=None
            Number of maps in a row; None chooses it.
        projection : cartopy CRS, default=None
            Projection of the maps of a new figure; None draws plain axes.
        transform : cartopy CRS, default=None
            What x and y are, on axes of cartopy; None is longitude and latitude,
            degrees.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, one per map, plain or of cartopy; None makes a new figure,
            17 cm wide (8.5 cm for one column).

        Returns
        -------
        display : FieldMapsDisplay
            This object.

        Raises
        ------
        ValueError
            If the fields are not maps, or coordinates or channels are not theirs.
        """
        shape = np.shape(self.fields)
        if len(shape) != 4 or min(shape[2:]) < 2:
            raise ValueError(
                "fields must be maps, (n_maps, channels, height, width), of at least "
                f"2 x 2 points; their shape is {shape}."
            )
        if stippling not in ("not significant", "significant"):
            raise ValueError(
                f"stippling={stippling!r} must be 'not significant' or 'significant'."
            )
        channel, arrows = _choose_channels(shape[1], channel, arrows)
        x, y = as_grid(self.x, self.y, shape[2:])
        self.figure_, self.axes_ = make_map_axes(
            axes, shape[0], x, y, self.xy_units, n_columns, projection
        )
        self._transform = transform
        # Keys go below the maps, unless there are other axes in the figure.
        self._alone = len(self.figure_.axes) == shape[0] and (
            self.figure_.get_layout_engine() is not None
        )
        for ax in self.axes_:
            prepare_map(ax, x, y, self.xy_units, transform)
        self._shade(x, y, channel, arrows, levels, cmap)
        if arrows is not None:
            self._draw_arrows(x, y, *arrows)
        if self.significant is not None:
            self._stipple(x, y, stippling)
        draw_coastline(self.axes_, self.coastline, transform)
        self._set_titles()
        return self

    def _of_channel(self, name, channel):
        """Return the units or the quantity of a channel."""
        value = getattr(self, name)
        return value if isinstance(value, str) else value[channel]

    def _set_titles(self):
        """Write the titles, on more than one line where they are long."""
        if self.titles is not None:
            for ax, title in zip(self.axes_, self.titles, strict=True):
                text = ax.set_title(title, loc="left")
                text.set_text(fill(title, letters_across(ax, text.get_fontsize())))

    def _shade(self, x, y, channel, arrows, levels, cmap):
        """Fill contours of all maps, with a common colour bar."""
        fields = np.asarray(self.fields, dtype=float)
        if channel is None:
            values = np.hypot(fields[:, arrows[0]], fields[:, arrows[1]])
            quantity = self.quantity if isinstance(self.quantity, str) else ""
            quantity, cmap = quantity or "speed", cmap or "GnBu"
            units = self._of_channel("units", arrows[0])
        else:
            values, quantity = fields[:, channel], self._of_channel("quantity", channel)
            units = self._of_channel("units", channel)
        params = color_scale(values, levels, cmap)
        lined = channel is not None and arrows is None
        lines, shading = _every_second(params["levels"]), None
        for ax, field in zip(self.axes_, values, strict=True):
            where = coordinates(ax, self._transform)
            if np.isnan(field).all():
                ax.text(
                    *(0.5, 0.5, "empty"),
                    transform=ax.transAxes,
                    ha="center",
                    va="center",
                    color="0.4",
                )
                continue
            shading = ax.contourf(x, y, field, **params, **where)
            if lined:
                ax.contour(x, y, field, lines, colors="0.2", linewidths=0.4, **where)
        if shading is None:
            return
        units = f"({units})" if quantity and units else units
        self.colorbar_ = self.figure_.colorbar(
            shading,
            ax=list(self.axes_),
            label=f"{quantity} {units}".strip(),
            location="bottom",
            shrink=0.6 if self._alone and self.figure_.get_figwidth() > 5 else 0.9,
            aspect=35,
            pad=0.03,
        )
        self.colorbar_.ax.tick_params(length=2)

    def _draw_arrows(self, x, y, east, north):
        """Draw arrows at the same scale in all maps, and their key."""
        fields = np.asarray(self.fields, dtype=float)
        u, v = fields[:, east], fields[:, north]
        top = float(np.nanquantile(np.hypot(u, v), LARGEST, method="lower"))
        if not top > 0:
            return
        width = width_of(self.axes_[0])
        across = np.clip(round(ARROWS_PER_CENTIMETRE * width), 6, 30)
        step = max(1, round(u.shape[2] / across))
        every = (slice(step // 2, None, step),) * 2
        points = (x[every], y[every]) if x.ndim == 2 else (x[every[1]], y[every[0]])
        for i, ax in enumerate(self.axes_):
            quiver = ax.quiver(
                *points,
                u[i][every],
                v[i][every],
                angles="uv",
                units="width",
                scale=top * u.shape[2] / step / 1.5,
                width=0.028 / width,
                headwidth=4,
                headlength=4.5,
                headaxislength=4,
                minlength=0.2,
                **coordinates(ax, self._transform),
            )
            if i == len(self.axes_) - 1:
                self._draw_key(quiver, top, self._of_channel("units", east))

    def _draw_key(self, quiver, top, units):
        """Draw the key of the arrows: beside the colour bar, or above the last map."""
        speed = float(f"{top / 2:.1g}")
        position = (0.9, 0.02, "figure") if self._alone else (0.9, 1.05, "axes")
        quiver.axes.quiverkey(
            quiver,
            *position[:2],
            speed,
            f"{speed:g} {units}".strip(),
            coordinates=position[2],
            labelpos="N" if self._alone else "W",
        )

    def _stipple(self, x, y, stippling):
        """Put dots where the fields are, or are not, significant."""
        from matplotlib.patches import Patch

        dotted = np.any(self.significant, axis=1) == (stippling == "significant")
        dotted &= ~np.isnan(np.asarray(self.fields, dtype=float)).any(axis=1)
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
