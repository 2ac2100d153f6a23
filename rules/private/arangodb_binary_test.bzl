"""arangodb_binary_test: any executable as a test of a deployment. Its launcher starts the runner, which starts it."""

load("@rules_python//python:defs.bzl", "PyInfo")
load(
    "//rules:providers.bzl",
    "ArangodbDeploymentInfo",
    "ArangodbServerInfo",
    "ArangodbTestInfo",
    "PythonPackagesInfo",
)
load(":arangodb_dataset.bzl", "DATASET_ATTRIBUTE", "dataset_files", "dataset_path", "deployment_of")
load(":launcher.bzl", "python_runfiles", "write_launcher")
load(":messages.bzl", "messages")
load(":paths.bzl", "paths")
load(":policy.bzl", "POLICY_ATTRIBUTES", "policy_json")
load(":topology.bzl", "TOPOLOGY_ATTRIBUTES")

# What our plug-in for pytest does between cases: nobody can for a program.
_PYTEST_ONLY = ["case_attempts", "leaks"]

def _program(ctx):
    """The executable of `test`: what its rule says, or the file itself."""
    name = paths.label_text(ctx.attr.test.label)
    if ArangodbTestInfo in ctx.attr.test:
        fail(messages.test_in_test(ctx.label, name))
    executable = ctx.attr.test[DefaultInfo].files_to_run.executable
    files = ctx.files.test
    if not executable and len(files) == 1 and files[0].is_source:
        executable = files[0]
    if not executable:
        fail(messages.not_executable(ctx.label, name, [file.short_path for file in files]))
    return executable

def _write_spec(ctx, program, deployment, server):
    spec = ctx.actions.declare_file(ctx.label.name + ".spec.json")
    ctx.actions.write(spec, json.encode_indent({
        "dataset": dataset_path(ctx),
        "deployment": deployment.deployment,
        "policy": policy_json(ctx),
        "program": paths.runfiles_path(ctx, program),
        "server": server.distribution,
        "target": "//%s:%s" % (ctx.label.package, ctx.label.name),
        "test_env": {
            name: ctx.expand_location(value, ctx.attr.data)
            for name, value in ctx.attr.env.items()
        },
    }, indent = "  ") + "\n")
    return spec

def _arangodb_binary_test_impl(ctx):
    program = _program(ctx)
    deployment = deployment_of(ctx)
    server = ctx.attr.server[ArangodbServerInfo]
    packages = ctx.attr._packages[PythonPackagesInfo]
    spec = _write_spec(ctx, program, deployment, server)
    launcher = write_launcher(
        ctx,
        interpreter = packages.interpreter,
        imports = ctx.attr._runner[PyInfo].imports.to_list(),
        arguments = ["-m", "armadillo", "--spec", "$R/" + paths.runfiles_path(ctx, spec)],
        env = {"ARMADILLO_RUNFILES": "$R", "ARMADILLO_WORKSPACE": ctx.workspace_name},
    )
    runfiles = python_runfiles(
        ctx,
        files = [spec, packages.marker, program] + dataset_files(ctx),
        targets = [ctx.attr._runner, ctx.attr.test] + ctx.attr.data,
    ).merge(server.runfiles)
    return [
        DefaultInfo(executable = launcher, files = depset([launcher]), runfiles = runfiles),
        ArangodbTestInfo(deployment = deployment, server = server, spec = spec),
        OutputGroupInfo(spec = depset([spec])),
        coverage_common.instrumented_files_info(ctx, dependency_attributes = ["test", "data"]),
        # As of arangodb_test: a loopback of its own.
        testing.ExecutionInfo({} if deployment.network == "host" else {"block-network": ""}),
    ]

arangodb_binary_test = rule(
    implementation = _arangodb_binary_test_impl,
    attrs = dict(
        dict(TOPOLOGY_ATTRIBUTES, **{
            name: attribute
            for name, attribute in POLICY_ATTRIBUTES.items()
            if name not in _PYTEST_ONLY
        }),
        data = attr.label_list(allow_files = True, doc = "Files that the program reads."),
        dataset = DATASET_ATTRIBUTE,
        deployment = attr.label(
            providers = [ArangodbDeploymentInfo],
            doc = "A topology that is described once; instead of the topology attributes.",
        ),
        env = attr.string_dict(
            doc = "Environment variables of the program; $(rootpath label) is expanded for labels in data.",
        ),
        given = attr.string_list(doc = "The topology attributes that are set."),
        server = attr.label(
            default = "//rules:server",
            providers = [ArangodbServerInfo],
            doc = "The server distribution; the flag --@armadillo//rules:server sets it for all that do not.",
        ),
        test = attr.label(
            mandatory = True,
            allow_files = True,
            doc = "The program: a test or binary of any rule, or an executable file.",
        ),
        _packages = attr.label(default = "@armadillo_pydeps//:packages", providers = [PythonPackagesInfo]),
        _runner = attr.label(default = "//runner:armadillo_archive", providers = [PyInfo]),
    ),
    doc = "Any executable against a deployment of ArangoDB.",
    provides = [ArangodbTestInfo],
    test = True,
)
