"""
From NetCDF to a verified forecast
==================================

Regimes are found in an analysis and predicted by an ensemble. The forecasts are
compared with what happened. How many days ahead are they better than the climatology,
and than persistence? Are their probabilities reliable?

To run it on your own data, replace the two NetCDF files by an analysis and by past
forecasts (hindcasts) on the same grid.
"""

# %%
# Two files
# ---------
# The analysis is the sea level pressure of the winters 2001 to 2010.

import os
from pathlib import Path

import numpy as np
import xarray as xr

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.inspection import (
    ClusterMapsDisplay,
    ForecastSkillDisplay,
    LifeCyclesDisplay,
    ReliabilityDisplay,
)
from skvaeclust.sequences import life_cycles
from skvaeclust.verification import forecast_skill, reference_probabilities
from skvaeclust.xarray import FieldClustering

quick = bool(os.environ.get("SKVAECLUST_QUICK"))
output = Path("output")
output.mkdir(exist_ok=True)

load_north_atlantic_slp(as_xarray=True).to_netcdf(output / "analysis.nc")
analysis = xr.open_dataset(output / "analysis.nc")

# %%
# The package has no hindcasts, so we construct a *perfect model* from the analysis:
# a member is a sequence of observed days of another winter, which starts on a day with
# a similar pressure (an analogue), at most 20 days earlier or later in the season. The
# members and the truth thus have the same climate, which is not the case for the model
# of a forecast centre.

n_members, every = (5, 12) if quick else (10, 4)
leads = np.arange(1, 11)

time = analysis.time.to_index()
winter = time.year + (time.month > 6)
first = np.flatnonzero(winter[: -leads[-1]] == winter[leads[-1] :])  # all leads exist
starts = first[::every]

area = np.cos(np.deg2rad(analysis.lat))
rows = (analysis.slp * np.sqrt(area)).stack(point=["lat", "lon"]).values
day_of_winter = (time.day_of_year + 183) % 366
analogues = []
for start in starts:
    distance = ((rows[first] - rows[start]) ** 2).sum(axis=1)
    distance[winter[first] == winter[start]] = np.inf
    distance[np.abs(day_of_winter[first] - day_of_winter[start]) > 20] = np.inf
    analogues.append(first[np.argsort(distance)[:n_members]])

days = np.array(analogues)[:, None, :] + leads[:, None]
hindcasts = analysis.slp.astype("f4").isel(
    time=xr.DataArray(days, dims=["start", "lead", "member"])
)
hindcasts = hindcasts.drop_vars("time").assign_coords(
    start=("start", time[starts]),
    lead=("lead", leads, {"units": "days"}),
    valid_time=(["start", "lead"], time.values[starts[:, None] + leads]),
)
hindcasts.to_netcdf(output / "hindcasts.nc")
hindcasts = xr.open_dataset(output / "hindcasts.nc", decode_timedelta=True).slp
print(dict(hindcasts.sizes))

# %%
# Regimes
# -------
# Regimes are found in the analysis. Their labels are the truth.

clusterer = VAEClustering(
    4,
    augmenter=PCScaledNoiseAugmenter(2),
    max_epochs=8 if quick else 100,
    random_state=0,
)
model = FieldClustering(
    clusterer, climatology="month", weights="coslat", n_components=20
).fit(analysis)
truth = model.predict(analysis)

maps = ClusterMapsDisplay.from_estimator(model, anomalies=True)
maps.figure_.savefig(output / "verified_regimes.png", dpi=300)

# %%
# When does a regime begin and end? The index of a regime is the projection of each day
# on its pattern, in standard deviations. A life cycle is a period of at least five days
# in which the index is at least 1; a dip of one day does not end it.

index = model.regime_index(analysis)
cycles = life_cycles(index, threshold=1.0, min_duration="5D", max_dip="1D")
print(cycles)

display = LifeCyclesDisplay(cycles).plot(period=("2009-12-01", "2010-02-28"))
display.figure_.savefig(output / "life_cycles.png", dpi=300)

# %%
# Skill
# -----
# Every member has its own probabilities. The score is fair: its expected value does not
# depend on the number of members.

q = model.predict_proba(hindcasts)
skill = forecast_skill(q, truth, random_state=0)
print(skill)

display = ForecastSkillDisplay(skill).plot()
display.figure_.savefig(output / "skill.png", dpi=300)

# %%
# The climatology is easy to beat on the first days, because regimes persist. A Markov
# chain that starts from the analysis is a stronger reference: against it, the skill is
# much lower.

against_persistence = forecast_skill(q, truth, reference="persistence", random_state=0)
print(against_persistence)

chain = reference_probabilities(q, truth, reference="persistence")
skill_of_chain = forecast_skill(chain, truth, random_state=0)
table = xr.Dataset(
    {
        "ensemble": skill.to_dataset()["skill"],
        "persistence": skill_of_chain.to_dataset()["skill"],
    }
)
print(table.to_pandas().round(2))

# %%
# Reliability
# -----------
# Does a regime occur in 60 % of the cases in which the forecast says 60 %? A curve that
# is steeper than the diagonal means that forecasts are underconfident, a flatter one
# that they are overconfident. The mean over few members is overconfident even in a
# perfect model, because members are random.

display = ReliabilityDisplay.from_skill(skill)
display.figure_.savefig(output / "reliability.png", dpi=300)
