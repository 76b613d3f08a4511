"""Display of the latent space."""

import numpy as np
from sklearn.base import clone

from skvaeclust._plotting._style import (
    CENTIMETRE,
    PAGE_WIDTH,
    check_names,
    cluster_color,
    cluster_marker,
    in_print_style,
    make_axes,
)
from skvaeclust._steps import as_final_step_sees, final_step

APART = 0.07  # minimum distance between two numbers, as a fraction of the axes


class LatentSpaceDisplay:
    """Samples in latent space, with ellipses of one standard deviation per cluster.

    Usually created by :meth:`from_estimator`.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, latent_dim)
        Positions of the samples.
    labels : ndarray of shape (n_samples,)
        Clusters of the samples.
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
    def from_estimator(cls, estimator, X, *, random_state=0, **params):
        """Draw the latent space of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, or a Pipeline, search or FieldClustering of it
            The model. If it has an ``augmenter``, copies of X are drawn in grey.
        X : array-like of shape (n_samples, ...) or labelled fields
            Samples.
        random_state : int, RandomState instance or None, default=0
            Seed of the copies.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : LatentSpaceDisplay
            The display, drawn.
        """
        model, copies = final_step(estimator), None
        if getattr(model, "augmenter", None) is not None:
            augmenter = clone(model.augmenter).set_params(random_state=random_state)
            seen = as_final_step_sees(estimator, X)
            noisy = augmenter.fit(seen).augment(seen)
            copies = model.transform(noisy) if len(noisy) else None
        labels = np.ravel(estimator.predict(X))
        Z = np.reshape(estimator.transform(X), (len(labels), -1))
        present = ~np.isnan(Z).any(axis=1)  # samples without any value have no position
        display = cls(
            Z[present],
            labels[present],
            model.latent_means_,
            model.latent_variances_,
            copies,
        )
        return display.plot(**params)

    @in_print_style
    def plot(self, *, dims=(0, 1), names=None, ax=None):
        """Draw the plot.

        Parameters
        ----------
        dims : tuple of two int, default=(0, 1)
            Latent variables to draw. A model with a single one gets a histogram.
        names : sequence of str, default=None
            Names of the clusters in the legend. Default: cluster numbers.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.

        Returns
        -------
        display : LatentSpaceDisplay
            This object.

        Raises
        ------
        ValueError
            If ``dims`` are not latent variables, or names are not one per cluster.
        """
        n_clusters, latent_dim = np.shape(self.means)
        if latent_dim > 1 and not all(0 <= d < latent_dim for d in dims):
            raise ValueError(
                f"dims={dims!r} must be two integers from 0 to {latent_dim - 1}."
            )
        prefix = "" if names is None else "{}: "
        legend = [
            f"{prefix.format(k)}{name} ({np.sum(self.labels == k)})"
            for k, name in enumerate(check_names(names, n_clusters))
        ]
        if latent_dim == 1:
            self._draw_line(legend, ax)
        else:
            self._draw_plane(list(dims), legend, ax)
        self.ax_.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=1.5)
        return self

    def _draw_line(self, legend, ax):
        size = (0.6 * PAGE_WIDTH, 6 * CENTIMETRE)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size)
        edges = np.histogram_bin_edges(self.Z, bins=30)
        for k, label in enumerate(legend):
            color = cluster_color(k)
            members = self.Z[self.labels == k, 0]
            self.ax_.hist(members, edges, color=color, alpha=0.6, label=label)
            self.ax_.axvline(self.means[k, 0], color=color)
        self.ax_.set(xlabel="latent variable", ylabel="number of samples")

    def _draw_plane(self, dims, legend, ax):
        longest = max(map(len, legend))
        means, spread = self.means[:, dims], np.sqrt(self.variances[:, dims])
        points = [p[:, dims] for p in (self.Z, self.copies) if p is not None]
        points += [means - spread, means + spread]
        places = _spread_out(means, APART * np.ptp(_frame(*points), axis=0).max())
        low, high = _frame(*points, places)
        ratio = np.divide(*(high - low))
        height = 9 * CENTIMETRE * np.clip(1 / ratio, 0.5, 1.2)
        width = height * ratio + (2.7 + 0.15 * longest) * CENTIMETRE
        size = (width, height + 1.2 * CENTIMETRE)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size, layout="compressed")
        xlim, ylim = zip(low, high, strict=True)
        xlabel, ylabel = (f"latent variable {d}" for d in dims)
        self.ax_.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel, aspect="equal")
        style = {"linewidths": 0}
        if self.copies is not None:
            x, y = self.copies[:, dims].T
            self.ax_.scatter(x, y, s=2, color="0.8", label="copies", **style)
        style |= {"s": np.clip(2500 / len(self.Z), 3, 14), "alpha": 0.7}
        for k, label in enumerate(legend):
            x, y = self.Z[self.labels == k][:, dims].T
            look = {"color": cluster_color(k), "marker": cluster_marker(k)}
            self.ax_.scatter(x, y, label=label, **look, **style)
        self._draw_clusters(means, spread, places)

    def _draw_clusters(self, means, spread, places):
        """Draw the ellipse and the number of each cluster."""
        from matplotlib.patches import Ellipse

        style = {"ha": "center", "va": "center", "weight": "bold"}
        circle = {"boxstyle": "circle,pad=0.2", "facecolor": "white"}
        for k, place in enumerate(places):
            color = cluster_color(k)
            look = {"fill": False, "color": color, "lw": 1.5}
            self.ax_.add_patch(Ellipse(means[k], *2 * spread[k], **look))
            self.ax_.plot(*np.stack([means[k], place]).T, color=color, lw=0.8)
            self.ax_.text(*place, str(k), bbox=circle | {"edgecolor": color}, **style)


def _frame(*points):
    """Return the lower and upper corners of axes that show all points."""
    everything = np.concatenate(points)
    low, high = everything.min(axis=0), everything.max(axis=0)
    half = 0.55 * np.maximum(high - low, 0.4 * np.max(high - low) + 1e-9)
    return (low + high) / 2 - half, (low + high) / 2 + half


def _spread_out(points, distance, n_iter=200):
    """Move points until all pairs are at least a distance apart."""
    places = np.array(points, dtype=float)
    angles = 2 * np.pi * np.arange(len(places)) / len(places)
    places += 1e-6 * distance * np.column_stack([np.cos(angles), np.sin(angles)])
    for _ in range(n_iter):
        offsets = places[:, None] - places
        lengths = np.linalg.norm(offsets, axis=-1)
        np.fill_diagonal(lengths, np.inf)
        push = np.clip(distance - lengths, 0, None) / lengths / 2
        if not push.any():
            break
        places += (push[..., None] * offsets).sum(axis=1)
    return places
