"""The texts about datasets with which analysis ends; built as those in messages.bzl."""

load(":messages.bzl", "words")

def _empty_dataset(label):
    return words.text(label, "script, files and dump are empty", "at least one of them says what the dataset holds", [
        'script = "people.py", with a function `async def seed(arango)`',
        'files = {"people.jsonl": "people"}',
    ])

def _bad_data_file(label, file, found):
    return words.text(
        label,
        "files has %r, which is %s" % (file, words.join(found[:3])),
        "each key is one file whose name ends in .jsonl (an object a line) or .csv (names in the first line)",
        ["name one file", "or load other formats in `script`, with the file in `data`"],
    )

def _bad_place(label, file, place):
    return words.text(label, "files has %r -> %r" % (file, place), '"collection" or "database/collection"', [
        "name the collection that the documents go to",
    ])

def _no_restore(label, server):
    return words.text(
        label,
        "dump is set, and the server %s has no arangorestore" % server,
        "a dump is restored by the arangorestore of the same distribution",
        ["put it into `tools` of %s" % server, "or seed by `files` or `script`"],
    )

def _dataset_of_another_topology(label, servers, dataset, seeded):
    return words.text(
        label,
        "the test has %s, and its dataset %s has %s" % (", ".join(servers), dataset, ", ".join(seeded)),
        "a dataset holds the data of each server by its name, so both have the same servers",
        [
            "remove mode, agents, dbservers, coordinators or deployment from %s: it then has the dataset's" % label,
            "or make a dataset of this topology",
        ],
    )

dataset_messages = struct(
    bad_data_file = _bad_data_file,
    bad_place = _bad_place,
    dataset_of_another_topology = _dataset_of_another_topology,
    empty_dataset = _empty_dataset,
    no_restore = _no_restore,
)
