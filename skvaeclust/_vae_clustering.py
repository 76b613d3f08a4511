"""The estimator: numpy in, numpy out."""

import math
import warnings
from contextlib import contextmanager, nullcontext
from itertools import combinations
from numbers import Integral, Real

import numpy as np
from scipy.special import softmax
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    _fit_context,
    clone,
)
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.utils import check_array, check_random_state, check_scalar
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from skvaeclust._augmentation import PCScaledNoiseAugmenter, noise_factor
from skvaeclust._fields import Representation, find_sea, take_sea, validate_fields
from skvaeclust._networks import make_networks


def _torch_side():
    """What needs torch, imported when it is first needed."""
    import torch

    from skvaeclust import _inference, _training

    return torch, _training, _inference


@contextmanager
def _fixed_threads(representation):
    """One thread for dense networks: fastest for small matrices, and the numbers do

    not depend on how many threads there are. Convolutions take what torch is set to.
    """
    torch, *_ = _torch_side()
    n_threads = torch.get_num_threads()
    with threadpool_limits(1) if representation.field_shape is None else nullcontext():
        try:
            torch.set_num_threads(
                1 if representation.field_shape is None else n_threads
            )
            yield
        finally:
            torch.set_num_threads(n_threads)


def _check_shape(field_shape, input_shape, n_features):
    """(channels, height, width) from X or from the parameter, None for flat rows."""
    if input_shape is None:
        return field_shape
    shape = tuple(input_shape)
    if len(shape) != 3 or not all(isinstance(n, Integral) and n > 0 for n in shape):
        raise ValueError(
            "The 'input_shape' parameter must be (channels, height, width), three "
            f"integers > 0. Got {input_shape!r} instead."
        )
    if math.prod(shape) != n_features or field_shape not in (None, shape):
        raise ValueError(
            f"input_shape={input_shape!r} means {math.prod(shape)} features, but X has "
            f"{n_features}" + (f", as {field_shape}." if field_shape else ".")
        )
    return shape


def _mean_pairwise_ari(labels):
    """Mean adjusted Rand index of all pairs of rows, NaN for a single row."""
    pairs = [adjusted_rand_score(a, b) for a, b in combinations(labels, 2)]
    return float(np.mean(pairs)) if pairs else math.nan


