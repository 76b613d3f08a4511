"""Verification of probability forecasts of clusters."""

from skvaeclust.verification._result import ForecastSkill
from skvaeclust.verification._skill import forecast_skill, reference_probabilities

__all__ = ["ForecastSkill", "forecast_skill", "reference_probabilities"]
