"""Titles: every number that can stand in a report has a name and a sentence for a producer."""

import pytest

from benchmarks.comparing.titles import WORDS
from benchmarks.comparing.wording import explanation, title
from evaluators.judges.checklist import LINE
from evaluators.panel import output_names
from evaluators.together import all_across

NUMBERS = (*output_names(), *(o.name for a in all_across() for o in a.outputs), LINE)


@pytest.mark.parametrize("name", NUMBERS)
def test_every_output_of_every_metric_has_a_title_and_a_sentence(name):
    assert name in WORDS
    assert title(name)[0].isupper()
    assert not set("_.") & set(title(name))
    assert explanation(name).endswith(".")
    assert 20 < len(explanation(name)) <= 220


def test_no_two_numbers_have_the_same_title():
    assert len({said for said, _ in WORDS.values()}) == len(WORDS)
