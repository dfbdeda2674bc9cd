"""The calibration sees phrasings that are set aside, and nothing else."""

import json
import random

import numpy as np
import pytest

from tests.abstention import calibrate
from tests.knowledge.test_evaluate_abstention import TRAIN


@pytest.fixture
def phrasings(tmp_path):
    rows = [{"text": text, "intent": intent} for text, intent in [*TRAIN, TRAIN[0]]]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return calibrate.read(tmp_path)


def test_what_is_asked_was_set_aside(phrasings):
    """Red when a fold keeps what it asks: a phrasing would be compared with itself."""
    assert len(phrasings) == len(TRAIN)
    label = np.array([0, 0, 0, 1, 1, 1])
    folds = list(calibrate._folds(label, 2, seed=1))
    for aside, kept in folds:
        assert set(aside).isdisjoint(kept)
    whole = [set(label[aside]) - set(label[kept]) for aside, kept in folds]
    assert {0} in whole
    assert {1} in whole


def test_known_and_unknown_weigh_the_same(phrasings):
    trials = calibrate.trials(phrasings, seed=1)
    known = trials.right >= 0
    assert trials.weight[known].sum() == pytest.approx(trials.weight[~known].sum()) == pytest.approx(0.5)
    # An intent that was set aside has nothing to be recognised by.
    assert np.isinf(trials.features[~known]).any(axis=(1, 2)).all()


def test_misspelling_changes_letters_and_leaves_short_words():
    chance = random.Random(1)
    spellings = {calibrate.misspelt("where is my parcel", chance) for _ in range(50)}
    assert len(spellings) > 5
    assert all("is" in spelling or "my" in spelling for spelling in spellings)
