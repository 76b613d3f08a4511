"""Display of how long clusters last."""

import numpy as np
from scipy.stats import binom

from skvaeclust.inspection._panels import make_panels
from skvaeclust.inspection._sequence_display import SequenceDisplay
from skvaeclust.inspection._style import cluster_color, cluster_marker, in_print_style
from skvaeclust.sequences import residence_times
from skvaeclust.sequences._sequence import LabelSequence

BAND = (0.025, 0.975)


class ResidenceTimesDisplay(SequenceDisplay):
    r"""Fraction of the runs that last at least so long, a panel per cluster.

    Usually created by :meth:`from_labels` or :meth:`from_estimator`.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`residence_times`.
    n_clusters : int, default=None
        Number of clusters; None takes the largest in the table plus 1.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One per cluster.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    residence_times : The table.

    Notes
    -----
    Marks are observed runs, n of them. The line is a Markov chain of the same
    persistence, of which the fraction :math:`p^{d-1}` lasts at least d samples, and the
    band contains 95 % of such chains with n runs, at each d by itself. Marks above the
    band are memory beyond one step.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import ResidenceTimesDisplay
    >>> labels = np.repeat([0, 1, 0, 1, 0, 1, 0], [3, 1, 5, 2, 1, 2, 4])
    >>> display = ResidenceTimesDisplay.from_labels(labels, names=["calm", "storm"])
    """

    def __init__(self, table, n_clusters=None):
        self.table = table
        self.n_clusters = n_clusters

    @classmethod
    def from_labels(cls, labels, *, time=None, n_clusters=None, **params):
        """Draw the residence times of clusters of any kind.

        Parameters
        ----------
        labels : array-like or DataArray of int of shape (n_samples,)
            Cluster of every sample, in order of time; -1 for none.
        time : array-like of shape (n_samples,), default=None
            Increasing times; None takes the coordinate of a DataArray.
        n_clusters : int, default=None
            Number of clusters; None takes the largest label plus 1.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : ResidenceTimesDisplay
            With the attributes ``axes_`` and ``figure_``.
        """
        n_clusters = LabelSequence.read(labels, time, n_clusters).n_clusters
        table = residence_times(labels, time=time, n_clusters=n_clusters)
        return cls(table, n_clusters).plot(**params)

    @in_print_style
    def plot(self, *, names=None, n_columns=None, axes=None):
        """Draw the plot.

        Parameters
        ----------
        names : sequence of str, default=None
            Names of the clusters; None is their numbers.
        n_columns : int, default=None
            Number of panels in a row, each 4 cm wide; None chooses it.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, one per cluster; None makes a new figure.

        Returns
        -------
        display : ResidenceTimesDisplay
            This object.
        """
        from matplotlib.ticker import LogLocator

        of_cluster = dict(list(self.table.groupby(level="cluster")))
        n_clusters = self.n_clusters or max(of_cluster, default=-1) + 1
        n_runs = self.table["observed"].groupby(level="cluster").sum()
        n_runs = n_runs.reindex(range(n_clusters), fill_value=0)
        self.figure_, self.axes_ = make_panels(
            axes,
            names,
            n_clusters,
            n_columns=n_columns,
            xlabel="duration d (samples)",
            ylabel="runs $\\geq$ d (%)",
            notes=[f"n = {n}" for n in n_runs],
        )
        for k, rows in of_cluster.items():
            _draw_survival(self.axes_[k], rows, k)
        for ax in self.axes_:
            ax.set_yscale("log")
            ax.set_ylim(50 / max(1, n_runs.max()), 140)
            ax.yaxis.set_major_locator(LogLocator(numticks=6))
            ax.yaxis.set_major_formatter("{x:g}")
            ax.minorticks_off()
        self._add_key(axes is not None)
        return self

    def _add_key(self, given):
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        observed = {"marker": "o", "markersize": 3, "linestyle": ""}
        key = [
            Line2D([], [], color="0.3", label="observed", **observed),
            Line2D([], [], color="k", label="Markov chain"),
            Patch(color="0.85", label="95 % of chains"),
        ]
        if given:
            self.axes_[0].legend(handles=key, loc="upper right", frameon=False)
        else:
            self.figure_.legend(
                handles=key,
                loc="outside lower center",
                ncols=3,
                handlelength=1.2,
                columnspacing=1,
            )


def _draw_survival(ax, rows, k):
    """Draw the fraction of runs that last at least so long, and what is expected."""
    duration = rows.index.get_level_values("duration").to_numpy()
    observed, n_runs = rows["observed"].to_numpy(), rows["observed"].sum()
    lasting = np.cumsum(observed[::-1])[::-1] / n_runs
    stay = 1 - rows["geometric"].iloc[0] / n_runs
    chain = stay ** (duration - 1.0)
    low, high = (binom.ppf(q, n_runs, chain) / n_runs for q in BAND)
    ax.fill_between(duration, 100 * low.clip(1e-9), 100 * high, color="0.85", lw=0)
    ax.plot(duration, 100 * chain, color="k", linewidth=0.8)
    ax.plot(
        duration,
        100 * lasting,
        linestyle="",
        marker=cluster_marker(k),
        color=cluster_color(k),
        markersize=2.5,
    )
