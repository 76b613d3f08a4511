"""Display of maps of the clusters."""

import numpy as np

from skvaeclust._steps import final_step, in_units_of_data
from skvaeclust.inspection._composites import cluster_means
from skvaeclust.inspection._field_maps import FieldMapsDisplay
from skvaeclust.inspection._style import cluster_color


class ClusterMapsDisplay(FieldMapsDisplay):
    """Map of each cluster, with arrows for two channels or shading for one.

    Usually created by :meth:`from_estimator`.

    Parameters
    ----------
    fields : ndarray of shape (n_clusters, channels, height, width)
        One field per cluster; NaN on land. Two channels are the eastward and northward
        components of a vector.
    weights : ndarray of shape (n_clusters,)
        Fraction of the samples in each cluster.
    x, y : ndarray of shape (width,) and (height,), default=None
        Coordinates; None takes grid indices.
    units : str, default=""
        Units of the fields.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One per cluster.
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
        titles = [f"{k}: {weight:.0%}" for k, weight in enumerate(weights)]
        super().__init__(fields, titles, x=x, y=y, units=units)
        self.weights = weights

    @classmethod
    def from_estimator(cls, estimator, X=None, *, x=None, y=None, units="", axes=None):
        """Draw the clusters of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, Pipeline or search that ends in one, or \
                fitted FieldClustering
            Model fitted to fields. Coordinates and units are those of labelled fields.
        X : array-like of shape (n_samples, channels, height, width), default=None
            If given, the maps are means over the members of each cluster; otherwise,
            they are decoded centres.
        x, y : array-like of shape (width,) and (height,), default=None
            Coordinates; None takes grid indices.
        units : str, default=""
            Units of the fields.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, one per cluster; None makes a new figure.

        Returns
        -------
        display : ClusterMapsDisplay
            With the attributes ``axes_`` and ``figure_``.
        """
        if hasattr(estimator, "transformer_"):
            return cls._from_labelled(estimator, X).plot(axes=axes)
        model = final_step(estimator, ("cluster_centers_", "weights_"))
        fields = in_units_of_data(estimator, model.cluster_centers_)
        weights = model.weights_
        if X is not None:
            labels = estimator.predict(X)
            fields = cluster_means(X, labels, len(weights))
            weights = np.bincount(labels, minlength=len(weights)) / len(labels)
        return cls(fields, weights, x=x, y=y, units=units).plot(axes=axes)

    @classmethod
    def _from_labelled(cls, estimator, X):
        """Make the maps of a FieldClustering."""
        centers, weights = estimator.cluster_centers_, estimator.weights_
        first = next(iter(centers.data_vars.values()))
        if first.ndim != 3:
            raise ValueError(
                f"Maps need a grid of two dimensions, not {first.dims[1:]}."
            )
        fields = np.stack([array.values for array in centers.values()], axis=1)
        if X is not None:
            labels = estimator.predict(X).values
            data = estimator.transformer_.align(X)
            samples = np.stack([array.values for array in data.values()], axis=1)
            fields = cluster_means(samples, labels, len(weights))
            weights = np.bincount(labels, minlength=len(weights)) / len(labels)
        y, x = (
            first[name].values if name in first.coords else None
            for name in first.dims[1:]
        )
        return cls(fields, weights, x=x, y=y, units=first.attrs.get("units", ""))

    def _set_titles(self):
        for k, (ax, title) in enumerate(zip(self.axes_, self.titles, strict=True)):
            ax.set_title(title, color=cluster_color(k), weight="bold", loc="left")
