"""
Winter weather regimes over the North Atlantic
==============================================

We sort wind fields of 902 winter days into four regimes, look at the regimes, and
assess how reliable they are.

To run it on your own fields, replace ``wind`` by an array of shape (n_samples,
channels, height, width) and keep the rest.
"""

# %%
# The data
# --------
# Daily sea level pressure and its geostrophic wind, eastward and northward, m/s. The
# regimes are patterns of anomalies, so we subtract the seasonal mean: at every point, a
# parabola fitted to the days of the winter.

import os
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.inspection import LatentSpaceDisplay, TimelineDisplay
from skvaeclust.model_selection import classifiability_report

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

flow = load_north_atlantic_slp(geostrophic_wind=True)
first_of_december = (flow.time.astype("M8[M]") + 1).astype("M8[Y]").astype("M8[M]") - 1
day = (flow.time - first_of_december.astype("M8[D]")).astype(int)


def anomalies(fields):
    """Subtract the seasonal mean, a parabola in the day of the winter."""
    rows = fields.reshape(len(fields), -1)
    season = np.polynomial.polynomial.polyvander(day / 90, 2)
    mean = season @ np.linalg.lstsq(season, rows, rcond=None)[0]
    return (rows - mean).reshape(fields.shape)


wind = anomalies(flow.data)
pressure = anomalies(flow.pressure)

# %%
# Grid points are closer together towards the pole. Weights of the square root of the
# cosine of the latitude make each point count by its area.

area = np.sqrt(np.cos(np.deg2rad(flow.latitude)))[:, None]
X = wind * area

# %%
# The model
# ---------
# Four clusters in a latent space of two dimensions, which can be plotted, trained with
# two noisy copies of every day that are redrawn in every epoch. Training starts from
# the partitions of k-means, mixtures, a neighbour graph and t-SNE. Many days lie
# between the regimes, so these methods find different clusters, and the labels need
# more epochs than usual to converge.

model = VAEClustering(
    4,
    latent_dim=2,
    augmenter=PCScaledNoiseAugmenter(n_copies=2),
    max_epochs=8 if quick else 50,
    tol=1 if quick else 0.01,
    random_state=0,
    verbose=1,
).fit(X)

# %%
# Size, separation and reproducibility of the regimes. The separation of two clusters is
# the distance between their centres over the sum of their standard deviations along the
# line between them. The agreement of clusterings is the adjusted Rand index: 1 if they
# are equal, 0 by chance. For comparison, k-means on principal components, the usual
# method for weather regimes.


def agreement(clusterings):
    """Compute the mean adjusted Rand index of all pairs."""
    return np.mean([adjusted_rand_score(a, b) for a, b in combinations(clusterings, 2)])


scores = PCA(10, random_state=0).fit_transform(X.reshape(len(X), -1))
k_means = KMeans(4, n_init=20, random_state=0).fit_predict(scores)
single_runs = [
    KMeans(4, n_init=1, random_state=i).fit_predict(scores) for i in range(10)
]
apart = classifiability_report(model).ratios
print(f"days in each regime: {', '.join(map(str, np.bincount(model.labels_)))}")
print(f"separation of the pairs: {np.nanmin(apart):.1f} to {np.nanmax(apart):.1f}")
print(model.starts_.round(2).to_string())
print(f"agreement between starts: {model.restart_agreement_:.2f}")
print(f"agreement between single runs of PCA + k-means: {agreement(single_runs):.2f}")
print(
    "agreement with the best of 20 runs of PCA + k-means: "
    f"{adjusted_rand_score(k_means, model.labels_):.2f}"
)

# %%
# An agreement well below 1 means that many days could belong to one regime or to
# another: the shape of a regime is more reliable than the label of a single day.

# %%
# The regimes
# -----------
# Mean anomalies over the days of each regime. Low pressure over Iceland and high
# pressure to the south strengthen the westerlies (positive phase of the North Atlantic
# Oscillation); high pressure over Greenland and Iceland weakens them (negative phase).
# Arrows follow the isobars, since the wind is geostrophic.

colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]
days_of = [model.labels_ == k for k in range(4)]


def meridian(longitude, _):
    """Format a longitude on the axis."""
    return f"{abs(longitude):.0f}°{'W' if longitude < 0 else 'E'}"


fig, axes = plt.subplots(
    2, 2, figsize=(8.8, 6.1), sharex=True, sharey=True, layout="constrained"
)
for k, ax in enumerate(axes.flat):
    shading = ax.contourf(
        flow.longitude,
        flow.latitude,
        pressure[days_of[k]].mean(axis=0),
        levels=np.arange(-21, 22, 3),
        cmap="RdBu_r",
        extend="both",
    )
    u, v = wind[days_of[k]].mean(axis=0)[:, ::2, ::2]
    arrows = ax.quiver(
        flow.longitude[::2], flow.latitude[::2], u, v, scale=130, width=0.0045
    )
    ax.set_title(
        f"Regime {k}: {model.weights_[k]:.0%} of days",
        color=colors[k],
        weight="bold",
        loc="left",
    )
    ax.set_aspect(1 / np.cos(np.deg2rad(50)))
    ax.xaxis.set_major_formatter(meridian)
    ax.yaxis.set_major_formatter("{x:.0f}°N")
    ax.locator_params(axis="x", nbins=5)
    ax.label_outer()
ax.quiverkey(arrows, 0.8, 1.06, 10, "10 m/s", labelpos="E")
fig.colorbar(
    shading, ax=axes, label="sea level pressure anomaly (hPa)", shrink=0.75, pad=0.02
)
fig.savefig(output / "regimes.png", dpi=120)

# %%
# The latent space
# ----------------
# Every day is a point, noisy copies are grey, and every cluster is an ellipse of one
# standard deviation. Days between two ellipses are between two regimes. The certainty
# in the title is that of a single model; it does not include the spread between starts,
# which assign some of the same days to other regimes.

certain = model.predict_proba(X).max(axis=1) > 0.9
latent = LatentSpaceDisplay.from_estimator(model, X)
latent.ax_.set_title(f"{certain.mean():.0%} of days have q(k|x) > 0.9 for a regime")
latent.figure_.savefig(output / "latent_space.png", dpi=120)

# %%
# From day to day
# ---------------
# Regimes last for days: most of the weight of the transitions is on the diagonal.

timeline = TimelineDisplay.from_estimator(model, X, time=flow.time)
timeline.figure_.savefig(output / "timeline.png", dpi=120)

print(f"plots: {(output / 'regimes.png').resolve()}")
print(f"       {(output / 'latent_space.png').resolve()}")
print(f"       {(output / 'timeline.png').resolve()}")
if plt.get_backend().lower() != "agg":
    plt.show()
