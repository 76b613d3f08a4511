"""Display of one map per cluster."""

from dataclasses import replace
from string import ascii_lowercase

import numpy as np

from skvaeclust._labels import check_labels, is_labelled
from skvaeclust._plotting._checks import check_weights
from skvaeclust._plotting._grid import MapGrid, check_grid
from skvaeclust._plotting._style import check_names, text_color
from skvaeclust._steps import count_clusters, final_step, labelled_model, unfold_rows
from skvaeclust.composites import (
    cluster_means,
    cluster_significance,
    decoded_centers,
)
from skvaeclust.composites._clustered import warn_if_same
from skvaeclust.inspection._field_maps import FieldMapsDisplay

SPACE = "\N{NO-BREAK SPACE}"
TEST = ("alpha", "time")
TESTED = "no significant difference from all samples (FDR {:g} %)"


class ClusterMapsDisplay(FieldMapsDisplay):
    """Map of each cluster, titled with its name and the fraction of samples in it.

    Usually created by :meth:`from_estimator` or :meth:`from_labels`.

    Parameters
    ----------
    fields : ndarray of shape (n_clusters, channels, height, width)
        One field per cluster, NaN on land and for empty clusters.
    weights : array-like of shape (n_clusters,)
        Fraction of the samples in each cluster.
    names : sequence of str, default=None
        Names of the clusters. Default: "cluster 0" and so on.
    significant : ndarray of bool of shape (n_clusters, channels, height, width), \
            default=None
        Points where the field is significant in any channel. The number of channels may
        differ from that of the fields.
    grid : MapGrid, default=None
        Coordinates, units and coastline. None uses grid indices.

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
    >>> from skvaeclust.inspection import ClusterMapsDisplay, MapGrid
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> grid = MapGrid(units="m/s")
    >>> display = ClusterMapsDisplay.from_estimator(model, grid=grid)
    """

    def __init__(self, fields, weights, *, names=None, significant=None, grid=None):
        weights = check_weights(weights, fields)
        n_clusters = len(weights)
        if names is None:
            names = [f"cluster {k}" for k in range(n_clusters)]
        self.names = check_names(names, n_clusters)
        self.weights = weights
        fractions = [f"{100 * w:.0f}{SPACE}%" if w > 0 else "empty" for w in weights]
        titles = list(map("{}: {}".format, self.names, fractions))
        if 1 < n_clusters <= 26:
            titles = list(map(f"{{}}){SPACE}{{}}".format, ascii_lowercase, titles))
        if is_labelled(significant) and not is_labelled(fields):
            from skvaeclust.xarray._maps import labelled_maps

            significant, _, _ = labelled_maps(significant)
        super().__init__(fields, titles, significant=significant, grid=grid)

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
        significant=None,
        names=None,
        grid=None,
        **params,
    ):
        """Draw the mean fields of the clusters of any clustering.

        Parameters
        ----------
        X : array-like of shape (n_samples, channels, height, width) or labelled fields
            Fields to average, not necessarily those that were clustered.
        labels : array-like of int of shape (n_samples,)
            Cluster of every sample. Samples without a cluster (-1) are in no map. They
            are included in the denominator of the fractions.
        n_clusters, anomalies
            As for :func:`~skvaeclust.composites.cluster_means`.
        alpha, time
            As for :func:`~skvaeclust.composites.cluster_significance`, which finds the
            significant points. Default: no test. The test does not apply to the fields
            that were clustered.
        significant : array-like of bool of shape (n_clusters, channels, height, \
                width) or labelled, default=None
            Points without dots, in place of a test, for example
            ``sign_agreement >= 0.95`` of
            :func:`~skvaeclust.model_selection.cluster_stability`. The number of
            channels may differ from that of X.
        names, grid
            As for the class.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : ClusterMapsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If both ``alpha`` and ``significant`` are given.
        """
        if alpha is not None and significant is not None:
            raise ValueError("Give either alpha or significant, got both.")
        fields = cluster_means(X, labels, n_clusters, anomalies=anomalies)
        members, n_clusters = check_labels(labels, len(labels), n_clusters)
        sizes = np.bincount(members[members >= 0], minlength=n_clusters)
        given = {"names": names, "grid": grid}
        if anomalies:
            given["grid"] = replace(check_grid(grid), anomalies=True)
        if alpha is not None:
            test = {"alpha": alpha, "time": time}
            params = {"stippling_label": TESTED.format(100 * alpha)} | params
            significant = cluster_significance(X, labels, n_clusters, **test)
        given["significant"] = significant
        return cls(fields, sizes / len(members), **given).plot(**params)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X=None,
        *,
        fields=None,
        anomalies=False,
        significant=None,
        names=None,
        grid=None,
        **params,
    ):
        """Draw the clusters of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, Pipeline or search that ends in one, or \
                fitted FieldClustering
            Model fitted to fields, or to flat rows with ``field_shape``. If X is given,
            any fitted clusterer with ``predict``.
        X : array-like of shape (n_samples, channels, height, width), default=None
            If given, the maps are means over the samples of each cluster; otherwise,
            they are decoded centres.
        fields : array-like of shape (n_samples, channels, height, width), default=None
            Fields to average in place of X, such as the pressure of the days whose wind
            was clustered.
        anomalies : bool, default=False
            Whether to subtract the mean of all samples (without X, the mean of the
            centres, weighted by frequency) or the climatology of labelled fields.
        significant
            As for :meth:`from_labels`.
        names, grid
            As for the class. Labelled fields complete the grid.
        **params : dict
            Parameters of :meth:`plot` and, if X is given, ``alpha`` and ``time`` of
            :meth:`from_labels`. Labelled fields have their own times.

        Returns
        -------
        display : ClusterMapsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If ``fields``, ``alpha`` or ``time`` are given without X.

        Warns
        -----
        UserWarning
            If ``alpha`` is given, and a tested field was clustered.
        """
        needs_samples = {"fields": fields} | {k: params.get(k) for k in TEST}
        for name, value in needs_samples.items() if X is None else ():
            if value is not None:
                raise ValueError(f"{name} requires the samples X, got X=None.")
        n_clusters = count_clusters(estimator)
        if X is None:
            weights = final_step(estimator, ("weights_",), "give X").weights_
        if (labelled := labelled_model(estimator)) is not None:
            from skvaeclust.xarray._maps import cluster_fields

            found = cluster_fields(labelled, X, fields, anomalies)
            of_model = MapGrid(**found.grid)
            grid = check_grid(grid).completed_by(of_model)
            values, labels = found.values, found.labels
        elif X is None:
            values = decoded_centers(estimator, anomalies=anomalies)
            values = unfold_rows(estimator, values)
            grid = replace(check_grid(grid), anomalies=anomalies)
        else:
            values = unfold_rows(estimator, X if fields is None else fields)
            labels = estimator.predict(X)
        given = {"names": names, "grid": grid, "significant": significant}
        if X is None:
            return cls(values, weights, **given).plot(**params)
        if params.get("alpha") is not None:
            labels_of_fit = None if labelled is None else labelled.labels_
            warn_if_same(fields, X, labels_of_fit)
            if labelled is not None and found.time is not None:
                order = np.argsort(found.time, kind="stable")
                values, labels = values[order], labels[order]
                params = params | {"time": found.time[order]}
        given |= {"n_clusters": n_clusters, "anomalies": anomalies}
        return cls.from_labels(values, labels, **given, **params)

    def _title_style(self, k):
        return {"color": text_color(k), "weight": "bold"}
