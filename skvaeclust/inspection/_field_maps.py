"""Display of maps of fields, side by side."""

import numpy as np

from skvaeclust.inspection._style import LAND, make_axes

ARROWS_ACROSS = 18
COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}  # columns by number of maps


def is_geographic(ax):
    """Tell whether axes are a map of cartopy."""
    return hasattr(ax, "projection")


def coordinates(ax):
    """Return how axes understand longitude and latitude: cartopy needs to be told."""
    if not is_geographic(ax):
        return {}
    from cartopy.crs import PlateCarree

    return {"transform": PlateCarree()}


class FieldMapsDisplay:
    """Maps of fields on one colour scale, with arrows for two channels.

    Parameters
    ----------
    fields : ndarray of shape (n_maps, channels, height, width)
        Fields with NaN on land. Two channels are the eastward and northward components
        of a vector, drawn as arrows over its shaded length; one channel is shaded.
    titles : sequence of str, default=None
        One title per map.
    significant : ndarray of bool of shape (n_maps, channels, height, width), \
            default=None
        The map is faded at points where this is False in all channels.
    x, y : ndarray of shape (width,) and (height,), default=None
        Coordinates; None takes grid indices.
    units : str, default=""
        Units of the fields.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        Axes of each map.
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
        self, fields, titles=None, *, significant=None, x=None, y=None, units=""
    ):
        self.fields = fields
        self.titles = titles
        self.significant = significant
        self.x = x
        self.y = y
        self.units = units

    def plot(self, *, n_columns=None, axes=None):
        """Draw the plot.

        Parameters
        ----------
        n_columns : int, default=None
            Number of maps in a row; None chooses it.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, one per map; None makes a new figure. On axes of cartopy, x
            and y are longitude and latitude, degrees.

        Returns
        -------
        display : FieldMapsDisplay
            This object.

        Raises
        ------
        ValueError
            If the fields are not maps of one or two channels.
        """
        shape = np.shape(self.fields)
        if len(shape) != 4 or shape[1] not in (1, 2):
            raise ValueError(
                "fields must be maps of one or two channels, (n_maps, channels, "
                f"height, width); their shape is {shape}."
            )
        n_maps, n_channels, height, width = shape
        self._grid = (
            np.arange(width) if self.x is None else np.asarray(self.x),
            np.arange(height) if self.y is None else np.asarray(self.y),
        )
        self._n_columns = n_columns or COLUMNS.get(n_maps, 4)
        n_rows = -(-n_maps // self._n_columns)
        ratio = min(max(height / width, 0.4), 1.4)
        size = min(3.1, 12 / self._n_columns)
        self.figure_, self.axes_ = make_axes(
            axes,
            n_maps,
            nrows=n_rows,
            ncols=self._n_columns,
            figsize=(size * self._n_columns + 0.8, size * ratio * n_rows + 0.7),
            sharex=True,
            sharey=True,
        )
        for ax in self.axes_:
            ax.set_facecolor(LAND)
            if not is_geographic(ax):  # maps of cartopy have their own
                ax.set_aspect("equal" if self.x is None else "auto")
        (self._shade if n_channels == 1 else self._draw_arrows)()
        if self.significant is not None:
            self._fade()
        self._set_titles()
        return self

    def _set_titles(self):
        if self.titles is not None:
            for ax, title in zip(self.axes_, self.titles, strict=True):
                ax.set_title(title, loc="left")

    def _draw_map(self, values, **params):
        """Shade all maps, with a common colour bar."""
        for ax, field in zip(self.axes_, values, strict=True):
            shading = ax.pcolormesh(
                *self._grid, field, shading="nearest", **coordinates(ax), **params
            )
        self.figure_.colorbar(
            shading, ax=list(self.axes_), label=self.units, shrink=0.8, pad=0.02
        )

    def _shade(self):
        values = np.asarray(self.fields)[:, 0]
        low, high = np.nanmin(values), np.nanmax(values)
        if low < 0 < high:
            high = max(-low, high)
            params = {"vmin": -high, "vmax": high, "cmap": "RdBu_r"}
        else:
            params = {"vmin": low, "vmax": high, "cmap": "viridis"}
        self._draw_map(values, **params)

    def _draw_arrows(self):
        """Draw arrows over the shaded speed, at the same scale in all maps."""
        u, v = np.moveaxis(np.asarray(self.fields), 1, 0)
        speed = np.hypot(u, v)
        top = np.nanmax(speed)
        self._draw_map(speed, vmin=0, vmax=top, cmap="GnBu")
        step = max(1, -(-max(u.shape[1:]) // ARROWS_ACROSS))
        every = (slice(step // 2, None, step),) * 2
        x, y = self._grid
        extent = np.ptp(x) / max(1, u.shape[2] / step)
        reference = float(f"{top / 2:.1g}")
        for i, ax in enumerate(self.axes_):
            units, scale = "x", top / (1.6 * extent)
            if is_geographic(ax):  # x is in metres there
                units, scale = "width", top * u.shape[2] / step / 1.6
            arrows = ax.quiver(
                x[every[1]],
                y[every[0]],
                u[i][every],
                v[i][every],
                angles="uv",
                scale_units=units,
                scale=scale,
                width=0.006,
                **coordinates(ax),
            )
            if i == min(self._n_columns, len(self.axes_)) - 1:  # top right
                ax.quiverkey(
                    arrows,
                    0.7,
                    1.06,
                    reference,
                    f"{reference:g} {self.units}".strip(),
                    labelpos="E",
                )

    def _fade(self):
        """Fade the points that are not significant."""
        faded = ~np.any(self.significant, axis=1)
        valid = ~np.isnan(self.fields).any(axis=1)
        for ax, veil in zip(self.axes_, faded & valid, strict=True):
            ax.pcolormesh(
                *self._grid,
                np.where(veil, 1.0, np.nan),
                shading="nearest",
                cmap="gray",
                vmin=0,
                vmax=1,
                alpha=0.65,
                **coordinates(ax),
                zorder=2,  # over the arrows, under the frame
            )
