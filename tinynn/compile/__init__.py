"""compile: record a training step, rewrite it, explain it, and run it without Python."""

from tinynn.compile.ensemble import Ensemble
from tinynn.compile.many import EnsembleStep
from tinynn.compile.step import CompiledStep, compile

__all__ = ["CompiledStep", "Ensemble", "EnsembleStep", "compile"]
