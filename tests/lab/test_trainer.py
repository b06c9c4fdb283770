"""The net of the laboratory: it learns, changes course, stops where it must, and can be taken apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.backends import native
from tinynn.errors import ArgumentError
from tinynn.lab import Lab, Settings, read_csv
from tinynn.lab.code import program
from tinynn.lab.folding import FINE, LINES, Folding
from tinynn.lab.layers import Layer, dead, histogram, passed, sizes
from tinynn.lab.seeds import Seeds
from tinynn.lab.settings import ACTIVATIONS, OPTIMIZERS


def weights(lab: Lab) -> list[np.ndarray]:
    return [p.data.copy() for p in lab.net.parameters()]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_choice_learns(optimizer: str, activation: str) -> None:
    lab = Lab(Settings(data="moons", width=8, depth=1, optimizer=optimizer, activation=activation, lr=0.03))
    lab.advance(400)
    assert lab.steps == 400
    assert lab.losses[-1] < 0.8 * lab.losses[0]
    assert lab.loss() <= lab.losses[0]


def test_it_learns_the_spiral_and_the_same_seed_gives_the_same_net() -> None:
    labs = [Lab(Settings(width=16, seed=5)) for _ in range(2)]
    for lab in labs:
        lab.advance(600)
    assert labs[0].accuracy() > 0.97
    for a, b in zip(weights(labs[0]), weights(labs[1]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_making_a_net_leaves_the_random_numbers_of_the_user_alone() -> None:
    tn.manual_seed(1)
    before = tn.rand(3).numpy()
    tn.manual_seed(1)
    Lab(Settings(seed=9))
    np.testing.assert_array_equal(tn.rand(3).numpy(), before)


def test_without_the_native_kernels_it_takes_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = Lab(Settings(width=3, depth=2))
    fast.advance(20)
    monkeypatch.setattr(native, "module", lambda: None)
    slow = Lab(Settings(width=3, depth=2))
    slow.advance(20)
    np.testing.assert_allclose(slow.losses, fast.losses, rtol=1e-5)


def test_rate_rule_and_decay_change_on_the_way_the_rest_begins_anew() -> None:
    lab = Lab(Settings(data="moons"))
    lab.advance(50)
    before = weights(lab)
    for choice in ({"lr": 0.1}, {"optimizer": "SGD"}, {"decay": 0.01}):
        assert lab.change(**choice) is False
        assert lab.steps == 50
    for a, b in zip(weights(lab), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (lab.optimizer.lr, lab.optimizer.weight_decay) == (0.1, 0.01)  # type: ignore[attr-defined]
    for choice in ({"width": 4}, {"depth": 2}, {"activation": "tanh"}, {"seed": 2}, {"data": "circles"}):
        lab.advance(3)
        assert lab.change(**choice) is True
        assert lab.steps == 0


def test_a_changed_rate_is_the_one_of_the_next_step() -> None:
    small, large = (Lab(Settings(data="moons", optimizer="SGD", lr=0.01)) for _ in range(2))
    large.change(lr=1.0)
    before = weights(small)
    for lab in (small, large):
        lab.advance(1)
    for start, a, b in zip(before, weights(small), weights(large), strict=True):
        np.testing.assert_allclose(b - start, 100 * (a - start), rtol=1e-2, atol=1e-5)


def test_a_refused_change_changes_nothing() -> None:
    lab = Lab(Settings())
    lab.advance(5)
    for choice in ({"width": 99}, {"data": "your CSV"}):
        with pytest.raises(ArgumentError):
            lab.change(**choice)
        assert (lab.settings, lab.steps) == (Settings(), 5)


def test_a_loss_that_explodes_stops_the_net_as_it_was() -> None:
    lab = Lab(Settings(optimizer="SGD", activation="leaky_relu", lr=0.01))
    lab.advance(10)
    before = weights(lab)
    lab.change(lr=100.0)
    for _ in range(20):
        lab.advance(50)
    assert "smaller learning rate" in lab.stopped
    assert all(np.isfinite(a).all() for a in weights(lab))
    assert lab.steps >= 10
    steps = lab.steps
    lab.advance(5)
    assert lab.steps == steps
    assert len(before) == len(weights(lab))


def test_a_loss_that_is_infinite_only_after_the_last_step_stops_it_too() -> None:
    lab = Lab(Settings(width=16, depth=6, optimizer="momentum", lr=10.0))
    for _ in range(5):
        lab.advance(1)
        assert np.isfinite(lab.loss())
    assert lab.stopped
    assert lab.steps < 5


def test_places_without_a_number_keep_the_directions() -> None:
    """A tanh may bound what is beyond the range of float32."""
    lab, folding = Lab(Settings(width=4, depth=1, activation="tanh")), Folding()
    lab.layers()[0].weight.data[:] = np.finfo(np.float32).max
    with np.errstate(all="ignore"):
        assert folding.picture(lab, 1).points.shape == (300, 2)
    assert np.isfinite(folding.picture(lab, 2).points).all()


def test_stages_are_what_the_layers_compute() -> None:
    lab = Lab(Settings(width=2, depth=2, activation="tanh"))
    lab.advance(20)
    x = lab.points.x
    first = F.linear(x, lab.layers()[0].weight, lab.layers()[0].bias).numpy()
    wanted = {0: x, 1: first, 2: np.tanh(first)}
    for stage, a in wanted.items():
        picture = Folding().picture(lab, stage)
        both = np.concatenate([a, np.zeros((1, 2))])
        low, high = both.min(0), both.max(0)
        np.testing.assert_allclose(picture.points, (a - (low + high) / 2) / ((high - low) / 2), atol=1e-4)
    assert Folding.titles(lab) == [
        "input",
        "layer 1: affine",
        "layer 1: tanh",
        "layer 2: affine",
        "layer 2: tanh",
    ]


@pytest.mark.parametrize(("width", "place"), [(1, 2.5), (2, 0.5), (5, 4.0), (16, 3.3)])
def test_pictures_of_any_width_and_between_stages(width: int, place: float) -> None:
    lab, folding = Lab(Settings(width=width, depth=2)), Folding()
    before = None
    for _ in range(5):
        lab.advance(2)
        picture = folding.picture(lab, place)
        assert picture.along.shape == picture.across.shape == (LINES * (FINE + 1), 2)
        assert np.isfinite(picture.points).all()
        assert before is None or np.abs(picture.points - before).max() < 0.7  # it moves, it does not jump
        assert before is None or (picture.points != before).any()
        before = picture.points


def test_gradients_of_a_pass_are_those_of_backward() -> None:
    lab = Lab(Settings(width=4, depth=3, activation="elu"))
    lab.advance(30)
    x, y = lab.points.x, lab.points.y
    found = passed(lab, x, y)
    assert all(p.grad is None for p in lab.net.parameters())
    loss = F.cross_entropy(lab.net(x), y)
    loss.backward()
    assert found.loss == pytest.approx(loss.item())
    a = [x, *(layer.a for layer in found.layers[:-1])]
    for layer, dw, before, own in zip(found.layers, found.dw, a, lab.layers(), strict=True):
        np.testing.assert_allclose(dw, own.weight.grad.numpy(), rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(dw, layer.dz.T @ before, rtol=1e-4, atol=1e-7)
    step = 1e-2
    for i in range(2):  # dL/dx of one point against a difference
        one, two = x[:1].copy(), x[:1].copy()
        one[0, i] -= step
        two[0, i] += step
        slope = (passed(lab, two, y[:1]).loss - passed(lab, one, y[:1]).loss) / (2 * step)
        assert passed(lab, x[:1], y[:1]).dx[0, i] == pytest.approx(slope, rel=0.05, abs=1e-3)


def test_a_unit_that_lets_nothing_back_is_dead() -> None:
    lab = Lab(Settings(width=4, depth=1))
    first = lab.layers()[0]
    first.weight.data[1], first.bias.data[1] = 0.0, -1.0  # never above 0
    layer = passed(lab, lab.points.x, lab.points.y).layers[0]
    assert dead(layer, "relu").tolist() == [False, True, False, False]
    z = np.array([[-50.0, 0.1], [60.0, 0.2]])
    assert dead(Layer(z, z, z, z), "sigmoid").tolist() == [True, False]


def test_histograms_count_everything_once() -> None:
    values = np.array([-5.0, 0.1, 0.2, 0.9, 7.0])
    np.testing.assert_allclose(histogram(values, 0, 1, 2), [0.6, 0.4])
    np.testing.assert_allclose(sizes(np.array([0.0, -0.1, 100.0])), [-1, 2])


def test_the_first_of_many_seeds_is_the_net_itself() -> None:
    settings = Settings(data="circles", width=3, depth=2, seed=4)
    lab, seeds = Lab(settings), Seeds(Lab(settings), 4)
    lab.advance(60)
    seeds.advance(60)
    for mine, (_, theirs) in zip(weights(lab), seeds.nets.parameters().items(), strict=True):
        np.testing.assert_array_equal(mine, theirs[0])
    assert seeds.accuracy[0] == lab.accuracy()
    assert seeds.losses[0] == pytest.approx(lab.loss(), rel=1e-5)
    assert len({a.tobytes() for a in seeds.regions(20)}) > 1
    assert seeds.nets.seeds == [4, 5, 6, 7]


@pytest.mark.parametrize(
    ("data", "optimizer"), [("spirals", "Adam"), ("moons", "momentum"), ("your CSV", "RMSprop")]
)
def test_the_program_is_the_net(
    data: str, optimizer: str, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It runs, says what the page says, and trains on."""
    rows = "".join(
        f"{1.7e9 + x:.0f};{y / 2:g};{'in' if x * x + y * y < 5 else 'out'}\n".replace(".", ",")
        for x, y in itertools.product(range(-3, 4), repeat=2)
    )
    (tmp_path / "points.csv").write_text("x;y;class\n" + rows)
    monkeypatch.chdir(tmp_path)
    lab = Lab(Settings(data="moons", optimizer=optimizer, width=4, depth=2, decay=0.001))
    if data == "your CSV":
        lab.use_file(read_csv(("x;y;class\n" + rows).encode()))
    else:
        lab.change(data=data)
    lab.advance(200)
    names: dict[str, object] = {}
    exec(program(lab), names)
    said = capsys.readouterr().out.split()
    assert float(said[1]) == pytest.approx(lab.accuracy())
    assert float(said[-1]) < lab.losses[0]
    lab.change(optimizer="SGD")
    lab.advance(1)
    assert "optim.SGD(" in program(lab)
    np.testing.assert_array_equal(names["x"], lab.points.x)
