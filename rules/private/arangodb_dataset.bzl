"""arangodb_dataset: a deployment that is seeded once, in a build action, and whose data many tests start from.

Two rules make one: the seeding is an executable like that of a test, so that its runfiles exist when the action of the
dataset runs it.
"""

load("@rules_python//python:defs.bzl", "PyInfo")
load(
    "//rules:providers.bzl",
    "ArangodbDatasetInfo",
    "ArangodbDeploymentInfo",
    "ArangodbRunnerInfo",
    "ArangodbServerInfo",
    "ArangodbTestInfo",
)
load(":arangodb_deployment.bzl", "chosen_deployment")
load(":dataset_messages.bzl", "dataset_messages")
load(":launcher.bzl", "python_runfiles")
load(":paths.bzl", "paths")
load(":policy.bzl", "policy_json")
load(
    ":run_on_deployment.bzl",
    "PROGRAM_POLICY_ATTRIBUTES",
    "RUNNER_ATTRIBUTES",
    "environment_of",
    "execution_requirements",
    "write_spec",
)
load(":runner_launcher.bzl", "test_imports", "write_runner_launcher")
load(":topology.bzl", "TOPOLOGY_ATTRIBUTES", "waiting_for_followers")

_DATA_FILES = ["csv", "jsonl"]
_RESTORE = "arangorestore"

# Set here, so that the cache key holds no user's PATH.
_PATH = "/usr/local/bin:/usr/bin:/bin"

SEEDING_SUFFIX = ".seeding"

def _common_folder(files):
    """The folder that holds all files: the first one's, unless another lies outside of it."""
    folder = files[0].short_path.rpartition("/")[0]
    for _ in range(folder.count("/")):
        if not [file for file in files if not file.short_path.startswith(folder + "/")]:
            break
        folder = folder.rpartition("/")[0]
    return folder

def _dump_path(ctx):
    """Runfiles path of the dump's folder: a directory, or what many files have in common; "" without a dump."""
    files = ctx.files.dump
    if not files:
        return ""
    if len(files) == 1 and files[0].basename != "dump.json":
        return paths.runfiles_path(ctx, files[0])
    folder = _common_folder(files)
    return folder[3:] if folder.startswith("../") else ctx.workspace_name + "/" + folder

def _data_files(ctx, label):
    """Pairs of runfiles path and place, in the order of the BUILD file."""
    pairs = []
    for target, place in ctx.attr.files.items():
        files = target[DefaultInfo].files.to_list()
        words = place.split("/")
        if len(files) != 1 or files[0].extension not in _DATA_FILES:
            fail(dataset_messages.bad_data_file(label, paths.label_text(target.label), [file.short_path for file in files]))
        if len(words) > 2 or not all(words):
            fail(dataset_messages.bad_place(label, paths.label_text(target.label), place))
        pairs.append([paths.runfiles_path(ctx, files[0]), place])
    return pairs

def _check(ctx, label, server):
    if not ctx.file.script and not ctx.files.dump and not ctx.attr.files:
        fail(dataset_messages.empty_dataset(label))
    if ctx.files.dump and _RESTORE not in server.tools:
        fail(dataset_messages.no_restore(label, paths.label_text(server.label)))

def _write_spec(ctx, label, deployment, server, imports):
    sources = {
        "dump": _dump_path(ctx),
        "dump_database": ctx.attr.dump_database,
        "files": _data_files(ctx, label),
    }
    loaders = [ctx.file._loader] if sources["dump"] or sources["files"] else []
    scripts = [ctx.file.script] if ctx.file.script else []
    message = deployment.deployment
    return write_spec(ctx, waiting_for_followers(message) if sources["dump"] else message, server, {
        "imports": imports,
        "policy": dict(policy_json(ctx), leaks = "ignore"),
        "pytest_args": ["-p", "armadillo.pytest_plugin.seeding", "-o", "python_functions=seed seed_*"],
        "srcs": [paths.runfiles_path(ctx, file) for file in loaders + scripts],
        "target": label,
        "test_env": dict(environment_of(ctx), ARMADILLO_DATASET_SOURCES = json.encode(sources)),
    })

def _seeding_impl(ctx):
    label = paths.label_text(ctx.label)[:-len(SEEDING_SUFFIX)]
    server = ctx.attr.server[ArangodbServerInfo]
    _check(ctx, label, server)
    deployment = chosen_deployment(ctx)
    runner = ctx.attr._arangodb_runner[ArangodbRunnerInfo]
    imports = test_imports(ctx, runner)
    spec = _write_spec(ctx, label, deployment, server, imports)
    launcher = write_runner_launcher(
        ctx,
        runner,
        spec,
        module = "armadillo.seeding",
        options = ["--timeout_s", str(ctx.attr.timeout_s)],
        imports = imports,
    )
    runfiles = python_runfiles(
        ctx,
        files = [spec, ctx.file._loader] + ctx.files.script + ctx.files.dump + ctx.files.files,
        targets = ctx.attr.deps + ctx.attr.data,
    ).merge(runner.runfiles).merge(server.runfiles)
    return [
        DefaultInfo(executable = launcher, files = depset([launcher]), runfiles = runfiles),
        ArangodbTestInfo(deployment = deployment, server = server, spec = spec),
    ]

