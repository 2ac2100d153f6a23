"""What stands before a run may start from a dataset, and what a seeding that failed tells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from armadillo.datasets.dataset import Dataset, is_left_out, unplanned_servers
from armadillo.datasets.packing import pack
from armadillo.datasets.record import DatasetRecord, record_from_json
from armadillo.errors import ArmadilloError, DatasetError
from armadillo.model.distribution import ServerFacts
from armadillo.model.role import Role
from armadillo.scenario.dataset_sources import read_csv, read_jsonl
from armadillo.seeding.failure import failure_report, headline_of

from tests.framework.runner.support.plans import ARANGODB_3_12, ARANGODB_4, plan

STANDIN = replace(ARANGODB_3_12, standin="arangod-standin 0.1.0")


def dataset(tmp_path: Path, **fields: object) -> Dataset:
    """A dataset without data, made by ArangoDB 3.12.10."""
    values: dict[str, object] = {"servers": {}, "is_cluster": False, "network_tier": "lab", **fields}
    record = DatasetRecord("//x:people", "//x:old", ARANGODB_3_12.version, ARANGODB_3_12.edition, "", **values)  # type: ignore[arg-type]
    path = tmp_path / "people.tar"
    pack(str(path), record, {}, is_left_out)
    return Dataset(str(path))


def cluster_at(*addresses: str) -> dict[str, object]:
    """The record of a cluster of dbservers at these addresses."""
    return {"is_cluster": True, "servers": {f"dbserver-{n}": address for n, address in enumerate(addresses, 1)}}


def test_the_same_server_may_start_from_it(tmp_path: Path) -> None:
    """By version, edition and kind; another target of the same server is fine."""
    dataset(tmp_path).check_server(ARANGODB_3_12, "//y:other_target")


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (ARANGODB_4, "ArangoDB 4.0.0-devel enterprise"),
        (replace(ARANGODB_3_12, edition="enterprise"), "ArangoDB 3.12.10 enterprise"),
        (STANDIN, "arangod-standin 0.1.0 as ArangoDB 3.12.10"),
    ],
)
def test_another_server_is_refused_with_both_named(tmp_path: Path, facts: ServerFacts, found: str) -> None:
    """Who made it, who wants it, and both ways out."""
    with pytest.raises(DatasetError) as refused:
        dataset(tmp_path).check_server(facts, "//x:new")

    text = str(refused.value)
    assert "//x:people was made by ArangoDB 3.12.10 community (//x:old)" in text
    assert f"this run's server is {found} (//x:new)" in text
    assert 'Set server = "//x:new" in the dataset' in text
    assert "arangodb_upgrade_test" in text


def test_a_single_server_starts_anywhere(tmp_path: Path) -> None:
    """Its data name no address."""
    single = dataset(tmp_path)

    assert single.subnet == ""
    told = single.lay_out([plan(Role.SINGLE, host=7)], "leases")
    assert told == "servers start from the dataset //x:people, 0 bytes, made by ArangoDB 3.12.10 community"


def test_a_cluster_starts_at_its_own_addresses_only(tmp_path: Path) -> None:
    """Another address is refused with the server and both addresses, before anything is written."""
    made = dataset(tmp_path, **cluster_at("127.0.0.1", "10.99.0.2"))

    with pytest.raises(DatasetError) as refused:
        made.lay_out([plan(Role.DBSERVER, 1, host=1), plan(Role.DBSERVER, 2, host=2)], "leases")

    text = str(refused.value)
    assert "dbserver-2 at 10.99.0.2 (network lab), and this run has it at 127.0.0.2 (network leases)" in text
    assert 'network = "leases" for both' in text


def test_leases_of_a_cluster_are_asked_for_by_its_subnet(tmp_path: Path) -> None:
    """Those of the lab need not be: they are the same in every run."""
    assert dataset(tmp_path, **cluster_at("127.3.4.1")).subnet == "127.3.4"
    assert dataset(tmp_path, **cluster_at("10.99.0.1")).subnet == ""
    dataset(tmp_path, **cluster_at("127.0.0.1")).lay_out([plan(Role.DBSERVER, host=1)], "leases")


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"format": 1, "unknown": 2}', '{"format": 99}'])
def test_a_record_that_cannot_be_read_is_told(text: str) -> None:
    """With the path and the way out."""
    with pytest.raises(DatasetError, match=r"people.tar.*build (it|the dataset) again"):
        record_from_json(text, "people.tar")


def test_only_the_servers_own_lock_is_left_out() -> None:
    """The storage engine's LOCK is a file of its data."""
    assert is_left_out("single-1/data/LOCK")
    assert not is_left_out("single-1/data/engine-rocksdb/LOCK")
    assert not is_left_out("single-1/data/VERSION")


