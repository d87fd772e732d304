"""Effect formulas of patterns: sums of arms with constant weights, such as ``a - 0.5*b - 0.7``."""

from __future__ import annotations

import ast

CONSTANT = ""  # key of the constant among the terms

_ADVICE = "Write a sum of arms with constant weights, as in a - 0.5*b - 0.7."

Terms = dict[str, float]


def parse_effect(text: str) -> Terms:
    """Return the weight of each arm in a formula, in order; the constant has the key `CONSTANT`.

    Raises:
        ValueError: if the formula is not such a sum.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _collect_terms(tree.body)
    except (SyntaxError, _NotLinearError):
        raise ValueError(f"The effect {text!r} is not understood. {_ADVICE}") from None


class _NotLinearError(Exception):
    pass


def _collect_terms(node: ast.expr) -> Terms:
    match node:
        case ast.Name(id=arm):
            return {arm: 1.0}
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return {CONSTANT: float(number)}
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _collect_terms(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _scale(_collect_terms(operand), -1.0)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _add(_collect_terms(left), _collect_terms(right))
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _add(_collect_terms(left), _scale(_collect_terms(right), -1.0))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _multiply(_collect_terms(left), _collect_terms(right))
    raise _NotLinearError


def _add(left: Terms, right: Terms) -> Terms:
    total = dict(left)
    for arm, weight in right.items():
        total[arm] = total.get(arm, 0.0) + weight
    return total


def _scale(terms: Terms, factor: float) -> Terms:
    return {arm: factor * weight for arm, weight in terms.items()}


def _multiply(left: Terms, right: Terms) -> Terms:
    """Return the product of two sums, one of which must be a constant."""
    if left.keys() == {CONSTANT}:
        return _scale(right, left[CONSTANT])
    if right.keys() == {CONSTANT}:
        return _scale(left, right[CONSTANT])
    raise _NotLinearError
