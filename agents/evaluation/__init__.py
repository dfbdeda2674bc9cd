"""How well the agent answers, as a number: golden questions, what came of them, figures, comparison with the last time."""
