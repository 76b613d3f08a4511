"""Display of the separation of clusters."""

import numpy as np

from skvaeclust.inspection._style import cluster_color, make_axes
from skvaeclust.model_selection import classifiability_report


class SeparationDisplay:
    """Matrix of the ratios of distance to spread of all pairs of clusters.

    Usually created by :meth:`from_estimator`.

    Parameters
    ----------
    ratios : ndarray of shape (n_clusters, n_clusters)
        :math:`d_{ij} / (s_i + s_j)`, NaN on the diagonal.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    skvaeclust.model_selection.classifiability_report : The same ratios as a table.

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
    def from_estimator(cls, estimator, X=None, *, ax=None):
        """Draw the separations of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, or Pipeline that ends in one
            The model.
        X : array-like of shape (n_samples, ...), default=None
            If given, the separations are computed from latent positions of the samples;
            otherwise, from p(z|k).
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.

        Returns
        -------
        display : SeparationDisplay
            With the attributes ``ax_`` and ``figure_``.
        """
        return cls(classifiability_report(estimator, X).ratios).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw the plot.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.

        Returns
        -------
        display : SeparationDisplay
            This object.
        """
        n_clusters = len(self.ratios)
        size = 2.2 + 0.45 * n_clusters
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=(size + 0.8, size))
        top = max(3, np.nanmax(self.ratios, initial=0))
        image = self.ax_.imshow(self.ratios, cmap="cividis", vmin=0, vmax=top)
        for (i, j), ratio in np.ndenumerate(self.ratios):
            if i != j:
                color = "black" if ratio > 0.6 * top else "white"
                self.ax_.text(
                    j, i, f"{ratio:.1f}", ha="center", va="center", color=color
                )
        self.ax_.set_xticks(range(n_clusters))
        self.ax_.set_yticks(range(n_clusters))
        for labels in (self.ax_.get_xticklabels(), self.ax_.get_yticklabels()):
            for k, label in enumerate(labels):
                label.set(color=cluster_color(k), weight="bold")
        self.ax_.set(xlabel="cluster", ylabel="cluster")
        self.figure_.colorbar(
            image, ax=self.ax_, label="separation d / (s + s)", shrink=0.85
        )
        return self
