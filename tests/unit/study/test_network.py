"""The network that is looked into has the weights that were predicted with."""

from dataclasses import replace

import pytest

from xai_core.runtimes.gradients import GradientNetwork
from xai_core.study.network import open_network


@pytest.mark.parametrize(("options", "weights"), [({}, None), ({"weights": "state_dict_ema"}, "state_dict_ema")])
def test_the_key_of_the_weights_is_that_of_the_study(tiny_study, monkeypatch, options, weights):
    opened = []
    monkeypatch.setattr(GradientNetwork, "open", lambda *arguments: opened.append(arguments))
    open_network(replace(tiny_study, options=options))
    assert opened == [(tiny_study.model_file, tiny_study.spec, weights)]
