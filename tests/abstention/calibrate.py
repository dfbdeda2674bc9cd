"""`python -m tests.abstention.calibrate FOLDER…`: the figures of knowledge/curated/calibration.py, from phrasings alone.

Reads train.jsonl of each folder and nothing else. Phrasings that are set aside, misspelt, stand for customers' questions:
known ones while others of their intent are left, unknown ones when the whole intent is set aside. Weights are those
under which what happened is most likely; thresholds are read off the outcomes. Takes about a minute for two sets.
"""

import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import numpy as np
from scipy.optimize import minimize

from knowledge.curated.recogniser import Example, Recogniser
from knowledge.curated.spelling import distinct
from knowledge.embeddings import backend
from knowledge.evaluation.abstention import correlation
from knowledge.evaluation.jsonl import rows, text

FOLDS, ROUNDS = 10, 3
# A slip in one of five longer words; of three longer texts one lacks a word.
SLIPS, GAPS = 0.2, 0.3
PRECISION = 0.95


@dataclass
class Trials:
    """features: (questions, labels, 2), of labels that are set aside -inf. right: the label, or -1. weight: sums to 1."""

    features: np.ndarray
    right: np.ndarray
    weight: np.ndarray


def misspelt(phrasing: str, chance: random.Random) -> str:
    """A phrasing as somebody in a hurry types it."""
    words = [_slip(word, chance) if len(word) > 3 and chance.random() < SLIPS else word for word in phrasing.split()]
    if len(words) > 3 and chance.random() < GAPS:
        words.pop(chance.randrange(len(words)))
    return " ".join(words)


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    slips = [before + after, before + after[0] + letter + after[1:], before + letter + letter + after]
    return chance.choice([*slips, before + chance.choice("aeioustrn") + after])


def read(folder: Path) -> list[tuple[str, str]]:
    """(phrasing, intent) of train.jsonl, each once."""
    by_intent: dict[str, list[str]] = {}
    for where, row in rows(folder / "train.jsonl"):
        by_intent.setdefault(text(row, "intent", where), []).append(text(row, "text", where))
    return [(phrasing, intent) for intent, texts in by_intent.items() for phrasing in distinct(texts)]


def trials(phrasings: list[tuple[str, str]], seed: int) -> Trials:
    """What the recogniser says of a set's phrasings while they are set aside, ROUNDS times in other folds and spellings."""
    vectors = [one.vector for one in backend().encode_many([phrasing for phrasing, _ in phrasings])]
    names = sorted({intent for _, intent in phrasings})
    label = np.array([names.index(intent) for _, intent in phrasings])
    examples = [
        Example(index, one[0], vector) for index, one, vector in zip(label.tolist(), phrasings, vectors, strict=True)
    ]
    features, right = [], []
    for turn in range(ROUNDS):
        chance = random.Random(seed + turn)
        asked = [misspelt(phrasing, chance) for phrasing, _ in phrasings]
        encoded = backend().encode_many(asked)
        for aside, kept in _folds(label, len(names), seed + turn):
            recogniser = Recogniser([examples[index] for index in kept])
            for index in aside:
                row = np.full((len(names), 2), -np.inf)
                row[recogniser.labels] = np.stack(recogniser.features(asked[index], encoded[index].vector), 1)
                features.append(row)
                right.append(label[index] if label[index] in recogniser.labels else -1)
    known = np.array(right) >= 0
    weight = np.where(known, 0.5 / known.sum(), 0.5 / (~known).sum())
    return Trials(np.array(features), np.array(right), weight)


def _folds(label: np.ndarray, labels: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(set aside, kept): a tenth of the intents whole, and of the others a tenth of their phrasings."""
    chance = np.random.default_rng(seed)
    fold_of_label, fold = chance.permutation(labels) % FOLDS, chance.permutation(len(label)) % FOLDS
    for number in range(FOLDS):
        aside = (fold_of_label[label] == number) | (fold == number)
        yield np.flatnonzero(aside), np.flatnonzero(~aside)


def fit(sets: list[Trials]) -> np.ndarray:
    """(FIT, SPELLING, BIAS) of the likeliest softmax over the labels and "none of them"."""

    def loss(theta: np.ndarray) -> float:
        total = 0.0
        for each in sets:
            scores = np.where(
                np.isfinite(each.features[:, :, 0]), np.nan_to_num(each.features, neginf=0) @ theta[:2], -1e9
            )
            scores = np.hstack([scores, np.full((len(scores), 1), theta[2])])
            top = scores.max(1, keepdims=True)
            likely = scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True))
            total -= float(each.weight @ likely[np.arange(len(likely)), each.right])
        return total

    return minimize(loss, np.array([10.0, 4.0, 6.0]), method="BFGS").x


def outcomes(each: Trials, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best label of each question, and the confidence in it (as `recogniser.confidence` has it)."""
    scores = np.where(np.isfinite(each.features[:, :, 0]), np.nan_to_num(each.features, neginf=0) @ theta[:2], -1e9)
    second, first = np.partition(scores, -2)[:, -2:].T
    return scores.argmax(1), 1 / (1 + np.exp(theta[2] - first) + np.exp(second - first))


def balanced(sets: list[Trials], theta: np.ndarray) -> float:
    """The threshold at which as large a share of known questions goes wrong as of unknown ones."""
    results = [(*outcomes(each, theta), each.right) for each in sets]

    def gap(threshold: float) -> float:
        return float(
            np.mean(
                [
                    ((best == right) & (sure >= threshold))[right >= 0].mean() - (sure < threshold)[right < 0].mean()
                    for best, sure, right in results
                ]
            )
        )

    return min(np.arange(0.01, 1, 0.005), key=lambda threshold: abs(gap(threshold)))


def precise(sets: list[Trials], theta: np.ndarray) -> float:
    """The lowest threshold from which on PRECISION of what is recognised is right, in each set."""
    results = [(*outcomes(each, theta), each.right, each.weight) for each in sets]

    def precision(threshold: float) -> float:
        return min(
            float(weight[(sure >= threshold) & (best == right)].sum() / max(weight[sure >= threshold].sum(), 1e-9))
            for best, sure, right, weight in results
        )

    return next((threshold for threshold in np.arange(0.3, 1, 0.005) if precision(threshold) >= PRECISION), 1.0)


def mcc(each: Trials, theta: np.ndarray, threshold: float) -> float:
    best, sure = outcomes(each, theta)
    recognised = np.where(sure >= threshold, best, -1)
    return correlation([(str(a), str(b)) for a, b in zip(each.right, recognised, strict=True)])


def main(folders: list[str]) -> None:
    sets = [trials(read(Path(folder)), seed=7) for folder in folders]
    theta = fit(sets)
    threshold = balanced(sets, theta)
    print(f"FIT, SPELLING, BIAS = {theta[0]:.2f}, {theta[1]:.2f}, {theta[2]:.2f}")
    print(f"RECOGNISED = {threshold:.3f}\nSURE = {precise(sets, theta):.3f}")
    for number, (folder, each) in enumerate(zip(folders, sets, strict=True)):
        others = sets[:number] + sets[number + 1 :] or sets
        line = f"{Path(folder).name}: MCC {mcc(each, theta, threshold):.3f}"
        foreign = fit(others)
        print(line + f", calibrated on the other sets alone {mcc(each, foreign, balanced(others, foreign)):.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
