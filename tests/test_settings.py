from pathlib import Path

import pytest
from pydantic import ValidationError

from waystation.settings import Settings, describe, read
from waystation.wire.errors import Misconfigured

KEY = "0123456789abcdef0123456789abcdef"


def refused(**environ: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        read(environ)
    return caught.value.message


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = read({})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8080, Path("data"))
    assert settings.max_body_bytes == 32 * 1024 * 1024
    assert settings.master_key is None


def test_values_come_from_the_environment() -> None:
    settings = read(
        {
            "WAYSTATION_PORT": "9000",
            "WAYSTATION_DATA_DIR": "/srv/waystation",
            "WAYSTATION_DURABILITY": "power",
            "WAYSTATION_DRAIN_S": "2.5",
            "HOME": "/home/x",
        }
    )
    assert settings.port == 9000
    assert settings.data_dir == Path("/srv/waystation")
    assert settings.durability == "power"
    assert settings.drain_s == 2.5


def test_networks_are_separated_by_commas() -> None:
    settings = read({"WAYSTATION_FETCH_ALLOW": "10.0.0.0/8, 192.168.1.7,,fd00::/8"})
    assert [str(network) for network in settings.fetch_allow] == ["10.0.0.0/8", "192.168.1.7/32", "fd00::/8"]
    assert read({}).fetch_allow == ()
    assert Settings(fetch_allow=settings.fetch_allow) == settings


@pytest.mark.parametrize("value", ["10.0.0.1/8", "10.0.0.0/33", "example.com", "10.0.0.0/8;10.0.0.0/8"])
def test_what_is_no_network_is_refused(value: str) -> None:
    said = refused(WAYSTATION_FETCH_ALLOW=value)
    assert said == (
        f"WAYSTATION_FETCH_ALLOW: expected networks, such as 10.0.0.0/8, separated by commas, got {value!r}"
    )


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    settings = read({"WAYSTATION_MASTER_KEY_FILE": str(tmp_path / "key")})
    assert settings.master_key is not None
    assert settings.master_key.get_secret_value() == KEY


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\xff\xfe", "is not UTF-8 text"), (b"x" * 70_000, "is larger than 65536 bytes"), (b"short", "got 5 characters")],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "key").write_bytes(content)
    said = refused(WAYSTATION_MASTER_KEY_FILE=str(tmp_path / "key"))
    assert said.startswith("WAYSTATION_MASTER_KEY_FILE: ")
    assert why in said


def test_a_missing_file_is_refused() -> None:
    said = refused(WAYSTATION_METRICS_TOKEN_FILE="/nowhere/token")
    assert said == "WAYSTATION_METRICS_TOKEN_FILE: can't read '/nowhere/token': No such file or directory"


def test_a_variable_and_its_file_exclude_each_other(tmp_path: Path) -> None:
    said = refused(WAYSTATION_PORT="1", WAYSTATION_PORT_FILE=str(tmp_path))
    assert said == "WAYSTATION_PORT and WAYSTATION_PORT_FILE are both set: keep one"


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read({"WAYSTATION_MASTER_KEY": "", "WAYSTATION_PORT": "", "WAYSTATION_HOST_FILE": ""}) == Settings()


def test_port_is_honoured_unless_our_own_is_set() -> None:
    assert read({"PORT": "81"}).port == 81
    assert read({"PORT": "81", "WAYSTATION_PORT": "82"}).port == 82
    assert refused(PORT="tcp") == "PORT: expected an integer from 0 to 65535, got 'tcp'"


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("WAYSTATION_PROT", "WAYSTATION_PORT"),
        ("WAYSTATION_DATADIR", "WAYSTATION_DATA_DIR"),
        ("WAYSTATION_MASTERKEY_FILE", "WAYSTATION_MASTER_KEY_FILE"),
        ("WAYSTATION_DRAIN", "WAYSTATION_DRAIN_S"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest(variable: str, nearest: str) -> None:
    assert refused(**{variable: "x"}) == f"{variable} is no setting; did you mean {nearest}?"


def test_variables_of_kubernetes_and_of_commands_are_let_be() -> None:
    environ = {
        "WAYSTATION_SERVICE_HOST": "10.0.0.1",
        "WAYSTATION_SERVICE_PORT_HTTP": "80",
        "WAYSTATION_PORT": "tcp://10.0.0.1:80",
        "WAYSTATION_PORT_80_TCP": "tcp://10.0.0.1:80",
        "WAYSTATION_PORT_80_TCP_ADDR": "10.0.0.1",
        "WAYSTATION_TOKEN": "sk-ws-x",
    }
    assert read(environ) == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("WAYSTATION_PORT", "70000", "an integer from 0 to 65535"),
        ("WAYSTATION_PORT", "80.5", "an integer from 0 to 65535"),
        ("WAYSTATION_DURABILITY", "both", "process or power"),
        ("WAYSTATION_LOG_LEVEL", "LOUD", "debug, info, warning or error"),
        ("WAYSTATION_MAX_BODY_BYTES", "32MB", "an integer from 1024 to 1073741824"),
        ("WAYSTATION_MAX_CONCURRENT_CALLS", "0", "an integer from 1 to 100000"),
        ("WAYSTATION_ATTEMPTS_MAX", "0", "an integer from 1 to 100"),
        ("WAYSTATION_CALL_TOTAL_S", "nan", "seconds, above 0 and at most 86400"),
        ("WAYSTATION_DRAIN_S", "inf", "seconds, above 0 and at most 86400"),
    ],
)
def test_an_error_says_what_was_expected(variable: str, value: str, expected: str) -> None:
    assert refused(**{variable: value}) == f"{variable}: expected {expected}, got {value!r}"


def test_all_errors_are_told_at_once() -> None:
    said = refused(WAYSTATION_PORT="x", WAYSTATION_DRAIN_S="y", WAYSTATION_WAT="z", WAYSTATION_HOST_FILE="/nowhere")
    assert [line.split(":")[0].split()[0] for line in said.splitlines()] == [
        "WAYSTATION_WAT",
        "WAYSTATION_HOST_FILE",
        "WAYSTATION_PORT",
        "WAYSTATION_DRAIN_S",
    ]


def test_a_secret_is_in_no_error_and_no_repr() -> None:
    assert refused(WAYSTATION_MASTER_KEY="hunter2") == (
        "WAYSTATION_MASTER_KEY: expected at least 32 characters, got 7 characters"
    )
    assert "hunter2" not in refused(WAYSTATION_METRICS_TOKEN="hunter2")
    assert KEY not in repr(read({"WAYSTATION_MASTER_KEY": KEY}))


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_every_setting_is_described() -> None:
    described = {setting.variable: setting for setting in describe()}
    assert len(described) == len(Settings.model_fields)
    assert all(setting.description.endswith(".") and setting.expected for setting in described.values())
    assert described["WAYSTATION_CALL_TOTAL_S"].unit == "s"
    assert described["WAYSTATION_MAX_BODY_BYTES"].unit == "bytes"
    assert described["WAYSTATION_MASTER_KEY"].secret
    assert described["WAYSTATION_MASTER_KEY"].default == ""
