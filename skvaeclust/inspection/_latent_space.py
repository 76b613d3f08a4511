"""Display of the latent space."""

import numpy as np
from sklearn.base import clone

from skvaeclust._steps import as_final_step_sees, final_step
from skvaeclust.inspection._style import cluster_color, make_axes


class LatentSpaceDisplay:
    """Samples in latent space, with ellipses of one standard deviation per cluster.

    Usually created by :meth:`from_estimator`.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, latent_dim)
        Positions of the samples.
    labels : ndarray of shape (n_samples,)
        Their clusters.
    means, variances : ndarray of shape (n_clusters, latent_dim)
        Means and variances of p(z|k).
    copies : ndarray of shape (n_copies, latent_dim), default=None
        Positions of augmented samples.

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
    >>> from skvaeclust.inspection import LatentSpaceDisplay
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> display = LatentSpaceDisplay.from_estimator(model, X)
    """

    def __init__(self, Z, labels, means, variances, copies=None):
        self.Z = Z
        self.labels = labels
        self.means = means
        self.variances = variances
        self.copies = copies

    @classmethod
    def from_estimator(cls, estimator, X, *, random_state=0, dims=(0, 1), ax=None):
        """Draw the latent space of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, or Pipeline or search that ends in one
            The model. If it has an ``augmenter``, copies of X are drawn in grey.
        X : array-like of shape (n_samples, ...)
            Samples.
        random_state : int, RandomState instance or None, default=0
            Seed of the copies.
        dims : tuple of two int, default=(0, 1)
            The latent variables to draw.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.

        Returns
        -------
        display : LatentSpaceDisplay
            With the attributes ``ax_`` and ``figure_``.
        """
        model, copies = final_step(estimator), None
        if getattr(model, "augmenter", None) is not None:
            augmenter = clone(model.augmenter).set_params(random_state=random_state)
            seen = as_final_step_sees(estimator, X)
            noisy = augmenter.fit(seen).augment(seen)
            copies = model.transform(noisy) if len(noisy) else None
        display = cls(
            estimator.transform(X),
            estimator.predict(X),
            model.latent_means_,
            model.latent_variances_,
            copies,
        )
        return display.plot(dims=dims, ax=ax)

    def plot(self, *, dims=(0, 1), ax=None):
        """Draw the plot.

        Parameters
        ----------
        dims : tuple of two int, default=(0, 1)
            The latent variables to draw. If there is only one, a histogram is drawn.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.

        Returns
        -------
        display : LatentSpaceDisplay
            This object.

        Raises
        ------
        ValueError
            If the latent space does not have the dimensions ``dims``.
        """
        latent_dim = self.means.shape[1]
        if latent_dim > 1 and not all(0 <= d < latent_dim for d in dims):
            raise ValueError(
                f"dims={dims!r} must be two integers from 0 to {latent_dim - 1}."
            )
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=(5.4, 4.8))
        if latent_dim == 1:
            self._draw_line()
        else:
            self._draw_plane(list(dims))
        self.ax_.legend(fontsize="small", frameon=False)
        return self

    def _draw_line(self):
        edges = np.histogram_bin_edges(self.Z, bins=30)
        for k in range(len(self.means)):
            members = self.Z[self.labels == k, 0]
            color = cluster_color(k)
            self.ax_.hist(
                members, edges, color=color, alpha=0.6, label=f"{k} ({len(members)})"
            )
            self.ax_.axvline(self.means[k, 0], color=color)
        self.ax_.set(xlabel="latent variable", ylabel="number of samples")

    def _draw_plane(self, dims):
        from matplotlib.patches import Ellipse

        if self.copies is not None:
            self.ax_.scatter(
                *self.copies[:, dims].T, s=4, color="0.75", linewidths=0, label="copies"
            )
        for k, (mean, variance) in enumerate(
            zip(self.means[:, dims], self.variances[:, dims], strict=True)
        ):
            members, color = self.Z[self.labels == k][:, dims], cluster_color(k)
            self.ax_.scatter(
                *members.T,
                s=16,
                color=color,
                alpha=0.7,
                linewidths=0,
                label=f"{k} ({len(members)})",
            )
            self.ax_.add_patch(
                Ellipse(mean, *2 * np.sqrt(variance), fill=False, color=color, lw=2)
            )
            self.ax_.annotate(
                str(k),
                mean,
                ha="center",
                va="center",
                fontsize="small",
                weight="bold",
                bbox={"boxstyle": "circle", "facecolor": "white", "edgecolor": color},
            )
        self.ax_.set_aspect("equal", adjustable="datalim")
        self.ax_.set(
            xlabel=f"latent variable {dims[0]}", ylabel=f"latent variable {dims[1]}"
        )
