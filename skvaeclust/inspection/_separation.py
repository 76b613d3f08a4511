"""Display of the separation of clusters."""

import numpy as np

from skvaeclust._plotting._matrix import (
    DARK,
    add_matrix_key,
    make_matrix_axes,
    write_cell,
)
from skvaeclust._plotting._style import check_names, in_print_style
from skvaeclust.model_selection import classifiability_report


class SeparationDisplay:
    """Matrix of the ratio of distance to spread for all pairs of clusters.

    Usually created by :meth:`from_estimator`.

    Parameters
    ----------
    ratios : ndarray of shape (n_clusters, n_clusters)
        Ratios of the result of
        :func:`~skvaeclust.model_selection.classifiability_report`, NaN on the diagonal.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.inspection import SeparationDisplay
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> display = SeparationDisplay.from_estimator(model)
    """

    def __init__(self, ratios):
        self.ratios = ratios

    @classmethod
    def from_estimator(cls, estimator, X=None, **params):
        """Draw the separation of the clusters of a fitted model.

        Parameters
        ----------
        estimator, X
            As for :func:`~skvaeclust.model_selection.classifiability_report`.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : SeparationDisplay
            The display, drawn.
        """
        return cls(classifiability_report(estimator, X).ratios).plot(**params)

    @in_print_style
    def plot(self, *, names=None, ax=None):
        """Draw the plot.

        Parameters
        ----------
        names : sequence of str, default=None
            Names of the clusters. Default: cluster numbers.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.

        Returns
        -------
        display : SeparationDisplay
            This object.
        """
        names = check_names(names, len(self.ratios))
        self.figure_, self.ax_ = make_matrix_axes(ax, names)
        top = max(3, np.nanmax(self.ratios, initial=0))
        look = {"aspect": "auto", "cmap": "GnBu", "vmin": 0, "vmax": top}
        self.ax_.imshow(self.ratios, **look)
        for i, j in np.argwhere(~np.isnan(self.ratios)):
            ratio = self.ratios[i, j]
            write_cell(self.ax_, i, j, f"{ratio:.1f}", ratio > DARK * top)
        title = "distance / sum of spreads"
        add_matrix_key(self.figure_, self.ax_, ax is None, title)
        return self