class VAEClustering(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClusterMixin,
    BaseEstimator,
):
    r"""DOCSTRING"""

    _parameter_constraints: dict = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        "network": [str, HasMethods("build")],
        "assignment": [StrOptions({"enumerate", "gumbel"})],
        "gamma_categorical": [Interval(Real, 0, None, closed="left")],
        "gamma_latent": [Interval(Real, 0, None, closed="left")],
        "gamma_balance": [Interval(Real, 0, None, closed="left")],
        "annealing": [Interval(Real, 1, None, closed="left")],
        "temperature": [Interval(Real, 0, None, closed="neither")],
        "augmenter": [PCScaledNoiseAugmenter, None],
        "input_shape": [tuple, list, None],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 2, None, closed="left"),
        ],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_clusters=4,
        *,
        latent_dim=2,
        network="auto",
        assignment="enumerate",
        gamma_categorical=1 / 300,
        gamma_latent=1 / 30,
        gamma_balance=1 / 60,
        annealing=15.0,
        temperature=1.0,
        augmenter=None,
        input_shape=None,
        n_init=1,
        max_epochs=100,
        batch_size="auto",
        learning_rate=1e-3,
        tol=1e-3,
        n_iter_no_change=10,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.n_clusters = n_clusters
        self.latent_dim = latent_dim
        self.network = network
        self.assignment = assignment
        self.gamma_categorical = gamma_categorical
        self.gamma_latent = gamma_latent
        self.gamma_balance = gamma_balance
        self.annealing = annealing
        self.temperature = temperature
        self.augmenter = augmenter
        self.input_shape = input_shape
        self.n_init = n_init
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Train the model on fields.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples. Points that are NaN in every sample (land) are left out.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        self : VAEClustering
            The fitted estimator.

        Raises
        ------
        ValueError
            If X is constant, has fewer samples than ``n_clusters``, is infinite, or NaN
            in some samples only; if ``input_shape`` does not fit X.
        """
        _, training, _ = _torch_side()
        problem = self._make_problem(X)
        y = np.full(len(problem.x), np.nan) if y is None else y
        seeds = check_random_state(self.random_state).randint(
            np.iinfo(np.int32).max, size=self.n_init
        )
        context = self._init_callback_context(max_subtasks=self.n_init)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        runs = []
        with _fixed_threads(self._representation):
            for seed in seeds:
                restart = context.subcontext("restart", max_subtasks=self.max_epochs)
                restart.call_on_fit_task_begin(estimator=self, X=X, y=y)
                on_epoch = self._epoch_hook(problem, len(runs), restart, X, y)
                runs.append(training.run(problem, int(seed), on_epoch))
                restart.call_on_fit_task_end(estimator=self, X=X, y=y)
        self._keep_best(runs)
        context.call_on_fit_task_end(
            estimator=self, X=X, y=y, reconstruction_attributes={}
        )
        return self

    def fit_predict(self, X, y=None):
        """Train the model and give the cluster of every sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Index of the cluster, 0 the largest.
        """
        return self.fit(X, y).labels_

    def predict(self, X):
        """Most probable cluster of every sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Index of the cluster, 0 the largest.
        """
        return self._log_assignment(X).argmax(axis=1)

    def predict_proba(self, X):
        """Probability q(k|x) of every cluster.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_clusters)
            Rows add up to 1.
        """
        return softmax(self._log_assignment(X), axis=1)

    def transform(self, X):
        """Mean of the latent variable, averaged over the clusters with q(k|x).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        Z : ndarray of shape (n_samples, latent_dim)
            Positions in latent space.
        """
        rows = self._validate(X)
        means = self._compute("posterior_mean", self._representation.encode(rows))
        return means.astype(rows.dtype, copy=False)

    def inverse_transform(self, Z):
        """Decode latent positions into fields.

        Parameters
        ----------
        Z : array-like of shape (n_samples, latent_dim)
            Positions in latent space.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            Fields in units of X and in the layout given to ``fit``; land is NaN.
        """
        check_is_fitted(self)
        Z = check_array(Z, dtype=np.float64)
        if Z.shape[1] != self.latent_means_.shape[1]:
            raise ValueError(
                f"Z has {Z.shape[1]} columns, but the latent space has "
                f"{self.latent_means_.shape[1]} dimensions."
            )
        decoded = self._compute("decode", Z)
        return self._representation.decode(decoded).reshape(-1, *self._layout)

    def reconstruct(self, X):
        """Fields as the model sees them: to latent space and back.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            Fields in units of X and in the layout given to ``fit``; land is NaN.
        """
        x = self._representation.encode(self._validate(X))
        return self.inverse_transform(self._compute("posterior_mean", x))

    def sample(self, n_samples=1):
        """Generate fields from the model.

        Clusters are drawn with the shares ``weights_``, latent positions from p(z|k);
        a field is the mean of p(x|z), without noise of its own.

        Parameters
        ----------
        n_samples : int, default=1
            Number of fields.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            Fields in units of X, cluster after cluster; land is NaN.
        labels : ndarray of shape (n_samples,)
            The cluster that each field comes from.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        rng = check_random_state(self.random_state)
        sizes = rng.multinomial(n_samples, self.weights_)
        labels = np.repeat(np.arange(len(sizes)), sizes)
        spread = np.sqrt(self.latent_variances_[labels])
        Z = self.latent_means_[labels] + spread * rng.standard_normal(spread.shape)
        return self.inverse_transform(Z), labels

    def score_samples(self, X):
        """Evidence lower bound of every sample, free of units.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.

        Returns
        -------
        elbo : ndarray of shape (n_samples,)
            The expectation over z is taken at its mean. The squared error includes
            what the principal components of the training data cannot represent.
        """
        rows = self._validate(X)
        terms = self._compute("sample_terms", self._representation.encode(rows))
        gammas = [1, self.gamma_categorical, self.gamma_latent]
        return -(terms @ gammas + self._representation.unexplained(rows) / 2)

    def score(self, X, y=None):
        """Mean evidence lower bound of the samples, free of units.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or \
                (n_samples, channels, height, width)
            The samples.
        y : Ignored
            Not used, present for the interface of scikit-learn.

        Returns
        -------
        elbo : float
            Higher is better.
        """
        return float(self.score_samples(X).mean())

    @property
    def _n_features_out(self):
        return self.latent_means_.shape[1]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_model")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _make_problem(self, X):
        """Check X against the parameters and describe what is to be trained."""
        torch, training, _ = _torch_side()
        tensor = torch.from_numpy
        rows, shape = validate_fields(self, X, reset=True, min_samples=2)
        field_shape = _check_shape(shape, self.input_shape, rows.shape[1])
        if len(rows) < self.n_clusters:
            raise ValueError(
                f"n_samples={len(rows)} should be >= n_clusters={self.n_clusters}."
            )
        network = make_networks(self.network, field_shape, len(rows))
        device = training.find_device(self.device)
        sea = find_sea(rows)
        rows = take_sea(rows, sea, type(self).__name__)
        representation = Representation.fit(rows, sea, network.input_kind, field_shape)
        self._representation = representation
        self._layout, self._field_shape = shape or (len(sea),), field_shape
        mask = representation.mask
        return training.Problem(
            network=network,
            n_clusters=self.n_clusters,
            latent_dim=self.latent_dim,
            x=tensor(representation.encode(rows)),
            factor=self._noise(rows, representation),
            mask=None if mask is None else tensor(mask),
            settings=self._settings(len(rows)),
            device=device,
        )

    def _noise(self, rows, representation):
        """``eps @ factor`` is the augmenter's noise, as the networks see it."""
        if self.augmenter is None:
            return None
        augmenter = clone(self.augmenter).fit(rows)
        factor = noise_factor(
            augmenter.components_, augmenter.explained_variance_, augmenter.noise_scale
        )
        factor = representation.rotate(factor / representation.scale)
        return _torch_side()[0].from_numpy(factor)

    def _settings(self, n_samples):
        _, training, _ = _torch_side()
        n_copies = 0 if self.augmenter is None else self.augmenter.n_copies
        return training.Settings(
            gammas=training.Gammas(
                self.gamma_categorical, self.gamma_latent, self.gamma_balance
            ),
            annealing=self.annealing,
            balance_annealing=100.0,
            annealed_epochs=self.max_epochs // 2,
            assignment=self.assignment,
            temperature=self.temperature,
            n_copies=n_copies,
            max_epochs=self.max_epochs,
            batch_size=(
                training.automatic_batch_size((1 + n_copies) * n_samples)
                if self.batch_size == "auto"
                else self.batch_size
            ),
            learning_rate=self.learning_rate,
            tol=self.tol,
            n_iter_no_change=self.n_iter_no_change,
        )

    def _epoch_hook(self, problem, restart, context, X, y):
        """What happens after every epoch: callbacks, and a line now and then."""
        *_, inference = _torch_side()

        def on_epoch(model, record):
            epoch = record["epoch"] + 1
            if self.verbose and (epoch % 10 == 0 or self.verbose > 1):
                print(
                    f"[{type(self).__name__}] restart {restart + 1}/{self.n_init}, "
                    f"epoch {epoch}: loss {record['loss']:.4f}"
                )
            task = context.subcontext("epoch")
            task.call_on_fit_task_begin(estimator=self, X=X, y=y)
            return task.call_on_fit_task_end(
                estimator=self,
                X=X,
                y=y,
                reconstruction_attributes=lambda: self._fitted(
                    inference.ready(model, problem.x)
                ),
            )

        return on_epoch

    def _fitted(self, model):
        """The attributes that prediction needs, from a model that is ready."""
        *_, inference = _torch_side()
        means, variances = inference.components(model)
        return {
            "_model": model,
            "latent_means_": means,
            "latent_variances_": variances,
        }

    def _keep_best(self, runs):
        """Set the attributes from the restart with the lowest objective."""
        best = min(runs, key=lambda run: run.objective)
        for name, value in self._fitted(best.model).items():
            setattr(self, name, value)
        self.restart_labels_ = np.stack([run.labels.numpy() for run in runs])
        self.restart_agreement_ = _mean_pairwise_ari(self.restart_labels_)
        self.labels_ = best.labels.numpy()
        sizes = np.bincount(self.labels_, minlength=self.n_clusters)
        self.weights_ = sizes / len(self.labels_)
        self.cluster_centers_ = self.inverse_transform(self.latent_means_)
        self.loss_curve_ = best.curve
        self.n_iter_ = len(best.curve)
        self.converged_ = best.stopped == "converged"
        if best.stopped == "max_epochs":
            warnings.warn(
                f"Training did not converge in max_epochs={self.max_epochs} epochs: the "
                f"loss has fallen by more than tol={self.tol} in the last "
                f"n_iter_no_change={self.n_iter_no_change}. Increase max_epochs or tol.",
                ConvergenceWarning,
                stacklevel=2,
            )

    def _validate(self, X):
        """Rows at sea, checked against what `fit` has seen."""
        check_is_fitted(self)
        rows, shape = validate_fields(self, X, reset=False)
        if shape is not None:
            _check_shape(shape, self._field_shape, rows.shape[1])
        return take_sea(rows, self._representation.sea, type(self).__name__)

    def _log_assignment(self, X):
        x = self._representation.encode(self._validate(X))
        return self._compute("log_assignment", x).astype(float)

    def _compute(self, name, array):
        """Call a function of the torch side with the model and an array."""
        *_, inference = _torch_side()
        with _fixed_threads(self._representation):
            return inference.compute(getattr(inference, name), self._model, array)
