import pytest

from xai_core.errors import SettingRefused
from xai_core.model.input_values import read_inputs, write_inputs


def test_the_written_text_is_read_again():
    values = {"efficientnet/mean=a:0": (0.485, 1e-07, -3.0), "training": (0.0,)}
    assert write_inputs(values) == "efficientnet/mean=a:0=0.485,1e-07,-3;training=0"
    assert read_inputs([write_inputs(values)]) == values
    assert read_inputs([write_inputs({})]) == {}


@pytest.mark.parametrize("text", ["mean", "=1", "mean=", "mean=1,two", "mean=nan", "mean=1,inf", "m=1;m=2"])
def test_anything_else_is_refused(text):
    with pytest.raises(SettingRefused) as refused:
        read_inputs([text])
    assert refused.value.argument == "input"
