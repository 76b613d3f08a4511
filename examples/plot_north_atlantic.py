"""
Winter weather regimes over the North Atlantic
==============================================

We sort 902 winter days of real wind fields into four regimes, look at what they are,
and ask how far they can be trusted.

To run it on your own fields, replace ``wind`` by an array of shape (n_samples,
channels, height, width) and keep the rest.
"""

# %%
# The data
# --------
# Daily sea level pressure, and the geostrophic wind that belongs to it: eastward and
# northward, m/s. The regimes are patterns of anomalies, so we take away the seasonal
# mean: at every point, a parabola through the days of the winter.

import os
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

flow = load_north_atlantic_slp(geostrophic_wind=True)
first_of_december = (flow.time.astype("M8[M]") + 1).astype("M8[Y]").astype("M8[M]") - 1
day = (flow.time - first_of_december.astype("M8[D]")).astype(int)


def anomalies(fields):
    """Take away the mean of the season, a parabola in the day of the winter."""
    rows = fields.reshape(len(fields), -1)
    season = np.polynomial.polynomial.polyvander(day / 90, 2)
    mean = season @ np.linalg.lstsq(season, rows, rcond=None)[0]
    return (rows - mean).reshape(fields.shape)


wind = anomalies(flow.data)
pressure = anomalies(flow.pressure)

# %%
# Points of the grid crowd together towards the pole. Weighted by the root of the
# cosine of the latitude, each counts for the area that it stands for.

area = np.sqrt(np.cos(np.deg2rad(flow.latitude)))[:, None]
X = wind * area

# %%
# The model
# ---------
# Four clusters in a latent space of two dimensions, trained with two noisy copies of
# every day, drawn anew in every epoch. The best of three restarts is kept.

model = VAEClustering(
    4,
    augmenter=PCScaledNoiseAugmenter(n_copies=2),
    n_init=1 if quick else 3,
    max_epochs=20 if quick else 80,
    tol=1 if quick else 0.01,
    random_state=0,
    verbose=1,
).fit(X)

# %%
# How many days, how far apart, how reproducible? The distance between two clusters is
# measured in the sum of their standard deviations along the line between them.


def separation(model):
    """Distances between the clusters, as (K, K), in standard deviations."""
    means, variances = model.latent_means_, model.latent_variances_
    ratio = np.full((len(means), len(means)), np.nan)
    for i, j in combinations(range(len(means)), 2):
        line = means[j] - means[i]
        distance = np.linalg.norm(line)
        spread = np.sqrt(variances[[i, j]] @ (line / distance) ** 2).sum()
        ratio[i, j] = ratio[j, i] = distance / spread
    return ratio


k_means = KMeans(4, n_init=20, random_state=0).fit(
    PCA(10, random_state=0).fit_transform(X.reshape(len(X), -1))
)
sizes = np.bincount(model.labels_, minlength=4)
print(f"days in each regime: {', '.join(map(str, sizes))}")
print(f"separation, smallest of all pairs: {np.nanmin(separation(model)):.2f}")
print(
    f"agreement of the restarts (adjusted Rand index): {model.restart_agreement_:.2f}"
)
print(
    "agreement with PCA + k-means (adjusted Rand index): "
    f"{adjusted_rand_score(k_means.labels_, model.labels_):.2f}"
)

# %%
# The regimes
# -----------
# Mean anomalies over the days of each regime. Low pressure over Iceland with high
# pressure to its south strengthens the westerlies, the positive phase of the North
# Atlantic Oscillation; the reverse is the negative phase.

colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]
limit = 15  # hPa

fig, axes = plt.subplots(
    2, 2, figsize=(9, 7), sharex=True, sharey=True, layout="constrained"
)
for k, ax in enumerate(axes.flat):
    members = model.labels_ == k
    shading = ax.contourf(
        flow.longitude,
        flow.latitude,
        pressure[members].mean(axis=0),
        levels=np.linspace(-limit, limit, 13),
        cmap="RdBu_r",
        extend="both",
    )
    u, v = wind[members].mean(axis=0)
    thin = np.s_[::2, ::2]
    arrows = ax.quiver(
        *np.meshgrid(flow.longitude[::2], flow.latitude[::2]),
        u[thin],
        v[thin],
        scale=120,
        width=0.003,
    )
    ax.set_title(
        f"Regime {k}: {model.weights_[k]:.0%} of days",
        color=colors[k],
        weight="bold",
        loc="left",
    )
    ax.set_aspect(1 / np.cos(np.deg2rad(50)))
axes[0, 1].quiverkey(arrows, 0.82, 1.06, 10, "10 m/s", labelpos="E")
fig.supxlabel("longitude (degrees east)")
fig.supylabel("latitude (degrees north)")
fig.colorbar(shading, ax=axes, label="sea level pressure anomaly (hPa)", shrink=0.8)
fig.savefig(output / "regimes.png", dpi=120)

# %%
# The latent space
# ----------------
# Every day is a point, and every cluster an ellipse of one standard deviation. Days
# between two ellipses are days between two regimes.

Z = model.transform(X)
certain = model.predict_proba(X).max(axis=1)

fig, ax = plt.subplots(figsize=(6, 5.2), layout="constrained")
for k in range(4):
    members = model.labels_ == k
    ax.scatter(
        *Z[members].T,
        s=12,
        color=colors[k],
        alpha=0.5,
        linewidths=0,
    )
    width, height = 2 * np.sqrt(model.latent_variances_[k])
    ax.add_patch(
        Ellipse(
            model.latent_means_[k], width, height, fill=False, color=colors[k], lw=2.5
        )
    )
    ax.annotate(
        str(k),
        model.latent_means_[k],
        ha="center",
        va="center",
        weight="bold",
        bbox={"boxstyle": "circle", "facecolor": "white", "edgecolor": colors[k]},
    )
ax.set(
    xlabel="first latent variable",
    ylabel="second latent variable",
    title=f"{np.mean(certain > 0.9):.0%} of days belong to a regime with q(k|x) > 0.9",
)
fig.savefig(output / "latent_space.png", dpi=120)

print(f"pictures: {(output / 'regimes.png').resolve()}")
print(f"          {(output / 'latent_space.png').resolve()}")
if plt.get_backend().lower() != "agg":
    plt.show()
