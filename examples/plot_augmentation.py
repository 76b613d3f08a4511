"""
Effects of augmentation on fields and clusters
==============================================

Deep models need more than a few dozen samples, so modified copies of each sample are
added. We compare six kinds of copies with none: noise scaled by the principal
components, noise at every point, the same noise on every component, rotation, cutout
and zoom.

Each setting is trained only a few times here. ``benchmarks/augmentation.py`` trains it
ten times, also with convolutional networks; its tables are on the benchmarks page.
"""

# %%
# Examples of copies
# ------------------
# The first sample of idealised circulations, m/s, and one copy by each method. Copies
# that exceed the colour scale are divided by the number in their title. Noise at every
# point has a quarter of the standard deviation of the first principal component, which
# is a sum over all points, so the noise hides the flow. The same noise on every
# component stays in the span of the samples, but components of little variance get as
# much noise as the first. Rotation and zoom transform the grid and the components of
# the velocity.

import os
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score

from skvaeclust import (
    CutoutAugmenter,
    IsotropicNoiseAugmenter,
    PCScaledNoiseAugmenter,
    PCUniformNoiseAugmenter,
    RotationAugmenter,
    VAEClustering,
    ZoomAugmenter,
)
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.inspection import FieldMapsDisplay, LatentSpaceDisplay, MapGrid
from skvaeclust.model_selection import classifiability_report

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

augmenters = {
    "none": None,
    "PC-scaled": PCScaledNoiseAugmenter(random_state=0),
    "isotropic": IsotropicNoiseAugmenter(random_state=0),
    "PC-uniform": PCUniformNoiseAugmenter(random_state=0),
    "rotation": RotationAugmenter(random_state=0),
    "cutout": CutoutAugmenter(random_state=0),
    "zoom": ZoomAugmenter(random_state=0),
}


def copies_of(X, name):
    """Make copies with a method, or return the samples if it is "none"."""
    if augmenters[name] is None:
        return X
    return clone(augmenters[name]).fit(X).augment(X)


def show_copies(flow, name):
    """Save a strip of the first sample and its copies."""
    fields = [copies_of(flow.data, method)[0] for method in augmenters]
    speeds = [np.nanmax(np.hypot(*field)) for field in fields]
    titles = ["sample", *list(augmenters)[1:]]
    for i, speed in enumerate(speeds):
        if speed > 1.5 * speeds[0]:  # exceeds the colour scale
            fields[i] = fields[i] * speeds[0] / speed
            titles[i] += f" / {speed / speeds[0]:.0f}"
    strip = FieldMapsDisplay(fields, titles, grid=MapGrid(units="m/s"))
    strip.plot(n_columns=4).figure_.savefig(output / name, dpi=300)


idealized = make_idealized_circulations(30, random_state=0)
show_copies(idealized, "augmentation_idealised.png")

# %%
# The same for coastal circulations, with land.

coastal = make_coastal_circulations(random_state=0)
show_copies(coastal, "augmentation_coastal.png")

# %%
# Properties of the copies
# ------------------------
# The fraction of the variance of the copies outside the span of the samples, and the
# variance and the divergence of the copies relative to those of the samples. Copies
# with noise scaled by the principal components have only slightly more divergence than
# the samples, and no variance outside their span.


def at_sea(X):
    """Return rows without land."""
    rows = X.reshape(len(X), -1)
    return rows[:, ~np.isnan(rows).any(axis=0)]


def fraction_outside(rows, samples):
    """Compute the fraction of the variance outside the span of the samples."""
    mean = samples.mean(axis=0)
    patterns = np.linalg.svd(samples - mean, full_matrices=False)[2][:-1]
    anomalies = rows - mean
    inside = anomalies @ patterns.T
    return max(0, 1 - np.sum(inside**2) / np.sum(anomalies**2))


def divergence(X):
    """Compute the root-mean-square divergence of fields."""
    fields = np.gradient(X[:, 0], axis=2) + np.gradient(X[:, 1], axis=1)
    return np.sqrt(np.nanmean(fields**2))


