"""
How many clusters are there, if any?
====================================

Every clustering finds as many clusters as it is told to. We ask how many there are:
first of coastal circulations, of which we know that there are four, then of a cloud
without any, and then of the winds of the North Atlantic, where nobody knows.

To ask it of your own fields, replace ``X`` by an array of shape (n_samples, channels,
height, width).
"""

# %%
# The question
# ------------
# The model is fitted with every number of clusters to the data, and to surrogates: data
# with the same mean and covariance, but without clusters. Clusters count if they are
# more distinct than those of surrogates: if other trainings find them again, and they
# stand apart, in latent space and in the data. Four surrogates are enough for a
# p-value. A lower ``gamma_latent`` than usual lets many clusters stand apart in two
# dimensions. Many short trainings tell more than a few long ones: three noisy copies,
# small batches and 20 epochs with twice the usual learning rate. In so few epochs,
# labels may still change here and there, which the comparison can bear.

import os
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp, make_coastal_circulations
from skvaeclust.model_selection import choose_n_clusters, gaussian_surrogates

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)
warnings.simplefilter("ignore", ConvergenceWarning)

model = VAEClustering(
    augmenter=PCScaledNoiseAugmenter(1 if quick else 3),
    init="random",
    latent_dim=2,
    gamma_latent=1 / 60,
    n_init=2 if quick else 6,
    max_epochs=4 if quick else 20,
    batch_size=22,
    tol=1e-3,
)


def ask(X, largest=5):
    """Which number of clusters, of two to the largest?"""
    return choose_n_clusters(
        model,
        X,
        range(2, 4 if quick else 1 + largest),
        n_surrogates=2 if quick else 4,
        n_jobs=2,
        random_state=0,
    )


def show(result, title, name):
    """Save the picture and print the table."""
    picture = result.plot()
    picture.figure_.suptitle(f"{title}: {result.n_clusters_} chosen")
    picture.figure_.savefig(output / name, dpi=120)
    columns = ["distinctness", "distinctness_high", "p_value", "smallest_share"]
    print(f"{title}: {result.n_clusters_}")
    print(result.to_frame()[columns].round(2))


# %%
# Four regimes of a coastal sea
# -----------------------------
# 164 fields of velocity, with land. A distinctness of 0 says that a cluster is empty,
# or has less than 5 % of the samples: there is nothing left for it.

X = make_coastal_circulations(freedom=0.0, random_state=0).data
coastal = ask(X)
show(coastal, "coastal circulations", "number_coastal.png")

# %%
# A cloud without clusters
# ------------------------
# It has the mean and the covariance of the same fields. The answer is 1. It comes after
# two surrogates, since the others could not change it. Surrogates are tried with the
# numbers up to the largest that may be chosen, and the next.

cloud = gaussian_surrogates(X, random_state=1)[0]
show(ask(cloud, largest=4), "no clusters", "number_none.png")

# %%
# Winter winds of the North Atlantic
# ----------------------------------
# Every sixth day, since a day is much like the one before, and as anomalies from the
# mean of the calendar month. Each point of the grid counts for its area.

flow = load_north_atlantic_slp(geostrophic_wind=True)
wind = flow.data.copy()
month = flow.time.astype("M8[M]").astype(int) % 12
for m in np.unique(month):
    wind[month == m] -= wind[month == m].mean(axis=0)
area = np.sqrt(np.cos(np.deg2rad(flow.latitude)))[:, None]
atlantic = ask((wind * area)[::6])
show(atlantic, "North Atlantic", "number_atlantic.png")

if plt.get_backend().lower() != "agg":
    plt.show()
