"""The stage that the pages' commands and examples are tried on."""

import pytest

from tests.docs.stage import Stage


@pytest.fixture(scope="session")
def whole_stage(live, tmp_path_factory):
    return Stage(live, tmp_path_factory.mktemp("stage"))


@pytest.fixture
def stage(whole_stage):
    """The live installation with what the pages take for granted; what a test makes there is removed again."""
    with whole_stage.tidy():
        yield whole_stage
