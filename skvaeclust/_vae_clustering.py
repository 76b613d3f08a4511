"""The estimator: numpy in, numpy out."""

import math
import warnings
from contextlib import contextmanager
from numbers import Integral, Real

import numpy as np
import torch
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
from sklearn.utils import check_array, check_random_state, check_scalar
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from skvaeclust import _inference as inference
from skvaeclust import _training as training
from skvaeclust._agreement import agreement_of_starts, pairwise_agreement
from skvaeclust._fields import Representation, find_valid, take_valid, validate_fields
from skvaeclust._networks import make_networks

LARGEST_LATENT_DIM = 10  # of latent_dim="auto"
UNCONFIRMED = 0.5  # agreement with other starts below which the user is warned


@contextmanager
def _limited_threads(representation):
    """Limit dense networks to one thread; leave convolutions as torch is set.

    One is fastest for small matrices, and the numbers then do not depend on how many
    threads there are. Stacks take more, in training.
    """
    if representation.field_shape is None:
        with threadpool_limits(1), training.threads(1):
            yield
    else:
        yield


@contextmanager
def _all_or_nothing(estimator):
    """Leave an estimator as it was if a fit fails or is interrupted.

    Otherwise networks of one fit and the scaling of another would predict wrongly.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        callbacks = {k: v for k, v in vars(estimator).items() if "callback" in k}
        vars(estimator).clear()
        vars(estimator).update(before | callbacks)
        raise


def _unfold(shape, field_shape, n_features):
    """Return (channels, height, width) of X or of the parameter, None for flat rows."""
    if field_shape is None:
        return shape
    asked = tuple(field_shape)
    if len(asked) != 3 or not all(isinstance(n, Integral) and n > 0 for n in asked):
        raise ValueError(
            "The 'field_shape' parameter must be (channels, height, width), three "
            f"integers > 0. Got {field_shape!r} instead."
        )
    if math.prod(asked) != n_features or shape not in (None, asked):
        raise ValueError(
            f"field_shape={field_shape!r} means {math.prod(asked)} features, but X has "
            f"{n_features}" + (f", as {shape}." if shape else ".")
        )
    return asked


class VAEClustering(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClusterMixin,
    BaseEstimator,
):
    r"""Cluster fields with a variational autoencoder whose latent space is a mixture.

    An encoder gives every sample a cluster and a position in a latent space of few
    dimensions, a decoder turns positions back into fields, and each cluster is a
    Gaussian of that space. All are trained together, end to end, from partitions that
    k-means, mixtures, a neighbour graph and t-SNE find; one criterion chooses the
    restart to keep.

    Parameters
    ----------
    n_clusters : int, default=4
        Number of clusters, K.
    latent_dim : int or "auto", default="auto"
        Dimension of the latent variable z. "auto" is ``n_clusters - 1``, which the
        centres of the clusters span, but at least 2 and at most 10.
    init : {"auto", "random"}, array-like, list of array-like or object, default="auto"
        Where training starts.

        - "auto": partitions of the principal-component scores by k-means, Gaussian
          mixtures, a graph of nearest neighbours and, unless most of these find the
          same clusters, t-SNE. Starts that are the same but for a few samples are
          trained once. Of more than 2000 samples, a random subset is partitioned.
        - "random": random weights.
        - array-like of shape (n_samples,): labels of the samples, at most
          ``n_clusters`` different ones.
        - list of such arrays: several starts. All different ones are trained.
        - object with ``starts(scores, n_clusters, random_state)``: called with
          the scores (n_samples, n_components) and a RandomState; returns a list of
          label arrays, or a dict of them by name.
    network : {"auto", "dense", "conv"} or object, default="auto"
        The networks. "dense" (:class:`DenseNetworks`, also "auto") sees the
        principal-component scores of the samples, "conv" (:class:`ConvNetworks`) sees
        fields. Any object with ``input_kind`` and ``build`` will do, see the user
        guide.
    assignment : {"enumerate", "gumbel"}, default="enumerate"
        The expectation over k in training: exact, or by one Gumbel-softmax sample.
    gamma_categorical : float, default=1/300
        Multiplier of KL(q(k|x) || p(k)), which keeps single assignments soft.
    gamma_latent : float, default=1/30
        Multiplier of KL(q(z|x,k) || p(z|k)), which draws samples to their cluster.
    gamma_balance : float, default=1/1500
        Multiplier of KL(q(k) || p(k)), with q(k) the batch mean of q(k|x), which keeps
        clusters from running empty.
    annealing : float, default=15
        Initial factor on ``gamma_latent`` (its square on ``gamma_balance``); decays
        geometrically to 1 in the search. For ``init="random"``; no effect on others.
    temperature : float, default=1
        Temperature of the Gumbel-softmax samples; no effect on "enumerate".
    augmenter : augmenter or None, default=None
        Adds ``n_copies`` copies of every sample: with noise along principal components
        drawn anew in every epoch (:class:`PCScaledNoiseAugmenter`), or by other means
        once (such as :class:`RotationAugmenter`).
    field_shape : tuple of 3 int or None, default=None
        (channels, height, width) that flat rows unfold into; for convolutions.
    n_init : int, default=3
        Number of restarts from random weights; otherwise the largest number of
        different starts that are trained, those first with which most other starts
        agree.
    max_epochs : int or "auto", default="auto"
        Largest number of epochs of a restart. From a start, half of them teach its
        labels and in the other half the objective is free; "auto" makes about 240
        steps, and more for very many samples. From random weights, the search for the
        clusters and a refinement have equal length; "auto" is 80.
    batch_size : int or "auto", default="auto"
        Samples and copies in a step. "auto" makes about fifteen batches per epoch, of
        16 to 64 (16 to 100 from random weights), and larger ones for very many samples.
    learning_rate : float, default=0.004
        Learning rate of Adam.
    tol : float, default=0.01
        Largest fraction of labels that may change in an epoch without change.
    n_iter_no_change : int, default=5
        Number of such epochs that ends the search from random weights. From a start,
        training has converged if the last third of the refinement is without change,
        or this number of epochs if it is longer.
    device : str, default="auto"
        Torch device for training, for example "cuda:0". "auto" is CUDA or MPS where
        available. Prediction is on the CPU.
    random_state : int, RandomState instance or None, default=None
        Seed of starts, weights, batches and noise. An int gives the same result at
        every call.
    verbose : int, default=0
        1 prints a line every ten epochs and the start that is kept, 2 every epoch.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Cluster of every sample, 0 the largest; equal to ``predict(X)``.
    weights_ : ndarray of shape (n_clusters,)
        Share of the samples in each cluster.
    cluster_centers_ : ndarray of shape (n_clusters, ...)
        Decoded centres of the clusters, in the units and the layout of X; NaN on land.
    latent_means_ : ndarray of shape (n_clusters, latent_dim)
        Means of p(z|k).
    latent_variances_ : ndarray of shape (n_clusters, latent_dim)
        Variances of p(z|k).
    starts_ : DataFrame
        One row for each start, by name: "n_same" (number of starts that are the same,
        itself among them), "criterion" (of its restart, lower is better; NaN if it was
        not trained), "agreement" (adjusted Rand index of its labels with ``labels_``),
        "moved" (fraction of its samples that changed cluster in training) and "kept".
    history_ : list of dict
        One record per epoch: "epoch", "phase" ("teaching" or "search", then
        "refinement"), "loss" (with the final multipliers) and its terms
        "reconstruction", "categorical", "latent" and "balance", each without its
        multiplier. ``pandas.DataFrame(history_)`` makes a table.
    n_iter_ : int
        Number of epochs of the restart that is kept.
    converged_ : bool
        Whether its labels no longer changed in the last epochs; see
        ``n_iter_no_change``.
    restart_labels_ : ndarray of shape (n_restarts, n_samples)
        Labels of the restart of each start that was trained, or is the same as one
        that was, in the order of ``starts_``.
    restart_agreement_ : float
        Mean adjusted Rand index of ``labels_`` with the partitions of the other
        starts, before training, NaN if there is no other; from random weights, with
        the labels of the other restarts.
    n_features_in_ : int
        Number of features seen by ``fit``, the numbers in a field.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where X had names.

    See Also
    --------
    PCScaledNoiseAugmenter : Augmentation for few samples.
    sklearn.mixture.GaussianMixture : A mixture in the space of X itself.

    Notes
    -----
    The model is p(x, z, k) = p(x|z) p(z|k) p(k) with K equally probable clusters, and
    diagonal Gaussians p(z|k) and q(z|x,k) [1]_ [2]_. Training minimises

    .. math::

        \mathrm{E}_{q(k|x)\, q(z|x,k)} \frac{|x - \hat x(z)|^2}{2 s^2}
        + \gamma_c \mathrm{KL}(q(k|x) \| p(k))
        + \gamma_l \mathrm{E}_{q(k|x)} \mathrm{KL}(q(z|x,k) \| p(z|k))
        + \gamma_b \mathrm{KL}(q(k) \| p(k))

    averaged over samples, where :math:`s^2` is the total variance of X: the first term
    is half the fraction of variance that is not explained, so that multipliers depend
    on neither units nor grid. The last term is the part of the second that does not
    depend on single samples [3]_. Mean and :math:`s` are those of X, one number for all
    channels, so that a vector keeps its direction.

    From a start, the expectation over k follows the given labels in the first epochs,
    while q(k|x) learns them by cross-entropy (weight 0.1); then the objective is free,
    with the expectation over the four most probable clusters, which is exact for up to
    four, and leaves out a probability of 2e-5 in the mean on digits with ten.

    The procedure of the founding study [1]_ is ``init="random"``,
    ``assignment="gumbel"``, ``gamma_balance=0``, ``annealing=1``, with
    ``network="conv"`` and ``latent_dim=2``.

    Of several restarts, the one is kept that has the least of

    .. math:: L(3 \gamma_l) + \tfrac12 \mathrm{H}(q(k|x)) - \tfrac12 A,

    where L is the objective, evaluated without noise on the samples given, with
    :math:`3 \gamma_l` in place of :math:`\gamma_l`; H is the mean entropy in nats, as
    in the ICL criterion for mixtures [4]_; and A is the mean adjusted Rand index with
    the other starts. The objective alone favours a low reconstruction error, which a
    model with the wrong clusters can reach through z.

    When training ends, the statistics of the BatchNorm layers are set to those of the
    samples given. Prediction is deterministic.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`
    .. [2] V. Prasad, D. Das, B. Bhowmick, "Variational Clustering: Leveraging
       Variational Autoencoders for Image Clustering", 2020. :arxiv:`2005.04613`
    .. [3] M. D. Hoffman, M. J. Johnson, "ELBO surgery: yet another way to carve up the
       variational evidence lower bound", 2016.
    .. [4] C. Biernacki, G. Celeux, G. Govaert, "Assessing a mixture model for
       clustering with the integrated completed likelihood", IEEE Transactions on
       Pattern Analysis and Machine Intelligence 22, 2000. :doi:`10.1109/34.865189`

    Examples
    --------
    Find the three patterns in 90 velocity fields of idealised circulations:

    >>> from sklearn.metrics import adjusted_rand_score
    >>> from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> X, y = make_idealized_circulations(random_state=0, return_X_y=True)
    >>> X.shape
    (90, 2, 32, 32)
    >>> model = VAEClustering(
    ...     3, augmenter=PCScaledNoiseAugmenter(), n_init=1, random_state=0
    ... ).fit(X)
    >>> adjusted_rand_score(y, model.labels_)
    1.0
    >>> model.cluster_centers_.shape
    (3, 2, 32, 32)
    >>> model.transform(X).shape
    (90, 2)
    """

    _parameter_constraints: dict = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "latent_dim": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "init": [StrOptions({"auto", "random"}), "array-like", HasMethods("starts")],
        "network": [str, HasMethods("build")],
        "assignment": [StrOptions({"enumerate", "gumbel"})],
        "gamma_categorical": [Interval(Real, 0, None, closed="left")],
        "gamma_latent": [Interval(Real, 0, None, closed="left")],
        "gamma_balance": [Interval(Real, 0, None, closed="left")],
        "annealing": [Interval(Real, 1, None, closed="left")],
        "temperature": [Interval(Real, 0, None, closed="neither")],
        "augmenter": "no_validation",  # `_augment` says what is missing
        "field_shape": [tuple, list, None],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_epochs": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
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
        latent_dim="auto",
        init="auto",
        network="auto",
        assignment="enumerate",
        gamma_categorical=1 / 300,
        gamma_latent=1 / 30,
        gamma_balance=1 / 1500,
        annealing=15.0,
        temperature=1.0,
        augmenter=None,
        field_shape=None,
        n_init=3,
        max_epochs="auto",
        batch_size="auto",
        learning_rate=4e-3,
        tol=0.01,
        n_iter_no_change=5,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.n_clusters = n_clusters
        self.latent_dim = latent_dim
        self.init = init
        self.network = network
        self.assignment = assignment
        self.gamma_categorical = gamma_categorical
        self.gamma_latent = gamma_latent
        self.gamma_balance = gamma_balance
        self.annealing = annealing
        self.temperature = temperature
        self.augmenter = augmenter
        self.field_shape = field_shape
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
            in some samples only; if ``field_shape`` or ``init`` does not fit X; if
            training diverges.

        Warns
        -----
        ConvergenceWarning
            If labels still change when training ends, or clusters are empty.
        UserWarning
            If training has converged, but no other start agrees with the clusters that
            are kept.
        """
        with _all_or_nothing(self):
            problem, starts = self._make_problem(X)
            restarts = self._make_restarts(problem, starts)
            y = np.full(len(problem.x), np.nan) if y is None else y
            runs = self._train(problem, restarts, X, y)
            self._keep_best(runs, starts)
        self._callback_fit_ctx.call_on_fit_task_end(
            estimator=self, X=X, y=y, reconstruction_attributes={}
        )
        return self

    def _train(self, problem, restarts, X, y):
        """Train the restarts, with the callbacks of scikit-learn."""
        context = self._init_callback_context(max_subtasks=len(restarts))
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        tasks = [
            context.subcontext("restart", max_subtasks=problem.settings.max_epochs)
            for _ in restarts
        ]
        for task in tasks:
            task.call_on_fit_task_begin(estimator=self, X=X, y=y)
        with _limited_threads(self._representation):
            runs = training.run(restarts, self._epoch_hook(problem, tasks, X, y))
        for task in tasks:
            task.call_on_fit_task_end(estimator=self, X=X, y=y)
        return runs

    def fit_predict(self, X, y=None):
        """Train the model and return the cluster of every sample.

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
        """Predict the most probable cluster of every sample.

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
        """Predict the probability q(k|x) of every cluster.

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
        """Compute the mean of the latent variable, averaged with q(k|x).

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
        """Encode fields into latent space and decode them.

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
        rows = self._validate(X)
        x = self._representation.encode(rows)
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
        """Compute the evidence lower bound of every sample, free of units.

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
        """Compute the mean evidence lower bound of the samples, free of units.

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
        """Check X against the parameters; describe the training and its starts.

        Returns
        -------
        problem : Problem
        starts : Starts or None
            None from random weights.
        """
        tensor = torch.from_numpy
        rows, shape = validate_fields(self, X, reset=True, min_samples=2)
        field_shape = _unfold(shape, self.field_shape, rows.shape[1])
        if len(rows) < self.n_clusters:
            raise ValueError(
                f"n_samples={len(rows)} should be >= n_clusters={self.n_clusters}."
            )
        network = make_networks(self.network, field_shape)
        device = training.find_device(self.device)
        valid = find_valid(rows)
        valid_rows = take_valid(rows, valid, type(self).__name__, field_shape)
        noise, copies = self._augment(
            rows.reshape(-1, *(field_shape or rows.shape[1:]))
        )
        if copies is not None:
            copies = take_valid(copies, valid, type(self.augmenter).__name__)
        representation = Representation.fit(
            valid_rows, valid, network.input_kind, field_shape, copies
        )
        self._representation = representation
        self._layout, self._field_shape = shape or (len(valid),), field_shape
        mask = representation.mask
        if noise is not None:
            noise = representation.rotate(noise[:, valid] / representation.scale)
        if copies is not None:
            copies = representation.encode(copies)
        starts = self._find_starts(valid_rows)
        taught = np.arange(len(rows)) if starts is None else starts.samples
        problem = training.Problem(
            network=network,
            n_clusters=self.n_clusters,
            latent_dim=self._find_latent_dim(),
            x=tensor(representation.encode(valid_rows)),
            copies=None if copies is None else tensor(copies),
            factor=None if noise is None else tensor(noise),
            mask=None if mask is None else tensor(mask),
            taught=tensor(taught),
            settings=self._settings(len(rows), None if starts is None else len(taught)),
            device=device,
            n_threads=torch.get_num_threads(),
        )
        return problem, starts

    def _find_starts(self, valid_rows):
        """Find partitions to start from; None for random weights."""
        if isinstance(self.init, str) and self.init == "random":
            return None
        return training.find_starts(
            self.init,
            self._representation.scores(valid_rows),
            self.n_clusters,
            self.n_init,
            check_random_state(self.random_state),
        )

    def _find_latent_dim(self):
        """Choose the latent dimension: K centres span K - 1 dimensions."""
        if self.latent_dim == "auto":
            return min(max(2, self.n_clusters - 1), LARGEST_LATENT_DIM)
        return self.latent_dim

    def _make_restarts(self, problem, starts):
        """List the restarts: one per seed, or per different start."""
        rng = check_random_state(self.random_state)
        n_restarts = self.n_init if starts is None else starts.n_trained
        seeds = rng.randint(np.iinfo(np.int32).max, size=n_restarts).tolist()
        labels = [None] * n_restarts
        if starts is not None:
            labels = [torch.from_numpy(starts.labels[i]) for i in starts.trained]
        return [
            training.Restart(problem, seed, of_start)
            for seed, of_start in zip(seeds, labels, strict=True)
        ]

    def _augment(self, X):
        """Return the noise factor of fresh copies, or copies as rows."""
        if self.augmenter is None:
            return None, None
        missing = [
            name
            for name in ("fit", "augment", "n_copies")
            if not hasattr(self.augmenter, name)
        ]
        if missing:
            raise TypeError(
                f"augmenter={self.augmenter!r} has no {' and no '.join(missing)}. Pass "
                "one of skvaeclust.augmentation, one derived from its BaseAugmenter, "
                "or an object with fit, augment and n_copies."
            )
        augmenter = clone(self.augmenter, safe=False)
        augmenter.fit(X)
        noise_factor = getattr(augmenter, "noise_factor_", None)
        if noise_factor is not None:
            return noise_factor, None
        if getattr(augmenter, "random_state", 0) is None:
            # Copies that are drawn once follow the random state of the model.
            rng = check_random_state(self.random_state)
            augmenter.set_params(random_state=rng.randint(np.iinfo(np.int32).max))
        copies = np.asarray(augmenter.augment(X), dtype=float)
        expected = (augmenter.n_copies * len(X), *X.shape[1:])
        if copies.shape != expected:
            raise ValueError(
                f"{type(augmenter).__name__} gave copies of shape {copies.shape}, "
                f"expected {expected}."
            )
        return None, copies.reshape(len(copies), -1)

    def _settings(self, n_samples, n_taught):
        n_copies = 0 if self.augmenter is None else self.augmenter.n_copies
        n_rows = (1 + n_copies) * n_samples
        batch_size = self.batch_size
        if batch_size == "auto":
            batch_size = training.automatic_batch_size(n_rows, n_taught is not None)
        max_epochs, n_teaching = self.max_epochs, 0
        if n_taught is not None:
            max_epochs, n_teaching = training.epochs_from_start(
                max_epochs, n_rows, (1 + n_copies) * n_taught, batch_size
            )
        elif max_epochs == "auto":
            max_epochs = training.SEARCH_EPOCHS
        return training.Settings(
            gammas=training.Gammas(
                self.gamma_categorical, self.gamma_latent, self.gamma_balance
            ),
            annealing=self.annealing,
            assignment=self.assignment,
            temperature=self.temperature,
            n_copies=n_copies,
            n_teaching=n_teaching,
            max_epochs=max_epochs,
            batch_size=batch_size,
            learning_rate=self.learning_rate,
            tol=self.tol,
            n_iter_no_change=self.n_iter_no_change,
        )

    def _epoch_hook(self, problem, tasks, X, y):
        """Return what to call after every epoch: callbacks, and a line now and then."""

        def on_epoch(trainee):
            record = trainee.curve[-1]
            epoch = record["epoch"] + 1
            if self.verbose and (epoch % 10 == 0 or self.verbose > 1):
                print(
                    f"[{type(self).__name__}] restart "
                    f"{trainee.number + 1}/{len(tasks)}, "
                    f"epoch {epoch}: loss {record['loss']:.4f}"
                )
            task = tasks[trainee.number].subcontext("epoch")
            task.call_on_fit_task_begin(estimator=self, X=X, y=y)
            return task.call_on_fit_task_end(
                estimator=self,
                X=X,
                y=y,
                reconstruction_attributes=lambda: self._fitted(
                    inference.ready(trainee.model, problem.x)
                ),
            )

        return on_epoch

    def _fitted(self, model):
        """Return the attributes that prediction needs, from a model that is ready."""
        means, variances = inference.components(model)
        return {
            "_model": model,
            "latent_means_": means,
            "latent_variances_": variances,
        }

    def _keep_best(self, runs, starts):
        """Set the attributes from the best restart."""
        if not np.isfinite([run.criterion for run in runs]).any():
            raise ValueError(
                "Training diverged: the loss is not finite. Lower "
                f"learning_rate={self.learning_rate:g}."
            )
        # One row for each start; starts that were the same share a run.
        run_of = range(len(runs)) if starts is None else starts.run_of
        trained = [i for i, run in enumerate(run_of) if run < len(runs)]
        shared = [runs[run_of[i]] for i in trained]
        self.restart_labels_ = np.stack([run.labels.numpy() for run in shared])
        agreement = pairwise_agreement(self.restart_labels_)
        criteria = training.judge([run.criterion for run in shared], agreement)
        kept = int(np.argmin(criteria))
        best = shared[kept]
        for name, value in self._fitted(best.model).items():
            setattr(self, name, value)
        self.labels_ = best.labels.numpy()
        sizes = np.bincount(self.labels_, minlength=self.n_clusters)
        self.weights_ = sizes / len(self.labels_)
        self.cluster_centers_ = self.inverse_transform(self.latent_means_)
        self.history_ = best.curve
        self.n_iter_ = len(best.curve)
        self.starts_ = training.tabulate(
            starts, run_of, self.restart_labels_, criteria, kept
        )
        self.restart_agreement_ = agreement_of_starts(
            self.starts_["agreement"], trained[kept]
        )
        self.converged_ = best.converged
        self._announce()
        n_empty = np.count_nonzero(sizes == 0)
        if n_empty:
            warnings.warn(
                f"{n_empty} of n_clusters={self.n_clusters} clusters are empty. Lower "
                f"n_clusters, or raise gamma_balance={self.gamma_balance:.3g}.",
                ConvergenceWarning,
                stacklevel=2,
            )
        if not best.converged:
            warnings.warn(
                f"Training did not converge in max_epochs={self.max_epochs} epochs: "
                f"more than tol={self.tol:g} of the labels changed in one of the last "
                f"n_iter_no_change={self.n_iter_no_change}. Increase max_epochs or "
                "tol.",
                ConvergenceWarning,
                stacklevel=2,
            )

    def _announce(self):
        """Print the start that is kept; warn if no other start agrees with it."""
        kept = self.starts_[self.starts_["kept"]]
        others = self.starts_.loc[~self.starts_["kept"], "agreement"]
        if self.verbose:
            names = ", ".join(repr(name) for name in kept.index)
            print(
                f"[{type(self).__name__}] kept the clusters that start from {names}: "
                f"criterion {kept['criterion'].min():.4f}, up to "
                f"{kept['moved'].max():.1%} of the samples moved in training"
            )
            if self.starts_["agreement"].get("k-means", 0.0) >= training.SAME:
                print(
                    f"[{type(self).__name__}] k-means finds the same clusters, but for "
                    "a few samples"
                )
        alone = len(kept) == 1 and len(others) and others.max() < UNCONFIRMED
        if alone and self.converged_:  # if not, that is the warning
            warnings.warn(
                "No other start agrees with the clusters that were kept: the greatest "
                f"adjusted Rand index is {others.max():.2f}. They may be accidental. "
                "Compare other numbers of clusters with choose_n_clusters, or raise "
                f"n_init={self.n_init}; `starts_` has the table.",
                UserWarning,
                stacklevel=2,
            )

    def _validate(self, X):
        """Check X against what `fit` has seen; return rows of valid points."""
        check_is_fitted(self)
        rows, shape = validate_fields(self, X, reset=False)
        if shape is not None and self._field_shape not in (None, shape):
            raise ValueError(
                f"X has fields of shape {shape} (channels, height, width), but "
                f"{type(self).__name__} was fitted to fields of shape "
                f"{self._field_shape}."
            )
        valid = self._representation.valid
        return take_valid(rows, valid, type(self).__name__, shape or self._field_shape)

    def _log_assignment(self, X):
        rows = self._validate(X)
        x = self._representation.encode(rows)
        return self._compute("log_assignment", x).astype(float)

    def _compute(self, name, array):
        """Call a function of the torch side with the model and an array."""
        with _limited_threads(self._representation):
            return inference.compute(getattr(inference, name), self._model, array)
