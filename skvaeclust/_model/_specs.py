"""Descriptions of networks, with parameters that can be cloned, set and tuned.

torch is imported only when networks are built. Any object with ``input_kind`` and
``build`` can be used instead.
"""

from sklearn.base import BaseEstimator

from skvaeclust._limits import count, real, refuse_too_large
from skvaeclust._words import shown

WIDTH = count(1, 10_000)
BYTES_PER_WEIGHT = 16  # single precision: value, gradient and two moments of Adam


class DenseNetworks(BaseEstimator):
    """Fully connected networks on principal-component scores.

    The rotation onto the principal components preserves all distances between samples,
    and these networks are much cheaper than convolutions. Hidden layers are
    Linear - BatchNorm - LeakyReLU(0.2).

    Parameters
    ----------
    hidden_features : int, default=128
        Width of the hidden layers.
    code_features : int, default=40
        Width of the bottleneck layers next to the latent space.

    See Also
    --------
    ConvNetworks : Convolutions on fields.

    Examples
    --------
    >>> from skvaeclust import DenseNetworks, VAEClustering
    >>> VAEClustering(network=DenseNetworks(hidden_features=64))
    VAEClustering(network=DenseNetworks(hidden_features=64))
    """

    input_kind = "scores"

    _parameter_constraints: dict = {
        "hidden_features": [WIDTH],
        "code_features": [WIDTH],
    }

    def __init__(self, *, hidden_features=128, code_features=40):
        self.hidden_features = hidden_features
        self.code_features = code_features

    def build(self, sample_shape, n_clusters, latent_dim):
        """Build the torch module.

        Parameters
        ----------
        sample_shape : tuple of int
            ``(n_scores,)``.
        n_clusters : int
            Number of clusters, K.
        latent_dim : int
            Dimension of z.

        Returns
        -------
        networks : torch.nn.Module
            Module with ``assign(x)``, ``encode(x, e)``, ``prior(e)``, ``decode(z)``.
        """
        self._validate_params()
        from skvaeclust._model._dense import DenseModules

        return _build(
            self,
            DenseModules,
            sample_shape[0],
            n_clusters,
            latent_dim,
            self.hidden_features,
            self.code_features,
        )


class ConvNetworks(BaseEstimator):
    """Convolutional networks on fields with any number of channels.

    The networks of Aoki et al. (2026) [1]_: two convolutions (4 x 4, stride 2) in each
    encoder, two transposed ones in the decoder. Heights and widths that are not
    multiples of 4 are padded at the input and cropped at the output.

    Parameters
    ----------
    channels : tuple of 2 int, default=(64, 128)
        Feature maps after the first and the second convolution.
    hidden_features : int, default=1024
        Width of the fully connected layers; those of q(k|x) have half of this width.
    code_features : int, default=40
        Width of the bottleneck layers next to the latent space.
    dropout : tuple of 2 float, default=(0.8, 0.6)
        Dropout probabilities after the two fully connected layers of q(k|x).

    See Also
    --------
    DenseNetworks : Fully connected networks on PC scores, much faster.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`

    Examples
    --------
    >>> from skvaeclust import ConvNetworks, VAEClustering
    >>> VAEClustering(network=ConvNetworks(channels=(16, 32)), field_shape=(2, 32, 32))
    VAEClustering(field_shape=(2, 32, 32), network=ConvNetworks(channels=(16, 32)))
    """

    input_kind = "fields"

    _parameter_constraints: dict = {
        "channels": "no_validation",  # checked by `build`
        "hidden_features": [WIDTH],
        "code_features": [WIDTH],
        "dropout": "no_validation",
    }

    def __init__(
        self,
        *,
        channels=(64, 128),
        hidden_features=1024,
        code_features=40,
        dropout=(0.8, 0.6),
    ):
        self.channels = channels
        self.hidden_features = hidden_features
        self.code_features = code_features
        self.dropout = dropout

    def build(self, sample_shape, n_clusters, latent_dim):
        """Build the torch module.

        Parameters
        ----------
        sample_shape : tuple of int
            ``(channels, height, width)``.
        n_clusters : int
            Number of clusters, K.
        latent_dim : int
            Dimension of z.

        Returns
        -------
        networks : torch.nn.Module
            Module with ``assign(x)``, ``encode(x, e)``, ``prior(e)``, ``decode(z)``.
        """
        self._validate_params()
        _check_pair(self, "channels", WIDTH)
        _check_pair(self, "dropout", real(0, 1, closed="left"))
        if min(sample_shape[1:]) < 4:
            raise ValueError(
                "ConvNetworks requires fields of at least 4 x 4 points, got "
                f"{sample_shape[1]} x {sample_shape[2]}. Use network='dense'."
            )
        from skvaeclust._model._conv import ConvModules

        return _build(
            self,
            ConvModules,
            sample_shape,
            n_clusters,
            latent_dim,
            self.channels,
            self.hidden_features,
            self.code_features,
            self.dropout,
        )


def _build(spec, modules, *sizes):
    """Build modules, unless they need too much memory."""
    import torch

    with torch.device("meta"):  # shapes without data
        shapes = modules(*sizes)
    n_weights = sum(weights.numel() for weights in shapes.parameters())
    refuse_too_large(
        BYTES_PER_WEIGHT * n_weights, f"{spec!r} has {n_weights:.3g} weights, which"
    )
    return modules(*sizes)


def _check_pair(spec, name, interval):
    value = getattr(spec, name)
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    if not is_pair or not all(interval.is_satisfied_by(v) for v in value):
        raise ValueError(
            f"The {name!r} parameter of {type(spec).__name__} must be a tuple of two, "
            f"each {interval}. Got {value!r} instead."
        )


def make_networks(network, field_shape):
    """Return the description of networks given by the ``network`` parameter.

    Parameters
    ----------
    network : {"auto", "dense", "conv"} or object with ``input_kind`` and ``build``
        "auto" is "dense".
    field_shape : tuple of int or None
        (channels, height, width); None for flat rows.

    Returns
    -------
    spec : object with ``input_kind`` and ``build``
    """
    named = {"auto": DenseNetworks, "dense": DenseNetworks, "conv": ConvNetworks}
    if isinstance(network, str) and network in named:
        network = named[network]()
    is_complete = hasattr(network, "input_kind") and hasattr(network, "build")
    if isinstance(network, type) or not is_complete:
        raise TypeError(
            "The 'network' parameter must be 'auto', 'dense', 'conv' or an object with "
            "`input_kind` and `build`, like DenseNetworks(). Got "
            f"{shown(network)} instead."
        )
    if network.input_kind not in ("scores", "fields"):
        raise ValueError(
            "The `input_kind` of a network must be 'scores' or 'fields', "
            f"got {network.input_kind!r}."
        )
    if network.input_kind == "fields" and field_shape is None:
        raise ValueError(
            f"{type(network).__name__} requires fields, got flat rows. Pass X of shape "
            "(n_samples, channels, height, width), or `field_shape=(channels, height, "
            "width)`."
        )
    return network