def additions(X, name):
    """Measure the properties of the copies of a method."""
    copies = copies_of(X, name)
    return {
        "outside the span": fraction_outside(at_sea(copies), at_sea(X)),
        "variance": at_sea(copies).var(axis=0).sum() / at_sea(X).var(axis=0).sum(),
        "divergence": divergence(copies) / divergence(X),
    }


for title, flow in {"idealised": idealized, "coastal": coastal}.items():
    table = pd.DataFrame({name: additions(flow.data, name) for name in augmenters}).T
    print(f"{title}\n{table.round(2).to_string()}\n")

# %%
# Effects on the clusters
# -----------------------
# For each method, the same model is trained once on each of several data sets, from
# random weights (``init="random"``), so that only the copies differ. The objective is
# the default one, or that of the original study, without a term for the balance of
# clusters (``gamma_balance=0``). "ARI" is the adjusted Rand index with the true
# patterns. "scatter" is the root-mean-square distance of samples from the centre of
# their pattern in latent space, relative to the distance between the centres.


def scatter(Z, y):
    """Compute the spread of the patterns relative to the distance between centres."""
    centres = np.array([Z[y == k].mean(axis=0) for k in np.unique(y)])
    within = np.mean(np.sum((Z - centres[y]) ** 2, axis=1))
    between = 2 * len(centres) / (len(centres) - 1) * centres.var(axis=0).sum()
    return np.sqrt(within / between)


def train(X, y, name, seed, **params):
    """Train a model; return its scores and the model."""
    augmenter = clone(augmenters[name]) if augmenters[name] is not None else None
    if augmenter is not None and (quick or len(X) > 100):
        augmenter.set_params(n_copies=3)
    model = VAEClustering(
        y.max() + 1,
        init="random",
        latent_dim=2,
        augmenter=augmenter,
        n_init=1,
        max_epochs=4 if quick else 80 if len(X) < 100 else 40,
        learning_rate=2e-3,
        random_state=seed,
        **params,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X)
    figures = {
        "ARI": adjusted_rand_score(y, model.labels_),
        "separation": np.nanmin(classifiability_report(model).ratios),
        "scatter": scatter(model.transform(X), y),
    }
    return figures, model


def compare(title, make, seeds, **params):
    """Print medians over data sets; return the first data set and its models."""
    data = [make(seed) for seed in seeds]
    results = Parallel(n_jobs=2)(
        delayed(train)(*data[seed], name, seed, **params)
        for seed in seeds
        for name in augmenters
    )
    rows = [figures for figures, _ in results]
    table = pd.DataFrame(rows, index=list(augmenters) * len(seeds))
    medians = table.groupby(level=0, sort=False).median()
    medians["lowest ARI"] = table["ARI"].groupby(level=0, sort=False).min()
    print(f"{title}\n{medians.round(2).to_string()}\n")
    return data[0][0], [model for _, model in results[: len(augmenters)]]


def idealized_data(seed):
    """Make idealised circulations and their labels."""
    return make_idealized_circulations(30, random_state=seed, return_X_y=True)


def coastal_data(seed):
    """Make coastal circulations and their labels."""
    return make_coastal_circulations(random_state=seed, return_X_y=True)


seeds = range(1 if quick else 2)
X, models = compare("idealised, default objective", idealized_data, seeds)
compare("idealised, gamma_balance=0", idealized_data, seeds, gamma_balance=0)
compare("coastal, three copies, default objective", coastal_data, seeds)

# %%
# The latent space of the first data set. Grey points are copies.

with plt.rc_context({"font.size": 7}):
    fig, axes = plt.subplots(2, 4, figsize=(6.7, 3.8), layout="constrained")
    axes.flat[-1].remove()
    for ax, name, model in zip(axes.flat, augmenters, models, strict=False):
        LatentSpaceDisplay.from_estimator(model, X, ax=ax)
        ax.get_legend().remove()  # the same in all
        ax.set_title(name, loc="left")
fig.savefig(output / "augmentation_latent_space.png", dpi=300)
