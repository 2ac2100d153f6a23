"""arangodb_test: the rule. Its launcher starts the runner, which reads the spec that is written here."""

load("@rules_python//python:defs.bzl", "PyInfo")
load(
    "//rules:providers.bzl",
    "ArangodbDeploymentInfo",
    "ArangodbRunnerInfo",
    "ArangodbServerInfo",
    "ArangodbTestInfo",
)
load(":arangodb_dataset.bzl", "DATASET_ATTRIBUTE", "dataset_files", "dataset_path", "deployment_of")
load(":launcher.bzl", "python_runfiles")
load(":messages.bzl", "messages")
load(":paths.bzl", "paths")
load(":policy.bzl", "POLICY_ATTRIBUTES")
load(":run_on_deployment.bzl", "RUNNER_ATTRIBUTES", "deployment_test_providers", "environment_of", "write_spec")
load(":runner_launcher.bzl", "test_imports", "write_runner_launcher")
load(":topology.bzl", "TOPOLOGY_ATTRIBUTES", "waiting_for_followers")
load(":upgrade_messages.bzl", "upgrade_messages")

def _check_srcs(ctx):
    if not ctx.files.srcs:
        fail(messages.no_srcs(ctx.label))
    for src in ctx.files.srcs:
        is_test = src.extension == "py" and (src.basename.startswith("test_") or src.basename.endswith("_test.py"))
        if not is_test:
            fail(messages.bad_src(ctx.label, src.short_path))

def _check_dump_tools(ctx):
    """An upgrade by a dump needs a tool of either server."""
    if not ctx.attr.upgrade_by_dump:
        return
    if not ctx.attr.upgrade_to:
        fail(upgrade_messages.by_dump_to_nowhere(ctx.label))
    for target, tool, purpose in [
        (ctx.attr.server, "arangodump", "the data are dumped"),
        (ctx.attr.upgrade_to, "arangorestore", "the data are restored"),
    ]:
        info = target[ArangodbServerInfo]
        if tool not in info.tools:
            fail(upgrade_messages.no_dump_tool(ctx.label, paths.label_text(info.label), tool, purpose))

def _write_spec(ctx, deployment, server, imports):
    message = deployment.deployment
    upgrade_to = ctx.attr.upgrade_to
    return write_spec(ctx, waiting_for_followers(message) if ctx.attr.upgrade_by_dump else message, server, {
        "dataset": dataset_path(ctx),
        "imports": imports,
        "pytest_args": ctx.attr.pytest_args,
        "srcs": [paths.runfiles_path(ctx, src) for src in ctx.files.srcs],
        "test_env": environment_of(ctx),
        "timings": paths.runfiles_path(ctx, ctx.file.timings) if ctx.file.timings else "",
        "upgrade_by_dump": ctx.attr.upgrade_by_dump,
        "upgrade_to": upgrade_to[ArangodbServerInfo].distribution if upgrade_to else None,
    })

def _arangodb_test_impl(ctx):
    _check_srcs(ctx)
    _check_dump_tools(ctx)
    deployment = deployment_of(ctx)
    server = ctx.attr.server[ArangodbServerInfo]
    runner = ctx.attr._arangodb_runner[ArangodbRunnerInfo]
    imports = test_imports(ctx, runner)
    spec = _write_spec(ctx, deployment, server, imports)
    launcher = write_runner_launcher(ctx, runner, spec, imports = imports)
    runfiles = python_runfiles(
        ctx,
        files = [spec] + ctx.files.srcs + ctx.files.timings + dataset_files(ctx),
        targets = ctx.attr.deps + ctx.attr.data,
    ).merge(runner.runfiles).merge(server.runfiles)
    upgrade_to = ctx.attr.upgrade_to[ArangodbServerInfo] if ctx.attr.upgrade_to else None
    if upgrade_to:
        runfiles = runfiles.merge(upgrade_to.runfiles)
    return deployment_test_providers(launcher, runfiles, spec, deployment, server, upgrade_to = upgrade_to) + [
        PyInfo(
            transitive_sources = depset(
                ctx.files.srcs,
                transitive = [dep[PyInfo].transitive_sources for dep in ctx.attr.deps],
            ),
            imports = depset(transitive = [dep[PyInfo].imports for dep in ctx.attr.deps]),
        ),
        coverage_common.instrumented_files_info(
            ctx,
            source_attributes = ["srcs"],
            dependency_attributes = ["deps", "data", "server", "upgrade_to"],
        ),
    ]

arangodb_test = rule(
    implementation = _arangodb_test_impl,
    attrs = dict(
        dict(dict(TOPOLOGY_ATTRIBUTES, **POLICY_ATTRIBUTES), **RUNNER_ATTRIBUTES),
        data = attr.label_list(allow_files = True, doc = "Files that the tests read, and conftest.py files."),
        dataset = DATASET_ATTRIBUTE,
        deployment = attr.label(
            providers = [ArangodbDeploymentInfo],
            doc = "A topology that is described once; instead of the topology attributes.",
        ),
        deps = attr.label_list(providers = [PyInfo], doc = "Python libraries that the tests import."),
        env = attr.string_dict(
            doc = "Environment variables of the test process; $(rootpath label) is expanded for labels in data.",
        ),
        given = attr.string_list(doc = "The topology attributes that are set."),
        pytest_args = attr.string_list(doc = "More words for pytest."),
        srcs = attr.label_list(allow_files = True, doc = "Test files: test_*.py or *_test.py."),
        timings = attr.label(
            allow_single_file = [".json"],
            doc = "How long cases take, by which shards share them out; //tools/timings:update writes it.",
        ),
        upgrade_by_dump = attr.bool(
            doc = "Whether the data come over by arangodump and arangorestore: versions are then not checked.",
        ),
        upgrade_to = attr.label(
            providers = [ArangodbServerInfo],
            doc = "The server distribution that the fixture `upgrade` upgrades the deployment to.",
        ),
    ),
    doc = "pytest files against a deployment of ArangoDB.",
    provides = [PyInfo, ArangodbTestInfo],
    test = True,
)
