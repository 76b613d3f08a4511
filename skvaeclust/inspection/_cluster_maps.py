"""Maps of the clusters."""

import numpy as np

from skvaeclust.inspection._composites import cluster_means
from skvaeclust.inspection._style import LAND, cluster_color, make_axes

ARROWS_ACROSS = 18
COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}  # of maps, by number of clusters


class ClusterMapsDisplay:
    """A map of each cluster: arrows of two channels, or shading of one.

    Usually made by :meth:`from_estimator`.

    Parameters
    ----------
    fields : ndarray of shape (n_clusters, channels, height, width)
        One field a cluster; NaN on land. With two channels, they are the eastward and
        the northward component of a vector.
    weights : ndarray of shape (n_clusters,)
        Share of the samples.
    x, y : ndarray of shape (width,) and (height,), default=None
        Coordinates; None numbers the points.
    units : str, default=""
        Of the fields.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One a cluster.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.inspection import ClusterMapsDisplay
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> display = ClusterMapsDisplay.from_estimator(model, units="m/s")
    """

    def __init__(self, fields, weights, *, x=None, y=None, units=""):
        self.fields = fields
        self.weights = weights
        self.x = x
        self.y = y
        self.units = units

    @classmethod
    def from_estimator(cls, estimator, X=None, *, x=None, y=None, units="", axes=None):
        """Draw the clusters of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering
            Fitted to fields.
        X : array-like of shape (n_samples, channels, height, width), default=None
            If given, the maps are means over the members of each cluster; otherwise the
            decoded centres.
        x, y : array-like of shape (width,) and (height,), default=None
            Coordinates; None numbers the points.
        units : str, default=""
            Of the fields.
        axes : sequence of matplotlib Axes, default=None
            Where to draw, one a cluster; None makes a figure.

        Returns
        -------
        display : ClusterMapsDisplay
            With the attributes ``axes_`` and ``figure_``.
        """
        fields, weights = estimator.cluster_centers_, estimator.weights_
        if X is not None:
            labels = estimator.predict(X)
            fields = cluster_means(X, labels, len(weights))
            weights = np.bincount(labels, minlength=len(weights)) / len(labels)
        return cls(fields, weights, x=x, y=y, units=units).plot(axes=axes)

    def plot(self, *, axes=None):
        """Draw the picture.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            Where to draw, one a cluster; None makes a figure.

        Returns
        -------
        display : ClusterMapsDisplay
            This object.

        Raises
        ------
        ValueError
            If the fields are not maps of one or two channels.
        """
        shape = np.shape(self.fields)
        if len(shape) != 4 or shape[1] not in (1, 2):
            raise ValueError(
                "fields must be maps of one or two channels, (n_clusters, channels, "
                f"height, width); their shape is {shape}."
            )
        n_clusters, n_channels, height, width = shape
        self._grid = (
            np.arange(width) if self.x is None else np.asarray(self.x),
            np.arange(height) if self.y is None else np.asarray(self.y),
        )
        n_columns = COLUMNS.get(n_clusters, 4)
        n_rows = -(-n_clusters // n_columns)
        ratio = min(max(height / width, 0.4), 1.4)
        self.figure_, self.axes_ = make_axes(
            axes,
            n_clusters,
            nrows=n_rows,
            ncols=n_columns,
            figsize=(3.1 * n_columns + 0.8, 3.1 * ratio * n_rows + 0.7),
            sharex=True,
            sharey=True,
        )
        for k, ax in enumerate(self.axes_):
            ax.set_facecolor(LAND)
            ax.set_title(
                f"{k}: {self.weights[k]:.0%}",
                color=cluster_color(k),
                weight="bold",
                loc="left",
            )
            ax.set_aspect("equal" if self.x is None else "auto")
        (self._shade if n_channels == 1 else self._draw_arrows)()
        return self

    def _draw_map(self, values, **params):
        """Shade one map a cluster, with a colour bar."""
        for ax, field in zip(self.axes_, values, strict=True):
            shading = ax.pcolormesh(*self._grid, field, shading="nearest", **params)
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
        """Arrows over the speed, the same scale in all maps."""
        u, v = np.moveaxis(np.asarray(self.fields), 1, 0)
        speed = np.hypot(u, v)
        top = np.nanmax(speed)
        self._draw_map(speed, vmin=0, vmax=top, cmap="GnBu")
        step = max(1, -(-max(u.shape[1:]) // ARROWS_ACROSS))
        every = (slice(step // 2, None, step),) * 2
        x, y = self._grid
        extent = np.ptp(x) / max(1, u.shape[2] / step)
        reference = float(f"{top / 2:.1g}")
        for k, ax in enumerate(self.axes_):
            arrows = ax.quiver(
                x[every[1]],
                y[every[0]],
                u[k][every],
                v[k][every],
                angles="uv",
                scale_units="x",
                scale=top / (1.6 * extent),
                width=0.006,
            )
            if k == COLUMNS.get(len(self.axes_), 4) - 1:  # top right
                ax.quiverkey(
                    arrows,
                    0.7,
                    1.06,
                    reference,
                    f"{reference:g} {self.units}".strip(),
                    labelpos="E",
                )
