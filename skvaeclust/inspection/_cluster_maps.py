"""Display of maps of the clusters."""

from inspect import signature
from string import ascii_lowercase

import numpy as np

from skvaeclust._fields import as_array
from skvaeclust._labels import check_labels
from skvaeclust._steps import final_step, in_units_of_data
from skvaeclust.composites._lead_lag import lead_lag_composites
from skvaeclust.composites._means import cluster_means
from skvaeclust.inspection._field_maps import FieldMapsDisplay
from skvaeclust.inspection._style import check_names, cluster_color


class ClusterMapsDisplay(FieldMapsDisplay):
    """Map of each cluster, with its name and the fraction of samples in it.

    Usually created by :meth:`from_estimator` or :meth:`from_labels`.

    Parameters
    ----------
    fields : ndarray of shape (n_clusters, channels, height, width)
        One field per cluster; NaN on land, and for empty clusters.
    weights : ndarray of shape (n_clusters,)
        Fraction of the samples in each cluster.
    names : sequence of str, default=None
        Names of the clusters; None is "cluster 0" and so on.
    **params : dict
        Other parameters of :class:`FieldMapsDisplay`: ``significant``, ``x``, ``y``,
        ``xy_units``, ``units``, ``quantity``, ``coastline``.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One per cluster.
    colorbar_ : matplotlib Colorbar
        The common colour bar.
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

    def __init__(self, fields, weights, *, names=None, **params):
        n_clusters = len(weights)
        if names is None:
            names = [f"cluster {k}" for k in range(n_clusters)]
        self.names = check_names(names, n_clusters)
        self.weights = weights
        letters = ascii_lowercase if 1 < n_clusters <= 26 else ""
        titles = [
            (f"{letters[k]}) " if letters else "")
            + f"{name}: {f'{weight:.0%}' if weight > 0 else 'empty'}"
            for k, (name, weight) in enumerate(zip(self.names, weights, strict=True))
        ]
        super().__init__(fields, titles, **params)

    @classmethod
    def from_labels(
        cls,
        X,
        labels,
        *,
        n_clusters=None,
        anomalies=False,
        alpha=None,
        time=None,
        block_length=20,
        names=None,
        x=None,
        y=None,
        xy_units="",
        units="",
        quantity="",
        coastline=None,
        **params,
    ):
        """Draw means over the samples of each cluster, of any clustering.

        Parameters
        ----------
        X : array-like of shape (n_samples, channels, height, width)
            Fields to average, not necessarily those that were clustered.
        labels : array-like of int of shape (n_samples,)
            Cluster of every sample.
        n_clusters : int, default=None
            Number of clusters; None takes the largest label plus 1.
        anomalies : bool, default=False
            Whether to subtract the mean of all samples.
        alpha : float, default=None
            If given, points where the mean differs from that of all samples are
            significant at this false discovery rate; see :func:`lead_lag_composites`.
        time : array-like of shape (n_samples,), default=None
            Times of the samples, for the blocks of that test.
        block_length : int, default=20
            Samples in a block of that test. Use 1 for samples that do not depend on
            each other.
        names : sequence of str, default=None
            Names of the clusters; None is "cluster 0" and so on.
        x, y : array-like of shape (width,) and (height,), or both of shape (height, \
                width), default=None
            Coordinates; None takes grid indices.
        xy_units : str, default=""
            Units of x and y; "degrees": longitude and latitude.
        units : str or sequence of str, default=""
            Units of the channels: the same for all, or one each.
        quantity : str or sequence of str, default=""
            Name of what is shaded, for the colour bar, or the name of each channel.
        coastline : ndarray of shape (n_points, 2), False or None, default=None
            See :class:`FieldMapsDisplay`.
        **params : dict
            Passed to :meth:`plot`: ``channel``, ``arrows``, ``levels``, ``cmap``,
            ``stippling``, ``n_columns``, ``projection``, ``transform``, ``axes``.

        Returns
        -------
        display : ClusterMapsDisplay
            With the attributes ``axes_`` and ``figure_``.
        """
        X = as_array(X, float)
        labels, n_clusters = check_labels(labels, len(X), n_clusters)
        fields, significant = cluster_means(X, labels, n_clusters), None
        if alpha is not None:
            found = lead_lag_composites(
                X,
                np.arange(len(X)),
                labels,
                [0],
                time=time,
                alpha=alpha,
                block_length=block_length,
            )
            significant = np.zeros(fields.shape, dtype=bool)
            significant[: len(found.means)] = found.significant[:, 0]
        if anomalies:
            fields = fields - X.mean(axis=0)
        weights = np.bincount(labels + 1, minlength=n_clusters + 1)[1:] / len(labels)
        return cls(
            fields,
            weights,
            names=names,
            significant=significant,
            x=x,
            y=y,
            xy_units=xy_units,
            units=units,
            quantity=quantity,
            coastline=coastline,
        ).plot(**params)

    @classmethod
    def from_estimator(
        cls, estimator, X=None, *, fields=None, anomalies=False, **params
    ):
        """Draw the clusters of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, Pipeline or search that ends in one, or \
                fitted FieldClustering
            Model fitted to fields. Coordinates and units are those of labelled fields.
        X : array-like of shape (n_samples, channels, height, width), default=None
            If given, the maps are means over the samples of each cluster; otherwise,
            they are decoded centres.
        fields : array-like of shape (n_samples, channels, height, width), default=None
            Fields to average in place of X, such as the pressure of the days whose wind
            was clustered.
        anomalies : bool, default=False
            Whether to subtract the mean: of all samples, of the centres weighted by
            their frequency or, for labelled fields, their climatology.
        **params : dict
            Other parameters of :meth:`from_labels` if X is given; otherwise of the
            class and of :meth:`plot`.

        Returns
        -------
        display : ClusterMapsDisplay
            With the attributes ``axes_`` and ``figure_``.

        Raises
        ------
        ValueError
            If ``fields`` are given without X.
        """
        if fields is not None and X is None:
            raise ValueError("fields need X, whose clusters they are averaged over.")
        labelled = hasattr(estimator, "transformer_")
        if labelled:
            from skvaeclust.xarray._maps import cluster_fields

            weights = estimator.weights_
            values, labels, found = cluster_fields(estimator, X, fields, anomalies)
            params = found | params
        else:
            model = final_step(estimator, ("cluster_centers_", "weights_"))
            weights, labels = model.weights_, None
            if X is None:
                values = in_units_of_data(estimator, model.cluster_centers_)
            else:
                values, labels = X if fields is None else fields, estimator.predict(X)
        if labels is not None:
            params |= {"n_clusters": len(weights), "anomalies": anomalies}
            return cls.from_labels(values, labels, **params)
        if anomalies and not labelled:
            values = values - np.tensordot(weights, values, axes=1)
        drawing = signature(FieldMapsDisplay.plot).parameters
        plot = {name: params.pop(name) for name in [*params] if name in drawing}
        return cls(values, weights, **params).plot(**plot)

    def _title_style(self, k):
        return {"color": cluster_color(k), "weight": "bold"}
