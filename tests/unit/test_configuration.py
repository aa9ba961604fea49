from pathlib import Path

import pytest

from orchestration.configuration import ConfigurationError, load_configuration
from orchestration.warehouse.config_tables import configuration_tables


def write(folder: Path, text: str) -> Path:
    (folder / "configuration.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_merchant_overrides_single_values(tmp_path: Path) -> None:
    configuration = load_configuration(write(tmp_path, "lifecycle: {new_days: 45}\n"))
    assert configuration.lifecycle.new_days == 45
    assert configuration.lifecycle.active_days == load_configuration().lifecycle.active_days


def test_a_table_of_steps_is_replaced_whole(tmp_path: Path) -> None:
    configuration = load_configuration(write(tmp_path, "interest: {decay: {0: 1, 10: 0.5}}\n"))
    assert configuration.interest.decay == {0: 1, 10: 0.5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lifecycle: {new_day: 45}\n", "lifecycle.new_day"),
        ("lifecicle: {}\n", "lifecicle"),
        ("rfm: {cut: quintile}\n", "rfm.cut"),
        ("interest: {decay: {5: 1}}\n", "start at 0"),
        ("holdout: {share: 1.5}\n", "holdout.share"),
        ("- a list\n", "mapping of sections"),
        ("a: [\n", "not readable YAML"),
    ],
)
def test_mistakes_name_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        load_configuration(write(tmp_path, text))
    assert "configuration.yaml" in str(raised.value)


def test_steps_become_half_open_spans_without_a_gap() -> None:
    tables = configuration_tables(load_configuration())
    decay = tables["decay"]
    assert decay["from_days"].tolist() == [0, 3, 7, 15, 30]
    assert decay["to_days"].tolist()[:-1] == decay["from_days"].tolist()[1:]
    assert decay["weight"].tolist() == [1, 0.85, 0.7, 0.5, 0.1]


def test_every_number_is_a_parameter_under_its_dotted_name() -> None:
    parameters = configuration_tables(load_configuration())["parameters"].set_index("name")["value"]
    assert parameters["lifecycle.new_days"] == 30
    assert parameters["interest.squash_k"] == 10
    assert parameters.index.is_unique
