"""What the choice of the number of clusters gives: a table and a picture."""

from dataclasses import dataclass, field

import numpy as np

PANELS = {
    "distinctness": "distinctness T",
    "separation": "least separation in latent space",
    "agreement": "agreement with other trainings",
}


@dataclass
class NumberOfClusters:
    """What :func:`choose_n_clusters` found.

    Attributes
    ----------
    n_clusters_ : int
        The number of clusters, 1 where there are none.
    estimator_ : estimator or None
        The model with this number, fitted to X; None for 1.
    n_clusters : ndarray of shape (n_candidates,)
        The candidates, increasing.
    scores : dict of ndarray of shape (n_candidates,)
        Of the fits to X: those of :func:`classifiability_scores` (but with the
        agreement and the distinctness of :func:`choose_n_clusters`), "gain" (of the
        "elbo", with the last cluster) and "converged".
    surrogate_scores : dict of ndarray of shape (n_surrogates, n_candidates)
        The same of the fits to surrogates; NaN for numbers that were not tried.
    p_values : ndarray of shape (n_candidates,)
        p-value of each candidate, adjusted for their number.
    alpha : float
        Level of the test.
    min_distinctness : float
        Least distinctness that counts.
    """

    n_clusters_: int
    estimator_: object = field(repr=False)
    n_clusters: np.ndarray
    scores: dict = field(repr=False)
    surrogate_scores: dict = field(repr=False)
    p_values: np.ndarray
    alpha: float
    min_distinctness: float

    def band(self, name):
        """Range of a score over the surrogates.

        Parameters
        ----------
        name : str
            A key of ``surrogate_scores``.

        Returns
        -------
        low, high : ndarray of shape (n_candidates,)
            Least and greatest value; NaN where surrogates were not tried.
        """
        values = self.surrogate_scores[name]
        return values.min(axis=0), values.max(axis=0)

    def to_frame(self):
        """All scores as a pandas DataFrame.

        Returns
        -------
        frame : pandas.DataFrame
            A row for each candidate: its scores, the band of the surrogates (columns
            that end in "_low" and "_high"), and the p-value.
        """
        import pandas as pd

        columns = dict(self.scores)
        for name in ("distinctness", "separation", "agreement", "gain"):
            columns[f"{name}_low"], columns[f"{name}_high"] = self.band(name)
        columns["p_value"] = self.p_values
        return pd.DataFrame(columns, pd.Index(self.n_clusters, name="n_clusters"))

    def plot(self, axes=None):
        """Distinctness, separation and agreement against the number of clusters.

        Parameters
        ----------
        axes : sequence of 3 matplotlib axes, default=None
            Where to plot; None makes a figure.

        Returns
        -------
        display : NumberOfClustersDisplay
            With the attributes ``figure_`` and ``axes_``.
        """
        return NumberOfClustersDisplay(self).plot(axes)


class NumberOfClustersDisplay:
    """Scores against the number of clusters, with the band of the surrogates.

    Made by ``choose_n_clusters(...).plot()``.

    Parameters
    ----------
    result : NumberOfClusters
        What :func:`choose_n_clusters` returned.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure.
    axes_ : ndarray of 3 matplotlib axes
        Distinctness, separation and agreement.
    """

    def __init__(self, result):
        self.result = result

    def plot(self, axes=None):
        """Draw the picture.

        Parameters
        ----------
        axes : sequence of 3 matplotlib axes, default=None
            Where to plot; None makes a figure.

        Returns
        -------
        display : NumberOfClustersDisplay
            This object.
        """
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained")
        for ax, (name, title) in zip(axes, PANELS.items(), strict=True):
            self._panel(ax, name)
            ax.set(xlabel="number of clusters", title=title)
        least = self.result.min_distinctness
        axes[0].axhline(least, color="0.5", linestyle=":", label="least that counts")
        axes[0].legend(fontsize="small", frameon=False)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _panel(self, ax, name):
        result = self.result
        numbers, values = result.n_clusters, result.scores[name]
        label = f"{len(result.surrogate_scores[name])} surrogates"
        ax.fill_between(numbers, *result.band(name), color="0.85", label=label)
        ax.plot(numbers, values, "o-", label="samples")
        chosen = numbers == result.n_clusters_
        if chosen.any():
            ax.plot(numbers[chosen], values[chosen], "o", color="C3", label="chosen")
        ax.set_xticks(numbers)
