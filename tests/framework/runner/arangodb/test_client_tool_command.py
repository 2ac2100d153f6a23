"""Command lines of client tools, as ArangoDB's option tables have them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from armadillo.arangodb.client_tool_command import (
    login_words,
    option_words,
    tool_command,
    tool_endpoint,
)
from armadillo.arangodb.server_environment import common_environment

from tests.framework.runner.support.plans import ARANGODB_3_12_WITHOUT_V8, installation

HERE = installation(ARANGODB_3_12_WITHOUT_V8, resource_directory="/d/share", javascript_directory="/d/share/j@s")


def command(tool: str, *words: str) -> list[str]:
    """One call against a server of an address."""
    return tool_command(tool, f"/d/{tool}", HERE, endpoint="http://10.0.0.1:8529", login=["--login"], words=words)


@pytest.mark.parametrize(
    ("http", "tool"),
    [
        ("http://127.1.2.3:8529", "http+tcp://127.1.2.3:8529"),
        ("https://[::1]:8529", "http+ssl://[::1]:8529"),
        ("ssl://host:1", "ssl://host:1"),
    ],
)
def test_endpoints_are_spelled_as_tools_do(http: str, tool: str) -> None:
    """Plain and by TLS; what is spelled so already stays."""
    assert tool_endpoint(http) == tool


def test_no_configuration_of_the_machine_takes_part() -> None:
    """Then endpoint, login and the test's own words; positional ones stay where they are."""
    assert command("arangobackup", "create", "--label", "a@b") == [
        *("/d/arangobackup", "--configuration", "none", "--server.endpoint", "http+tcp://10.0.0.1:8529", "--login"),
        *("create", "--label", "a@b"),
    ]


def test_tools_that_differ_get_what_they_know() -> None:
    """arangosh finds its JavaScript, at signs in paths are doubled; arangovpack speaks to no server."""
    assert command("arangosh")[3:5] == ["--javascript.startup-directory", "/d/share/j@@s"]
    assert "--javascript.startup-directory" not in command("arangodump")
    assert command("arangovpack", "--json") == ["/d/arangovpack", "--configuration", "none", "--json"]


def test_logins() -> None:
    """By the secret's file, by name and password, or not at all."""
    assert login_words("", "", has_authentication=False) == ["--server.authentication", "false"]
    assert login_words("/tmp/a@b", "x", has_authentication=True) == ["--server.jwt-secret-keyfile", "/tmp/a@@b"]
    assert login_words("", "p@ss", has_authentication=True) == [
        *("--server.authentication", "true", "--server.username", "root", "--server.password", "p@@ss")
    ]


def test_options_are_pairs() -> None:
    """Booleans are words of ArangoDB."""
    assert option_words({"all-databases": True, "overwrite": False}) == [
        *("--all-databases", "true", "--overwrite", "false")
    ]


def test_the_environment_is_a_server_s() -> None:
    """ICU and time zone data are found, and nothing of Bazel's is passed on."""
    env = common_environment(HERE, {"PATH": "/bin", "TEST_TMPDIR": "/t", "PYTHONPATH": "/p"}, "/home")

    assert env["ICU_DATA"] == env["ICU_DATA_LEGACY"] == "/d/share"
    assert (env["PATH"], env["HOME"], env["TZ_DATA"]) == ("/bin", "/home", "/d/share/tzdata")
    assert "TEST_TMPDIR" not in env
    assert "PYTHONPATH" not in env
    assert "ICU_DATA" not in common_environment(replace(HERE, resource_directory=""), {}, "/home")
