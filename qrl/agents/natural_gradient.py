"""Fisher-vector products and conjugate gradients, for steps along the natural gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def flat_gradient(
    value: torch.Tensor, parameters: Sequence[torch.nn.Parameter], *, twice: bool = False
) -> torch.Tensor:
    """Return the gradient of a number as one vector.

    Args:
        value: a scalar.
        parameters: what it is differentiated by.
        twice: whether the gradient will be differentiated again.
    """
    parts = torch.autograd.grad(value, parameters, create_graph=twice, retain_graph=True)
    return torch.cat([part.reshape(-1) for part in parts])


def fisher_product(
    divergence: torch.Tensor, parameters: Sequence[torch.nn.Parameter], damping: float
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the function v -> F v + damping v.

    F, the Fisher matrix, is the second derivative of the mean divergence D_KL(old || new) at new = old
    (Schulman et al., arXiv 1502.05477, appendix C.1); it is never built.

    Args:
        divergence: the mean divergence, a scalar with its graph.
        parameters: those of the policy.
        damping: added to the diagonal, so that it can be inverted.
    """
    slope = flat_gradient(divergence, parameters, twice=True)

    def product(vector: torch.Tensor) -> torch.Tensor:
        return flat_gradient(slope @ vector, parameters) + damping * vector

    return product


def conjugate_gradient(
    product: Callable[[torch.Tensor], torch.Tensor],
    target: torch.Tensor,
    steps: int,
    tolerance: float = 1e-10,
) -> torch.Tensor:
    """Solve M x = target for a symmetric positive M known by its products (Hestenes and Stiefel 1952).

    Args:
        product: returns M v.
        target: the right-hand side.
        steps: most products taken.
        tolerance: squared norm of the residual at which it ends, relative to that of the target.
    """
    solution = torch.zeros_like(target)
    residual, direction = target.clone(), target.clone()
    squared = residual @ residual
    enough = tolerance * squared
    for _ in range(steps):
        if squared <= enough:
            break
        image = product(direction)
        length = squared / (direction @ image)
        solution += length * direction
        residual -= length * image
        before, squared = squared, residual @ residual
        direction = residual + (squared / before) * direction
    return solution


def move(
    parameters: Sequence[torch.nn.Parameter], start: Sequence[torch.Tensor], step: torch.Tensor
) -> None:
    """Set the parameters to a start plus a step that is given as one vector."""
    offset = 0
    with torch.no_grad():
        for parameter, origin in zip(parameters, start, strict=True):
            part = step[offset : offset + parameter.numel()]
            parameter.copy_(origin + part.view_as(parameter))
            offset += parameter.numel()
