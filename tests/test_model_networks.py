"""Tests of the networks: shapes for any field, and descriptions."""

import pytest
import torch

from skvaeclust import ConvNetworks, DenseNetworks
from skvaeclust._model import make_networks
from skvaeclust._model._conv import Dropout
from skvaeclust._model._mixture_vae import MixtureVAE

NARROW = ConvNetworks(channels=(3, 4), hidden_features=6, code_features=5)


@pytest.mark.parametrize(
    ("networks", "shape"),
    [
        (DenseNetworks(hidden_features=6), (11,)),
        (NARROW, (1, 4, 4)),
        (NARROW, (2, 5, 7)),
        (NARROW, (3, 13, 6)),
    ],
)
def test_shapes(networks, shape):
    modules = networks.build(shape, 3, 2)
    x, e = torch.randn(8, *shape), torch.eye(3).expand(8, 3, 3)
    assert modules.assign(x).shape == (8, 3)
    for out in modules.encode(x, e):
        assert out.shape == (8, 3, 2)
    for out in modules.prior(torch.eye(3)):
        assert out.shape == (3, 2)
    assert modules.decode(torch.randn(8, 2)).shape == (8, *shape)


def test_convolutions_have_the_size_of_the_founding_study():
    modules = ConvNetworks().build((2, 61, 79), 4, 2)
    coarse = 128 * 16 * 20
    assert modules.decoder[4].out_features == coarse
    assert modules.assignment[1].in_features == coarse
    assert modules.assignment[1].out_features == 512
    assert modules.head.x1.out_features == 40
    assert [m.p for m in modules.modules() if isinstance(m, Dropout)] == [0.8, 0.6]


def test_dropout_draws_from_its_own_generator():
    dropout, x = Dropout(0.5), torch.ones(1000)
    before = torch.get_rng_state()
    draws = []
    for _ in range(2):
        dropout.generator = torch.Generator().manual_seed(1)
        draws.append(dropout(x))
    assert torch.equal(*draws)
    assert torch.equal(torch.get_rng_state(), before)
    assert set(draws[0].tolist()) == {0.0, 2.0}
    assert torch.equal(dropout.eval()(x), x)


def test_auto_is_dense_for_every_input():
    assert isinstance(make_networks("auto", (1, 4, 4)), DenseNetworks)
    assert isinstance(make_networks("auto", None), DenseNetworks)
    assert isinstance(make_networks("conv", (1, 4, 4)), ConvNetworks)


@pytest.mark.parametrize(
    ("networks", "match"),
    [
        (DenseNetworks(hidden_features=0), "hidden_features"),
        (ConvNetworks(channels=(3,)), "channels.*tuple of two"),
        (ConvNetworks(channels=(3, 0)), "channels"),
        (ConvNetworks(dropout=(0.5, 1.0)), "dropout"),
    ],
)
def test_bad_parameters(networks, match):
    with pytest.raises(ValueError, match=match):
        networks.build((2, 8, 8), 3, 2)


@pytest.mark.parametrize(
    ("networks", "shape"),
    [(DenseNetworks(hidden_features=6), (11,)), (NARROW, (2, 5, 7))],
)
def test_position_depends_on_the_cluster_and_other_samples_do_not_matter(
    networks, shape
):
    modules = networks.build(shape, 3, 2).eval()
    x, e = torch.randn(4, *shape), torch.eye(3).expand(4, 3, 3)
    mean, log_var = modules.encode(x, e)
    for out in (mean, log_var):
        assert (out[:, 0] != out[:, 1]).any()
    alone, _ = modules.encode(x[2:3], e[2:3, 1:2])
    torch.testing.assert_close(alone[0, 0], mean[2, 1])


def test_numbering_moves_every_output_alike():
    model = MixtureVAE(DenseNetworks(hidden_features=6).build((5,), 3, 2), 3).eval()
    x, order = torch.randn(4, 5), torch.tensor([2, 0, 1])
    before = (model.log_assignment(x), *model.encode(x, model.codes[None]))
    prior = model.prior(model.codes)
    model.renumber(order)
    after = (model.log_assignment(x), *model.encode(x, model.codes[None]))
    for old, new in zip(before, after, strict=True):
        torch.testing.assert_close(new, old[:, order])
    for old, new in zip(prior, model.prior(model.codes), strict=True):
        torch.testing.assert_close(new, old[order])


def test_fields_are_cropped_where_they_were_padded():
    modules = NARROW.build((1, 5, 6), 3, 2)
    # 5 x 6 points lie at rows 1 to 5 and columns 1 to 6 of the padded 8 x 8.
    padded = modules._pad(torch.ones(1, 1, 5, 6)) != 0
    assert padded[0, 0].nonzero().amin(0).tolist() == [1, 1]
    assert padded[0, 0].nonzero().amax(0).tolist() == [5, 6]
    z = torch.randn(1, 2)
    modules.eval()
    decoded = modules.decoder(z)[..., 1:6, 1:7] / modules.point_scale
    assert torch.equal(modules.decode(z), decoded)
