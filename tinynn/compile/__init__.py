"""compile: record a training step, rewrite it, explain it, and run it without Python."""

from tinynn.compile.step import CompiledStep, compile

__all__ = ["CompiledStep", "compile"]
