"""Copies of samples from the augmenter of an estimator (without torch)."""

from dataclasses import dataclass
from numbers import Number

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from skvaeclust._arguments import check_integer
from skvaeclust._fields import as_array
from skvaeclust._limits import refuse_too_large
from skvaeclust._words import shown
from skvaeclust.augmentation._base import MAX_COPIES

NEEDED = ("fit", "augment", "n_copies")


@dataclass(frozen=True)
class Copies:
    """Copies of samples: new noise in every epoch, fixed rows, or none.

    Attributes
    ----------
    n_copies : int
        Number of copies of every sample.
    noise_factor : ndarray of shape (n_components, n_valid) or None
        Matrix F of the noise ``eps @ F``, in units of X, for new noise in epochs.
    rows : ndarray of shape (n_copies * n_samples, n_valid) or None
        Fixed copies in units of X: one of every sample, then the next, and so on.
    """

    n_copies: int = 0
    noise_factor: np.ndarray | None = None
    rows: np.ndarray | None = None


def refuse_other_objects(augmenter):
    """Raise an error for an augmenter without the methods that are needed."""
    if isinstance(augmenter, type):
        raise TypeError(
            f"augmenter must be an object, got the class {augmenter.__name__}. Pass "
            f"augmenter={augmenter.__name__}()."
        )
    if isinstance(augmenter, Number):
        raise TypeError(
            f"augmenter must be an augmenter or None, got {augmenter!r}. For copies "
            "with noise, pass augmenter=PCScaledNoiseAugmenter(n_copies=10)."
        )
    missing = [name for name in NEEDED if not hasattr(augmenter, name)]
    if missing:
        raise TypeError(
            f"augmenter={shown(augmenter)} has no {' and no '.join(missing)}. Pass "
            "an augmenter of skvaeclust.augmentation, a subclass of its BaseAugmenter, "
            "or an object with fit, augment and n_copies."
        )


def make_copies(augmenter, rows, layout, random_state):
    """Make copies of samples with an augmenter, or get its noise factor.

    Parameters
    ----------
    augmenter : object with ``fit``, ``augment`` and ``n_copies``, or None
        Augmenter to clone and fit.
    rows : ndarray of shape (n_samples, n_valid)
    layout : Layout
        Layout of the samples; if it has a field shape, the augmenter gets fields.
    random_state : int, RandomState instance or None
        Seed of fixed copies, unless the augmenter has its own.

    Returns
    -------
    copies : Copies
    """
    if augmenter is None:
        return Copies()
    refuse_other_objects(augmenter)
    name = type(augmenter).__name__
    check_integer(augmenter.n_copies, f"{name}.n_copies", 0, MAX_COPIES)
    refuse_too_large(
        16 * augmenter.n_copies * len(rows),  # a random order of the copies
        f"{name} with n_copies={augmenter.n_copies} and {len(rows)} samples",
    )
    X = layout.write(rows, layout.field_shape).view()
    X.flags.writeable = False  # they may be the data of the user
    augmenter = clone(augmenter, safe=False)
    augmenter.fit(X)
    noise_factor = getattr(augmenter, "noise_factor_", None)
    if noise_factor is not None:
        return Copies(
            augmenter.n_copies, noise_factor=_check_factor(noise_factor, layout, name)
        )
    if getattr(augmenter, "random_state", 0) is None:
        # Fixed copies use the random state of the estimator.
        rng = check_random_state(random_state)
        augmenter.set_params(random_state=rng.randint(np.iinfo(np.int32).max))
    copies = as_array(augmenter.augment(X), float, name=f"{name}.augment(X)")
    expected = (augmenter.n_copies * len(X), *X.shape[1:])
    if copies.shape != expected:
        raise ValueError(
            f"{name} returned copies of shape {copies.shape}, expected {expected}."
        )
    flat = copies.reshape(len(copies), -1)
    return Copies(
        augmenter.n_copies, rows=layout.take(flat, f"The result of {name}.augment")
    )


def _check_factor(noise_factor, layout, name):
    """Check the noise factor of an augmenter; return its valid points."""
    factor = as_array(noise_factor, name=f"{name}.noise_factor_")
    if factor.ndim != 2 or factor.shape[1] != len(layout.valid):
        raise ValueError(
            f"{name}.noise_factor_ must have the shape (n_components, "
            f"{len(layout.valid)}), got {factor.shape}."
        )
    factor = factor[:, layout.valid]
    if not np.isfinite(factor).all():
        raise ValueError(f"{name}.noise_factor_ has NaN or infinite values.")
    return factor
