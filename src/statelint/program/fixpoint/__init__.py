"""Answers to questions that may lead back to themselves: a fixpoint that does not depend on what is asked first.

A question is a hashable key, its *rule* computes the answer and may ask further questions. Questions that lead back to each
other form a strongly connected component, found as by Tarjan while the rules run. An answer that was computed while another
was open is a *draft*. When the component is complete a worklist computes again whatever has seen an answer that has changed
since, until nothing changes, and only then are its answers kept.

The rules of a chain of questions call each other, but only to a fixed depth. What lies deeper is computed first, on a
stack of our own, and the rules above run once more; so the project's shape never decides how much of Python's stack is used.
"""

from __future__ import annotations

from statelint.program.fixpoint.table import Fixpoint

__all__ = ["Fixpoint"]
