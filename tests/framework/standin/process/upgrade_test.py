"""VERSION: what a server does with a data directory of another release."""

from __future__ import annotations

import json

import pytest

from tests.framework.standin.support.standin_server import Make, StandinServer

CHECK = ["--database.check-version", "true"]
UPGRADE = ["--database.auto-upgrade", "true"]


def stored(server: StandinServer) -> int:
    """Return the number in VERSION."""
    return int(json.loads((server.folder / "data/VERSION").read_text())["version"])


@pytest.fixture
def used(make: Make) -> StandinServer:
    """A server that has run once; its number is that of 3.12."""
    server = make().start().wait_available()
    assert server.call("POST", "/_api/collection", {"name": "kept"}).status == 200
    assert server.stop() == 0
    assert stored(server) // 100 == 312
    return server


@pytest.mark.parametrize(
    ("version", "codes"),
    [
        (31100, (11, 11, 0)),
        (31200, (None, 0, 0)),
        (31299, (None, 0, 0)),
        (40000, (12, 12, 12)),
        (None, (13, 13, 10)),
    ],
)
def test_versions_are_compared(
    make: Make, used: StandinServer, version: int | None, codes: tuple[int | None, int, int]
) -> None:
    """Older 11, newer 12, unreadable 13; an upgrade ends with 0 or 10; patch releases make no difference."""
    file = used.folder / "data/VERSION"
    text = json.dumps({"version": version, "tasks": {}})
    plain, check, upgrade = codes
    for options, code in ((CHECK, check), ([], plain), (UPGRADE, upgrade)):
        file.write_text(text)
        server = make(*options, port=used.port).start()
        if code is None:
            server.wait_available()
            assert server.stop() == 0
        else:
            assert server.wait_exit() == code
    if upgrade == 0:
        assert stored(used) // 100 == 312
    else:
        assert file.read_text() == text


def test_after_the_upgrade_the_data_is_there(make: Make, used: StandinServer) -> None:
    """3.12 to 4.0: refused, upgraded, and served with what was stored; the way back is refused."""
    four = ["--standin.version-family", "4.0"]
    assert make(*four, port=used.port).start().wait_exit() == 11
    assert make(*four, *UPGRADE, port=used.port).start().wait_exit() == 0
    server = make(*four, port=used.port).start().wait_available()
    assert server.call("GET", "/_api/collection/kept").status == 200
    assert server.call("GET", "/_api/version").body["version"] == "4.0.0"
    assert server.stop() == 0
    assert make(port=used.port).start().wait_exit() == 12


def test_the_check_can_be_left_out(make: Make, used: StandinServer) -> None:
    """--database.upgrade-check false starts with any version and leaves it as it is."""
    (used.folder / "data/VERSION").write_text(json.dumps({"version": 31100, "tasks": {}}))
    server = make("--database.upgrade-check", "false", port=used.port).start().wait_available()

    assert server.stop() == 0
    assert stored(used) == 31100


def test_a_new_directory_needs_no_upgrade(make: Make) -> None:
    """check-version and auto-upgrade of a directory that is new end with 0."""
    assert make(*CHECK, folder="one").start().wait_exit() == 0
    assert make(*UPGRADE, folder="two").start().wait_exit() == 0


def test_a_directory_can_be_set_up_beforehand(make: Make) -> None:
    """--database.init-database makes it, with root's password, and ends; a second time it is refused with 24."""
    options = ["--database.init-database", "true", "--database.password", "secret"]
    first = make(*options).start()
    assert first.wait_exit() == 0
    assert make(*options, port=first.port).start().wait_exit() == 24
    server = make(port=first.port).start().wait_available()
    login = {"username": "root", "password": "secret"}
    assert server.call("GET", "/_api/version", login="basic").status == 401
    assert server.call("POST", "/_open/auth", login, login="none").status == 200


def test_the_password_of_root_can_be_restored(make: Make, used: StandinServer) -> None:
    """--database.restore-admin sets it and ends; the data stays."""
    options = ["--database.restore-admin", "true", "--database.password", "new"]
    assert make(*options, port=used.port).start().wait_exit() == 0
    server = make(port=used.port).start().wait_available()
    assert server.call("POST", "/_open/auth", {"username": "root", "password": "new"}, login="none").status == 200
    assert server.call("GET", "/_api/collection/kept").status == 200
