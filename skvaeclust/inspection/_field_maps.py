"""Display of maps of fields, side by side."""

import numpy as np

from skvaeclust._fields import as_array
from skvaeclust._plotting._coastline import draw_coastline
from skvaeclust._plotting._grid import MapGrid, check_grid
from skvaeclust._plotting._map_axes import make_map_axes, prepare_map
from skvaeclust._plotting._maps import Maps
from skvaeclust._plotting._shading import choose_channels
from skvaeclust._plotting._style import in_print_style

MINUS = "-", "\N{MINUS SIGN}"
FROM_RECORD = "no significant difference from the record"


class FieldMapsDisplay:
    """Maps of fields with filled contours, arrows or both, on one colour scale.

    Parameters
    ----------
    fields : array-like of shape (n_maps, channels, height, width) or labelled fields
        Fields with NaN on land. An all-NaN map is labelled "empty".
    titles : sequence of str, default=None
        One title per map. Default: the names of the clusters of labelled fields.
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
            from skvaeclust.xarray._maps import labelled_maps, names_of_maps

            titles = names_of_maps(fields) if titles is None else titles
            fields, significant, found = labelled_maps(fields, significant)
            grid = check_grid(grid).completed_by(MapGrid(**found))
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
        if not hasattr(composites, "lags"):
            raise TypeError(
                "composites must be the result of lead_lag_composites, got "
                f"{type(composites).__name__}. FieldMapsDisplay(fields) draws fields."
            )
        signed = [f"{lag:+d}" if lag else "0" for lag in composites.lags]
        lags = [f"{lag} {lag_units}".strip() for lag in signed]
        titles = [
            f"{k}: {lag}, n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{n}".replace(*MINUS)
            for k, of_group in enumerate(np.asarray(composites.n_members))
            for lag, n in zip(lags, of_group, strict=True)
        ]
        fields, significant = composites.maps()
        display = FieldMapsDisplay(fields, titles, significant=significant, grid=grid)
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
        grid = check_grid(self.grid)
        x, y, known = grid.coordinates(shape[2:])
        self.figure_, self.axes_ = make_map_axes(
            axes, shape[0], (x, y), grid, n_columns, projection, transform
        )
        of_figure = self.figure_, self.axes_, grid, transform
        maps = Maps(*of_figure, has_key=arrows is not None, own=axes is None)
        fields = np.where(known, as_array(self.fields, float), np.nan)
        x, fields, significant = maps.close_circle(x, fields, self.significant)
        for ax in self.axes_:
            prepare_map(ax, self.axes_, (x, y), grid, transform, known.all())
        self.colorbar_ = maps.shade(x, y, fields, channel, arrows, levels, cmap)
        if arrows is not None:
            maps.draw_arrows(x, y, fields, *arrows)
        if significant is not None:
            dotted = np.any(significant, axis=1) == (stippling == "significant")
            dotted &= ~np.isnan(fields).any(axis=1)
            maps.stipple(x, y, dotted, stippling_label or stippling)
        draw_coastline(self.axes_, grid, transform)
        if self.titles is not None:
            maps.set_titles(self.titles, self._title_style)
        return self

    def _check(self, shape, stippling):
        """Check the shapes of fields, titles and significance, and the stippling."""
        if min(shape[2:]) < 2 or shape[0] < 1:
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
        n_titles = None if np.ndim(titles) != 1 else len(titles)
        if titles is not None and n_titles != shape[0]:
            raise ValueError(f"titles={titles!r} must be {shape[0]} titles.")
        if self.significant is not None and (len(found), found_points) != (4, points):
            raise ValueError(
                f"significant must have the shape of the fields, {shape}, with any "
                f"number of channels; got {found}."
            )

    def _title_style(self, k):
        """Return the style of the title of a map."""
        return {}
