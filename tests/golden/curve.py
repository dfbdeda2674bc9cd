"""Draws docs/images/abstention.svg: `python -m tests.golden.curve FILE`, against the installation that `fit` asks for.

What is declined of the unanswerable development questions, and what is answered rightly of the others, at each threshold; each
question is judged by a model made without it. The point is where the weights and the threshold in use are.
"""

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from agents import acceptance
from agents.acceptance import Signs
from tests.golden.fit import equal_errors, observe_all, set_aside

# How many of the signs, and how they are drawn.
LINES = {"five signs": (5, "#b45309", "6 4"), "eight signs": (8, "#0f766e", "none")}
WIDTH, HEIGHT = 575, 330
LEFT, RIGHT, TOP, BOTTOM = 60, 540, 20, 280
LEAST = 0.5

Points = list[tuple[float, float]]


def points(times: list[NDArray], answerable: NDArray, right: NDArray) -> Points:
    """Shares declined and answered rightly, at thresholds that decline one in a hundred more each; means of all times."""
    found = []
    for declined in np.arange(LEAST, 1.0, 0.01):
        shares = []
        for sure in times:
            taken = sure > np.quantile(sure[~answerable], declined)
            shares.append((taken & right)[answerable].mean())
        found.append((float(declined), float(np.mean(shares))))
    return found


def in_use(signs: NDArray, answerable: NDArray, right: NDArray) -> tuple[float, float]:
    """The same two shares with the weights and the threshold of `agents.acceptance`."""
    taken = np.array([acceptance.confidence(Signs(*row)) >= acceptance.LEAST for row in signs])
    return float((~taken)[~answerable].mean()), float((taken & right)[answerable].mean())


def _at(point: tuple[float, float]) -> tuple[float, float]:
    declined, right = ((share - LEAST) / (1 - LEAST) for share in point)
    return LEFT + declined * (RIGHT - LEFT), BOTTOM - right * (BOTTOM - TOP)


def svg(lines: dict[str, Points], used: tuple[float, float], articles: int) -> str:
    """The picture."""
    label = f"Share of answerable questions answered rightly against share of unanswerable ones declined, {articles} articles"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        '<g font-family="sans-serif" font-size="12" fill="#667">',
    ]
    for tenth in range(5, 11):
        x, y = _at((tenth / 10, tenth / 10))
        parts += [
            f'<path d="M{x:.0f} {TOP}V{BOTTOM}M{LEFT} {y:.0f}H{RIGHT}" stroke="#8888" stroke-width=".5"/>',
            f'<text x="{x:.0f}" y="298" text-anchor="middle">{tenth * 10} %</text>',
            f'<text x="54" y="{y + 4:.0f}" text-anchor="end">{tenth * 10} %</text>',
        ]
    parts += [
        '<text x="300" y="318" text-anchor="middle">unanswerable questions declined</text>',
        '<text x="14" y="150" text-anchor="middle" transform="rotate(-90 14 150)">answerable ones answered rightly</text>',
    ]
    for place, (name, (_, colour, dashes)) in enumerate(LINES.items()):
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(_at, lines[name]))
        style = f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"'
        y = 214 + 18 * place
        parts += [
            f'<polyline points="{drawn}" fill="none" {style}/>',
            f'<path d="M80 {y}H110" {style}/><text x="118" y="{y + 4}" fill="{colour}">{name}</text>',
        ]
    x, y = _at(used)
    parts += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#0f766e" stroke="#fff" stroke-width="1.5"/>',
        '<circle cx="95" cy="250" r="5" fill="#0f766e"/><text x="118" y="254" fill="#0f766e">in use</text>',
    ]
    return "".join([*parts, "</g></svg>\n"])


def main() -> None:
    """Ask, draw, and say what the picture shows."""
    from knowledge.models import Article

    signs, answerable, right = observe_all()
    times = {name: list(set_aside(signs[:, :count], answerable, right)) for name, (count, *_) in LINES.items()}
    lines = {name: points(each, answerable, right) for name, each in times.items()}
    used, articles = in_use(signs, answerable, right), Article.objects.count()
    Path(sys.argv[1]).write_text(svg(lines, used, articles))
    figures = {
        name: {
            "auc": round(float(np.mean([roc_auc_score(answerable, sure) for sure in each])), 3),
            "right": round(float(np.mean([equal_errors(sure, answerable, right) for sure in each])), 3),
        }
        for name, each in times.items()
    }
    told = {"declined": round(used[0], 3), "right": round(used[1], 3)}
    print(json.dumps({"articles": articles, "questions": len(signs), **figures, "in use": told}))


if __name__ == "__main__":
    main()
