"""A picture of the choice of the number of clusters."""

PANELS = {
    "distinctness": "distinctness T",
    "separation": "least separation in latent space",
    "agreement": "agreement between restarts",
}


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
        axes[0].axhline(self.result.min_distinctness, color="0.5", linestyle=":")
        axes[0].legend()
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _panel(self, ax, name):
        result = self.result
        numbers, values = result.n_clusters, result.scores[name]
        label = f"surrogates, {result.alpha:.0%} to {1 - result.alpha:.0%}"
        ax.fill_between(numbers, *result.band(name), color="0.85", label=label)
        ax.plot(numbers, values, "o-", label="samples")
        chosen = numbers == result.n_clusters_
        ax.plot(numbers[chosen], values[chosen], "o", color="C3", label="chosen")
        ax.set_xticks(numbers)
