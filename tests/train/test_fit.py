"""fit: what it accepts, what it returns, what it leaves behind."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.autograd import op
from tinynn.train import Callback, EarlyStopping, History, Training

CE = F.cross_entropy


@op
def squares(x: Any, y: Any) -> Any:
    """A loss as a user would write it: the mean of (x - y)^2."""

    def backward(dy: Any, needs: Any) -> Any:
        return dy * 2 * (x - y) / x.size, None

    return np.asarray(((x - y) ** 2).mean()), backward


def test_it_learns_a_spiral(net: nn.Module, points: data.Dataset) -> None:
    history = tn.fit(
        net, points, loss=CE, optimizer=optim.SGD(lr=0.5, momentum=0.9), epochs=80, batch_size=32
    )
    assert history["accuracy"][-1] > 0.95
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history.epochs == 80
    assert history.steps == 80 * 10
    assert tn.evaluate(net, points, loss=CE)["accuracy"] > 0.95


def test_one_step_is_the_equation(line: Any) -> None:
    x, y = line
    model = nn.Linear(1, 1)
    w, b = (p.data.astype(np.float64).copy() for p in model.parameters())
    error = x @ w.T + b - y
    tn.fit(model, (x, y), loss=F.mse, optimizer=optim.SGD(lr=0.1), batch_size=len(x))
    np.testing.assert_allclose(model.weight.data, w - 0.1 * 2 * (error * x).mean(0), rtol=1e-5)
    np.testing.assert_allclose(model.bias.data, b - 0.1 * 2 * error.mean(0), rtol=1e-5)


def test_a_regression_has_a_loss_and_no_accuracy(line: Any) -> None:
    model = nn.Linear(1, 1)
    history = tn.fit(model, line, loss=F.mse, optimizer=optim.SGD(lr=0.3), epochs=60, validation=line)
    assert "accuracy" not in history
    assert history["validation_loss"][-1] < 1e-6
    np.testing.assert_allclose([model.weight.item(), model.bias.item()], [3, -1], atol=1e-3)


def test_three_ways_to_give_the_data_are_one(points: data.Dataset) -> None:
    results = []
    for given in (points, (points.x, points.y), data.DataLoader(points, 64, seed=3)):
        tn.manual_seed(1)
        model = nn.Linear(2, 3)
        tn.fit(model, given, loss=CE, optimizer=optim.SGD(lr=0.1), epochs=2, seed=3)
        results.append(model.weight.data.copy())
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_bytes_are_scaled_to_one() -> None:
    class Look(nn.Module):
        def __init__(self) -> None:
            self.inner, self.largest = nn.Linear(4, 2), 0.0

        def forward(self, x: Any) -> Any:
            self.largest = max(self.largest, float(np.max(x)))
            return self.inner(F.flatten(x, start_dim=1))

    model = Look()
    images = np.full((6, 1, 2, 2), 255, np.uint8)
    tn.fit(model, (images, np.arange(6) % 2), loss=CE, optimizer=optim.SGD(lr=0.1), compile=False)
    assert model.largest == 1.0


def test_validation_uses_the_normalisation_of_its_loader(net: nn.Module, points: data.Dataset) -> None:
    train = data.DataLoader(points, normalize=(3.0, 2.0))
    shifted = data.Dataset((points.x - 3) / 2, points.y)
    history = tn.fit(net, train, loss=CE, optimizer=optim.SGD(lr=0.1), validation=train)
    assert history["validation_loss"][0] == pytest.approx(
        tn.evaluate(net, shifted, loss=CE)["loss"], rel=1e-5
    )


@pytest.mark.filterwarnings("ignore:fit. trains without compiling:UserWarning")
def test_a_double_model_is_fed_doubles(line: Any) -> None:
    model = nn.Linear(1, 1, dtype=np.float64)
    history = tn.fit(model, line, loss=squares, optimizer=optim.SGD(lr=0.3), epochs=200)
    assert history["loss"][-1] < 1e-20


def test_metrics_of_the_user_are_weighted_by_batch(points: data.Dataset, net: nn.Module) -> None:
    def first_class(prediction: Any, target: Any) -> float:
        return float((target == 0).mean())

    options: dict[str, Any] = {"loss": CE, "optimizer": optim.SGD(lr=0.1), "batch_size": 70}
    history = tn.fit(net, points, validation=points, metrics=[first_class], **options)
    assert history["first_class"][0] == pytest.approx(100 / 300)
    assert history["validation_first_class"][0] == pytest.approx(100 / 300)
    assert "accuracy" not in history
    named = tn.fit(net, points, metrics={"mine": first_class}, **options)
    assert named["mine"][0] == pytest.approx(100 / 300)


def test_the_last_batch_weighs_what_it_holds(points: data.Dataset) -> None:
    model = nn.Linear(2, 3).requires_grad_(True)
    history = tn.fit(model, points, loss=CE, optimizer=optim.SGD(lr=1e-30), batch_size=299)
    assert history["loss"][0] == pytest.approx(tn.evaluate(model, points, loss=CE)["loss"], rel=1e-5)


def test_a_schedule_sets_the_rate_of_each_step(points: data.Dataset, net: nn.Module) -> None:
    seen: list[float] = []

    class Rates(Callback):
        def on_step_end(self, training: Training) -> None:
            seen.append(training.optimizer.lr)

    optimizer = optim.SGD(lr=1.0)
    history = tn.fit(
        net,
        points,
        loss=CE,
        optimizer=optimizer,
        epochs=2,
        batch_size=100,
        schedule=lambda i: 0.1 / (i + 1),
        callbacks=[Rates()],
    )
    assert seen == pytest.approx([0.1 / (i + 1) for i in range(6)])
    assert history["lr"] == pytest.approx([0.1 / 3, 0.1 / 6])


def test_a_schedule_may_count_epochs(points: data.Dataset, net: nn.Module) -> None:
    history = tn.fit(
        net,
        points,
        loss=CE,
        optimizer=optim.SGD(lr=1.0),
        epochs=3,
        schedule=lambda epoch: 0.1 * 0.5**epoch,
        schedule_every="epoch",
    )
    assert history["lr"] == pytest.approx([0.1, 0.05, 0.025])


def test_clipping_bounds_the_step(points: data.Dataset, net: nn.Module) -> None:
    before = [p.data.copy() for p in net.parameters()]
    tn.fit(net, points, loss=CE, optimizer=optim.SGD(lr=1.0), batch_size=300, clip=1e-3)
    moved = np.sqrt(sum(((p.data - b) ** 2).sum() for p, b in zip(net.parameters(), before, strict=True)))
    assert moved == pytest.approx(1e-3, rel=1e-3)


def test_frozen_parameters_stay(points: data.Dataset, net: Any) -> None:
    net[0].requires_grad_(False)
    frozen, free = net[0].weight.data.copy(), net[1].weight.data.copy()
    tn.fit(net, points, loss=CE, optimizer=optim.SGD(lr=0.1))
    np.testing.assert_array_equal(net[0].weight.data, frozen)
    assert (net[1].weight.data != free).any()


def test_an_optimizer_of_one_layer_trains_that_layer(points: data.Dataset, net: Any) -> None:
    first = net[0].weight.data.copy()
    optimizer = optim.SGD(net[1].parameters(), lr=0.1)
    tn.fit(net, points, loss=CE, optimizer=optimizer, clip=100.0)
    assert net[0].weight.requires_grad
    assert net[0].weight.grad is None
    np.testing.assert_array_equal(net[0].weight.data, first)
    assert optimizer.steps > 0


def test_gradients_and_modes_are_left_as_found(points: data.Dataset, net: Any) -> None:
    net[0].eval()
    net[1].weight.grad = tn.Tensor(np.full((3, 16), 1e9, np.float32))
    tn.fit(net, points, loss=CE, optimizer=optim.SGD(lr=0.1), validation=points)
    assert np.abs(net[1].weight.data).max() < 10, "a gradient from before fit was used"
    assert all(p.grad is None for p in net.parameters())
    assert (net.training, net[0].training, net[1].training) == (True, False, True)


def test_callbacks_are_called_in_order(points: data.Dataset, net: nn.Module) -> None:
    calls: list[str] = []

    class Log(Callback):
        def on_fit_begin(self, training: Training) -> None:
            calls.append("begin")

        def on_step_end(self, training: Training) -> None:
            assert np.isfinite(training.loss)
            calls.append(f"step {training.history.steps}")

        def on_epoch_end(self, training: Training) -> None:
            calls.append(f"epoch {training.history.epochs}")
            if training.history.epochs == 2:
                training.stop("enough")

        def on_fit_end(self, training: Training) -> None:
            calls.append("end")

    losses: list[float] = []
    history = tn.fit(
        net,
        points,
        loss=CE,
        optimizer=optim.SGD(lr=0.1),
        epochs=9,
        batch_size=150,
        callbacks=[Log(), lambda t: losses.append(t.history["loss"][-1])],
    )
    assert calls == ["begin", "step 1", "step 2", "epoch 1", "step 3", "step 4", "epoch 2", "end"]
    assert losses == history["loss"]
    assert history.stopped == "enough"


def test_early_stopping_waits_and_restores_the_best(points: data.Dataset, net: nn.Module) -> None:
    weights: list[Any] = []

    class Worse(Callback):
        """Spoils the model from the third epoch on."""

        def on_epoch_end(self, training: Training) -> None:
            weights.append(training.model.state_dict()["1.bias"].copy())

    rates = [0.5, 0.5, -1, -1, -1, -1, -1, -1]
    history = tn.fit(
        net,
        points,
        loss=CE,
        optimizer=optim.SGD(lr=0.5),
        epochs=8,
        batch_size=300,
        validation=points,
        metrics={"figure": lambda p, y: 0.0},
        callbacks=[
            Worse(),
            lambda t: t.history["validation_figure"].__setitem__(-1, rates[t.history.epochs - 1]),
        ],
        early_stopping=EarlyStopping(3, monitor="validation_figure", mode="max", restore_best=True),
    )
    assert history.epochs == 4
    assert "validation_figure has not improved for 3 epochs" in history.stopped
    np.testing.assert_array_equal(net.state_dict()["1.bias"], weights[0])


def test_early_stopping_by_number_watches_the_validation_loss(points: data.Dataset, net: nn.Module) -> None:
    history = tn.fit(
        net,
        points,
        loss=CE,
        optimizer=optim.SGD(lr=0.01),
        epochs=50,
        validation=points,
        early_stopping=2,
        schedule=lambda i: 0.01 if i < 10 else 0.0,
    )
    assert history.epochs == 4
    assert history.stopped.startswith("validation_loss")


def test_a_history_may_be_gone_on_with(points: data.Dataset) -> None:
    def run(*parts: int) -> tuple[Any, History]:
        tn.manual_seed(5)
        model, optimizer, history = nn.Linear(2, 3), optim.SGD(lr=0.1, momentum=0.9), History()
        for epochs in parts:
            tn.fit(model, points, loss=CE, optimizer=optimizer, epochs=epochs, history=history)
        return model.weight.data, history

    whole, parts = run(4), run(1, 4)
    np.testing.assert_array_equal(whole[0], parts[0])
    assert whole[1]["loss"] == parts[1]["loss"]


def test_ctrl_c_leaves_a_model_and_a_history(points: data.Dataset, net: Any) -> None:
    history = History()

    class CtrlC(Callback):
        def on_step_end(self, training: Training) -> None:
            if training.history.steps == 7:
                raise KeyboardInterrupt

    options: dict[str, Any] = {"loss": CE, "optimizer": optim.SGD(lr=0.1), "batch_size": 100}
    with pytest.raises(KeyboardInterrupt):
        tn.fit(net, points, epochs=9, history=history, callbacks=[CtrlC()], **options)
    assert history.epochs == 2
    assert history.stopped == "interrupted in epoch 3 after 7 steps"
    assert all(p.grad is None for p in net.parameters())
    assert tn.fit(net, points, epochs=3, history=history, **options).stopped == ""
    assert history.epochs == 3


def test_nothing_is_printed_where_stderr_is_no_terminal(
    points: data.Dataset, net: nn.Module, capfd: pytest.CaptureFixture[str]
) -> None:
    tn.fit(net, points, loss=CE, optimizer=optim.SGD(lr=0.1))
    assert capfd.readouterr() == ("", "")


def test_the_bar_stands_on_stderr(
    points: data.Dataset, net: nn.Module, capfd: pytest.CaptureFixture[str]
) -> None:
    tn.fit(net, points, loss=CE, optimizer=optim.SGD(lr=0.1), epochs=2, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "epoch 1/2" in err
    assert "tqdm" in sys.modules


def test_predict_keeps_the_order_and_the_modes(points: data.Dataset, net: Any) -> None:
    net[1].eval()
    whole = np.asarray(net(points.x))
    for given in (points, points.x, (points.x, points.y), data.DataLoader(points, 7, shuffle=True)):
        np.testing.assert_allclose(tn.predict(net, given, batch_size=50), whole, rtol=1e-5, atol=1e-6)
    assert (net[0].training, net[1].training) == (True, False)