def test_servers_that_a_script_added_are_seen(tmp_path: Path) -> None:
    """No test with the target's topology would start them."""
    for name in ("dbserver-1", "dbserver-2"):
        (tmp_path / name).mkdir()

    assert unplanned_servers(str(tmp_path), [plan(Role.DBSERVER)]) == ["dbserver-2"]
    assert unplanned_servers(str(tmp_path / "missing"), []) == []


def test_csv_has_values_as_arangoimport_makes_them(tmp_path: Path) -> None:
    """Numbers, booleans and null; numbers with a leading zero, NaN, and what begins with `_` stay text."""
    path = tmp_path / "people.csv"
    path.write_text('_key,name,age,zip,ok,rest\n1,"Ada, Countess",36,0815,true,\n2,NaN,1.5e3,null,false,-7\n')

    assert list(read_csv(str(path))) == [
        {"_key": "1", "name": "Ada, Countess", "age": 36, "zip": "0815", "ok": True, "rest": None},
        {"_key": "2", "name": "NaN", "age": 1500.0, "zip": None, "ok": False, "rest": -7},
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "a,b\n1\n", r"a.csv:2: expected 2 fields \(a, b\), found 1"),
        ("a.jsonl", '{"a": 1}\n\n{"a": \n', "a.jsonl:3: expected a JSON object, found"),
        ("a.jsonl", "[1]\n", "a.jsonl:1: expected a JSON object, found"),
    ],
)
def test_a_wrong_line_is_told_by_its_number(tmp_path: Path, name: str, text: str, message: str) -> None:
    """Before anything of it is sent."""
    path = tmp_path / name
    path.write_text(text)

    with pytest.raises(ArmadilloError, match=message):
        list(read_csv(str(path)) if name.endswith("csv") else read_jsonl(str(path)))


def test_a_failure_shows_the_ends_of_all_logs(tmp_path: Path) -> None:
    """The reason first, then the script's last lines, then those of each server's last start."""
    log = tmp_path / "seeding.log"
    log.write_text(
        "\n".join(f"line {number}" for number in range(100)) + "\narmadillo: repeat it: bazel test //x:people\n"
    )
    for number in ("1", "2"):
        path = tmp_path / "servers" / "single-1" / number / "arangod.log"
        path.parent.mkdir(parents=True)
        path.write_text(f"log of start {number}\n")
    (tmp_path / "servers" / "single-1" / "1-auto-upgrade").mkdir()

    report = failure_report("//x:people", "the seeding failed", str(log), str(tmp_path / "servers"))

    assert report.startswith("//x:people: the seeding failed\n")
    assert "line 99\n" in report
    assert "line 38\n" not in report
    assert "--- the last lines of the log of single-1:\nlog of start 2\n" in report
    assert "bazel test" not in report
    assert "log of start 1" not in report


def test_the_headline_is_that_of_the_verdict(tmp_path: Path) -> None:
    """Or says that there was none."""
    assert headline_of(str(tmp_path)) == "no verdict was written"
    (tmp_path / "results.json").write_text('{"headline": "single-1 died unasked"}')
    assert headline_of(str(tmp_path)) == "single-1 died unasked"
