"""Datasets that cannot be made, tests that may not start from one, and the BUILD file of all."""

from __future__ import annotations

from tests.framework.scenario.scratch_workspace import ScratchWorkspace

PEOPLE = 'files = {"people.jsonl": "people"}'
SMALL = 'agents = 1, dbservers = 1, mode = "cluster"'

DATASETS = {
    "people": f'{PEOPLE}, script = "more.py"',
    "asserts": f'{PEOPLE}, script = "asserts.py"',
    "temporary": 'script = "temporary.py"',
    "unnamed": 'script = "unnamed.py"',
    "refused": 'files = {"twice.jsonl": "people"}',
    "crashes": 'script = "crashes.py"',
    "unfit": 'requires = ["real_arangodb"], script = "more.py"',
    "in_the_lab": f'script = "more.py", {SMALL}',
    "leased": f'network = "leases", script = "more.py", {SMALL}',
    "grown": f'script = "grows.py", {SMALL}',
}

TESTS = {
    "fits": 'dataset = ":people"',
    "fits_too": 'dataset = ":people", env = {"AGAIN": "1"}',
    "of_another_version": 'dataset = ":people", server = "//tools/arangod_standin:server_4_0"',
    "unfit": 'dataset = ":unfit", mode = "single_server"',
    "leased": 'dataset = ":leased"',
    "moved": f'dataset = ":in_the_lab", network = "leases", {SMALL}',
}

BUILD = "\n".join(
    [
        'load("//rules:defs.bzl", "arangodb_dataset", "arangodb_test")',
        *(f'arangodb_dataset(name = "{name}", {attributes})' for name, attributes in DATASETS.items()),
        *(
            f'arangodb_test(name = "{name}_test", srcs = ["people_test.py"], {attributes})'
            for name, attributes in TESTS.items()
        ),
    ]
)

FILES = {
    "BUILD.bazel": BUILD,
    "people.jsonl": '{"_key": "1", "name": "Ada"}\n',
    "twice.jsonl": '{"_key": "1"}\n{"_key": "1"}\n',
    "more.py": """\
async def seed(arango):
    system = arango.database()
    if "people" not in await system.collections():
        await system.create_collection("people")
    await system.collection("people").insert({"_key": "2", "name": "Grace"})


def seed_more(arango):
    arango.blocking.database().collection("people").insert({"_key": "3", "random": arango.random.random()})
""",
    "asserts.py": """\
async def seed(arango):
    print("the script's own words")
    assert await arango.database().collection("people").count() == 7, "seven were expected"
""",
    "temporary.py": "async def seed(database):\n    await database.create_collection('people')\n",
    "unnamed.py": "async def fill(arango):\n    pass\n",
    "crashes.py": """\
import os, signal


async def seed(arango):
    os.kill(arango.only_server.pid, signal.SIGSEGV)
    await arango.version()
""",
    "grows.py": "async def seed(arango_cluster):\n    await arango_cluster.add_dbserver()\n",
    "people_test.py": """\
async def test_people_are_there(arango):
    assert {"2", "3"} <= await arango.database().collection("people").keys()
""",
}


def write_suite(workspace: ScratchWorkspace) -> None:
    """Makes the package //suite."""
    for name, text in FILES.items():
        workspace.write(f"suite/{name}", text)
