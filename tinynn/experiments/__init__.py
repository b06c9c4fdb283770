"""The classic experiments, one file each: `tinynn run NAME`."""

from tinynn.experiments.registry import Experiment, Run, all_experiments, experiment, run_experiment

__all__ = ["Experiment", "Run", "all_experiments", "experiment", "run_experiment"]
