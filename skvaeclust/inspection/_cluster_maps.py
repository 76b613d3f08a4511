"""Maps of the clusters."""

import numpy as np

from skvaeclust._steps import final_step, in_units_of_data
from skvaeclust.inspection._composites import cluster_means
from skvaeclust.inspection._field_maps import FieldMapsDisplay
from skvaeclust.inspection._style import cluster_color


class ClusterMapsDisplay(FieldMapsDisplay):
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
        titles = [f"{k}: {weight:.0%}" for k, weight in enumerate(weights)]
        super().__init__(fields, titles, x=x, y=y, units=units)
        self.weights = weights

    @classmethod
    def from_estimator(cls, estimator, X=None, *, x=None, y=None, units="", axes=None):
        """Draw the clusters of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, or Pipeline or search that ends in one
            Fitted to fields.
        X : array-like of shape (n_samples, channels, height, width), default=None
            If given, the maps are means over the members of each cluster; otherwise the
            decoded centres.
        x, y : array-like of shape (width,) and (height,), default=None
            Coordinates; None numbers the points.
        units : str, default=""
            Of the fields.
        axes : sequence of matplotlib Axes, default=None
            Where to draw, one per cluster; None makes a figure.

        Returns
        -------
        display : ClusterMapsDisplay
            With the attributes ``axes_`` and ``figure_``.
        """
        model = final_step(estimator, ("cluster_centers_", "weights_"))
        fields = in_units_of_data(estimator, model.cluster_centers_)
        weights = model.weights_
        if X is not None:
            labels = estimator.predict(X)
            fields = cluster_means(X, labels, len(weights))
            weights = np.bincount(labels, minlength=len(weights)) / len(labels)
        return cls(fields, weights, x=x, y=y, units=units).plot(axes=axes)

    def _set_titles(self):
        for k, (ax, title) in enumerate(zip(self.axes_, self.titles, strict=True)):
            ax.set_title(title, color=cluster_color(k), weight="bold", loc="left")
