"""
How many clusters are there, if any?
====================================

Every clustering method returns as many clusters as requested. We choose their number
for three data sets: coastal circulations with four known regimes, Gaussian data without
clusters, and pressure over the North Atlantic, for which the number is unknown.

To run it on your own fields, replace ``X`` by an array of shape (n_samples, channels,
height, width).
"""

# %%
# The method
# ----------
# Models with each number of clusters are fitted to the data and to surrogates: random
# data that resemble them, but have no clusters. Clusters are distinct if starts of
# different kinds agree on them, and if they are harder to cut in two than to tell apart
# in a graph of neighbours. This takes a minute or less for 100 to 200 samples.

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from skvaeclust.datasets import load_north_atlantic_slp, make_coastal_circulations
from skvaeclust.inspection import NumberOfClustersDisplay
from skvaeclust.model_selection import choose_n_clusters, gaussian_surrogates

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)


def ask(X, title, name):
    """Print the result and its table, and save the plot."""
    numbers = [2, 3] if quick else range(2, 7)
    n_surrogates = 4 if quick else 8
    result = choose_n_clusters(
        X,
        n_clusters=numbers,
        n_surrogates=n_surrogates,
        n_jobs=2,
        random_state=0,
    )
    print(f"{title}: {result}")
    columns = ["distinctness", "distinctness_high", "isolation", "agreement", "p_value"]
    print(result.to_frame()[columns].round(2))
    picture = NumberOfClustersDisplay(result).plot()
    found = "none" if result.n_clusters == 1 else result.n_clusters
    picture.figure_.suptitle(f"{title}: {found}", fontsize=9)
    picture.figure_.savefig(output / name, dpi=300)
    return result


# %%
# Four regimes of a coastal sea
# -----------------------------
# 164 velocity fields, with land. With two clusters, regimes are merged and easy to cut
# in two. With five, a regime is cut, and its parts are hard to tell apart. Three
# clusters are as distinct as four, since two regimes are similar; the largest of the
# numbers that are nearly as distinct is chosen.

X = make_coastal_circulations(freedom=0.0, random_state=0).data
if quick:
    X = X[:, :, ::2, ::2]
coastal = ask(X, "coastal circulations", "number_coastal.png")

# %%
# A cloud without clusters
# ------------------------
# Gaussian data with the mean and the covariance of the same fields. The result is 1,
# and the printed sentence gives the reason.

cloud = gaussian_surrogates(X, random_state=1)[0]
ask(cloud, "Gaussian cloud", "number_none.png")

# %%
# Winter weather of the North Atlantic
# ------------------------------------
# Sea level pressure of every sixth day, since successive days are similar, as anomalies
# from the mean of the calendar month. Grid points are weighted by area.

flow = load_north_atlantic_slp()
pressure = flow.data.copy()
month = flow.time.astype("M8[M]").astype(int) % 12
for m in np.unique(month):
    pressure[month == m] -= pressure[month == m].mean(axis=0)
area = np.sqrt(np.cos(np.deg2rad(flow.latitude)))[:, None]
ask((pressure * area)[::6], "North Atlantic", "number_atlantic.png")

# %%
# No number of clusters is evident. The four regimes of :ref:`the tutorial on known
# regimes <sphx_glr_auto_examples_plot_north_atlantic.py>` summarise a continuum.

if plt.get_backend().lower() != "agg":
    plt.show()
