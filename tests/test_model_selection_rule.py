"""Tests of distinctness, p-values and the rule, in closed form."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skvaeclust.model_selection._rule import (
    choose_number,
    distinctness,
    p_values,
)

SEEDS = range(3)


def test_distinctness_in_closed_form():
    assert distinctness(0.75, 0.8) == 0.4
    assert distinctness(7.0, 0.8) == 0.8
    assert distinctness(7.0, -0.1) == 0
    assert distinctness(0.75, math.nan) == 0.5


def test_p_values_in_closed_form():
    # The logarithms of the greatest are 1, 2 and 3: mean 2, standard deviation 1.
    surrogates = np.exp([[1.0, 0.5], [0.0, 2.0], [3.0, 3.0]])
    observed = np.exp([2.0, 2 + 4.3027 * math.sqrt(4 / 3)])
    p = p_values(observed, surrogates)
    assert_allclose(p, [0.5, 0.025], rtol=1e-4)  # t with 2 degrees of freedom
    assert_allclose(
        p_values(np.array([1.0, 2.0]), np.ones((3, 2))), [0.5, 0], atol=1e-9
    )
    assert p_values(np.array([-1.0]), surrogates) > 0.95


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_surrogates", [2, 9])
def test_p_values_are_calibrated(n_surrogates, seed):
    rng = np.random.default_rng(seed)
    draws = np.exp(rng.standard_normal((4000, 1 + n_surrogates, 1)))
    p = np.array([p_values(draw[0], draw[1:]).min() for draw in draws])
    # The standard error of a fraction of 5 % in 4000 is 0.35 %.
    assert abs(np.mean(p <= 0.05) - 0.05) < 0.015
    # The maximum of three is skewed, not normal, but the level is still close.
    draws = np.exp(rng.standard_normal((4000, 1 + n_surrogates, 3)))
    p = np.array([p_values(draw[0], draw[1:]).min() for draw in draws])
    assert abs(np.mean(p <= 0.05) - 0.05) < 0.03


def test_choice_among_candidates():
    numbers = np.array([2, 3, 4, 5])

    def choice(distinct, p=0.05, **params):
        params = {"alpha": 0.05, "min_distinctness": 0.6} | params
        p = np.broadcast_to(p, len(distinct))
        return choose_number(numbers, np.array(distinct), p, **params)

    assert choice([0.9, 0.95, 0.5, 0.2]) == 3
    assert choice([1.0, 0.95, 0.5, 0.2]) == 3
    assert choice([1.0, 0.94, 0.5, 0.2]) == 2
    assert choice([0.59, 0.59, 0.5, 0.2]) == 1
    assert choice([0.59, 0.59, 0.5, 0.2], min_distinctness=0.5) == 3
    assert choice([0.9, 0.95, 0.5, 0.2], p=0.1) == 1
    # The smallest p-value determines whether there are clusters.
    assert choice([1.0, 0.96, 0.5, 0.2], p=[0.01, 0.06, 0.5, 0.9]) == 3