arangodb_seeding = rule(
    implementation = _seeding_impl,
    attrs = dict(
        # As for a program: what a seeding leaves behind is its purpose, and no function is tried again on half of the data.
        dict(dict(TOPOLOGY_ATTRIBUTES, **PROGRAM_POLICY_ATTRIBUTES), **RUNNER_ATTRIBUTES),
        data = attr.label_list(allow_files = True, doc = "Files that the script reads."),
        deployment = attr.label(
            providers = [ArangodbDeploymentInfo],
            doc = "A topology that is described once; instead of the topology attributes.",
        ),
        deps = attr.label_list(providers = [PyInfo], doc = "Python libraries that the script imports."),
        dump = attr.label(
            allow_files = True,
            doc = "A folder of arangodump, of one database or of all: a directory, or a filegroup of its files. " +
                  "The server distribution's own arangorestore restores it.",
        ),
        dump_database = attr.string(
            default = "_system",
            doc = "Where the dump of one database goes; it is made if it is missing.",
        ),
        env = attr.string_dict(
            doc = "Environment variables of the script; $(rootpath label) is expanded for labels in data.",
        ),
        files = attr.label_keyed_string_dict(
            allow_files = True,
            doc = 'Documents: a .jsonl or .csv file -> "collection" (of _system) or "database/collection". Both are made ' +
                  "if they are missing.",
        ),
        given = attr.string_list(doc = "The topology attributes that are set."),
        script = attr.label(
            allow_single_file = [".py"],
            doc = "Functions `seed` and `seed_*`, with the fixtures of tests; they run behind `dump` and `files`.",
        ),
        timeout_s = attr.int(default = 900, doc = "Limit of the whole seeding, in seconds."),
        _loader = attr.label(default = "//rules/private:seed_files.py", allow_single_file = True),
    ),
    doc = "What the action of an arangodb_dataset runs.",
    executable = True,
    provides = [ArangodbTestInfo],
)

def _arangodb_dataset_impl(ctx):
    seeding = ctx.attr.seeding[ArangodbTestInfo]
    archive = ctx.actions.declare_file(ctx.label.name + ".tar")
    arguments = ctx.actions.args()
    arguments.add("--output", archive)
    ctx.actions.run(
        executable = ctx.attr.seeding[DefaultInfo].files_to_run,
        arguments = [arguments],
        outputs = [archive],
        env = {"PATH": _PATH},
        execution_requirements = execution_requirements(seeding.deployment),
        mnemonic = "ArangodbDataset",
        progress_message = "Seeding the dataset %s" % ctx.label,
    )
    return [
        DefaultInfo(files = depset([archive])),
        ArangodbDatasetInfo(
            archive = archive,
            deployment = seeding.deployment,
            label = ctx.label,
            server = seeding.server,
        ),
    ]

arangodb_dataset = rule(
    implementation = _arangodb_dataset_impl,
    attrs = {
        "seeding": attr.label(
            cfg = "target",
            doc = "What seeds the deployment.",
            executable = True,
            mandatory = True,
            providers = [ArangodbTestInfo],
        ),
    },
    doc = "Data directories of a deployment that was seeded and stopped.",
    provides = [ArangodbDatasetInfo],
)

def deployment_of(ctx):
    """The deployment of a test, which must be that of its dataset when it has one.

    Args:
      ctx: context of a rule with TOPOLOGY_ATTRIBUTES, `given`, `deployment` and `dataset`; fails when they disagree.

    Returns:
      (ArangodbDeploymentInfo)
    """
    if not ctx.attr.dataset:
        return chosen_deployment(ctx)
    dataset = ctx.attr.dataset[ArangodbDatasetInfo]
    if not ctx.attr.deployment and not ctx.attr.given:
        return dataset.deployment
    deployment = chosen_deployment(ctx)
    if deployment.servers != dataset.deployment.servers:
        fail(dataset_messages.dataset_of_another_topology(
            ctx.label,
            deployment.servers,
            paths.label_text(dataset.label),
            dataset.deployment.servers,
        ))
    return deployment

def dataset_files(ctx):
    """The archive of a test's dataset, as a list; empty without one.

    Args:
      ctx: context of a rule with the attribute `dataset`.

    Returns:
      (list of File)
    """
    return [ctx.attr.dataset[ArangodbDatasetInfo].archive] if ctx.attr.dataset else []

def dataset_path(ctx):
    """Runfiles path of the archive of a test's dataset; "" without one.

    Args:
      ctx: context of a rule with the attribute `dataset`.

    Returns:
      (string)
    """
    files = dataset_files(ctx)
    return paths.runfiles_path(ctx, files[0]) if files else ""

# The attribute of tests.
DATASET_ATTRIBUTE = attr.label(
    providers = [ArangodbDatasetInfo],
    doc = "What the servers start from: an arangodb_dataset. Its topology is the test's, unless the test says its own.",
)
