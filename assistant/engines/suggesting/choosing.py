"""Which of the options a text goes on with: the likeliest, or one that is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from assistant.core.suggestions import SuggestRequest
from assistant.engines.suggesting.expecting import Option

if TYPE_CHECKING:
    import torch

Choice: TypeAlias = tuple[bytes, Option]


class Chooser:
    """Chooses for all rows of one request; the same seed draws the same."""

    def __init__(self, request: SuggestRequest) -> None:
        import torch

        self._temperature = request.temperature
        self._generator: torch.Generator | None = None
        if request.temperature > 0:
            self._generator = torch.Generator()
            if request.seed is None:
                self._generator.seed()
            else:
                self._generator.manual_seed(request.seed)

    def first(self, options: dict[bytes, Option], rows: int) -> list[Choice]:
        """Return how the rows begin: the likeliest in their order, or as many draws."""
        likeliest = self._likeliest(options)
        if self._generator is None or not likeliest:
            return likeliest[:rows]
        return [self._draw(likeliest) for _ in range(rows)]

    def next(self, options: dict[bytes, Option]) -> Choice | None:
        """Return how a text goes on, None where it cannot."""
        likeliest = self._likeliest(options)
        if not likeliest:
            return None
        return likeliest[0] if self._generator is None else self._draw(likeliest)

    def _likeliest(self, options: dict[bytes, Option]) -> list[Choice]:
        possible = [choice for choice in options.items() if choice[1].probability > 0]
        return sorted(possible, key=lambda choice: -choice[1].probability)

    def _draw(self, choices: list[Choice]) -> Choice:
        import torch

        logs = torch.tensor([option.probability for _, option in choices], dtype=torch.float64)
        odds = (logs.log() / self._temperature).softmax(dim=-1)
        return choices[int(torch.multinomial(odds, 1, generator=self._generator))]
