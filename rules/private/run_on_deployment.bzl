"""A program as a test of a deployment: what arangodb_binary_test and test rules of others are made of."""

load(
    "//rules:providers.bzl",
    "ArangodbDeploymentInfo",
    "ArangodbRunnerInfo",
    "ArangodbServerInfo",
    "ArangodbTestInfo",
)
load(":messages.bzl", "messages")
load(":paths.bzl", "paths")
load(":policy.bzl", "POLICY_ATTRIBUTES", "policy_json")
load(":runner_launcher.bzl", "write_runner_launcher")

# What our plug-in for pytest does between cases: nobody can for a program.
_PYTEST_ONLY = ["case_attempts", "leaks"]

PROGRAM_POLICY_ATTRIBUTES = {
    name: attribute
    for name, attribute in POLICY_ATTRIBUTES.items()
    if name not in _PYTEST_ONLY
}

# What every test of a deployment reads. Labels are made here, so that rules of other repositories mean ours.
RUNNER_ATTRIBUTES = {
    "server": attr.label(
        default = Label("//rules:server"),
        providers = [ArangodbServerInfo],
        doc = "The server distribution; the flag --@armadillo//rules:server sets it for all that do not.",
    ),
    "_arangodb_runner": attr.label(default = Label("//runner"), providers = [ArangodbRunnerInfo]),
    # Bazel looks for it under this name in every test rule. Its own merger is Java that has to be downloaded.
    "_lcov_merger": attr.label(default = Label("//runner:lcov_merger"), executable = True, cfg = "target"),
}

ON_DEPLOYMENT_ATTRIBUTES = dict(
    dict(PROGRAM_POLICY_ATTRIBUTES, **RUNNER_ATTRIBUTES),
    deployment = attr.label(
        default = Label("//rules:single_server"),
        providers = [ArangodbDeploymentInfo],
        doc = "The topology: an arangodb_deployment; a single server unless set.",
    ),
)

def write_spec(ctx, deployment, server, fields):
    """Declares and writes what the runner reads: an armadillo_api.v1.TestSpec as JSON.

    Args:
      ctx: context of a rule with POLICY_ATTRIBUTES, or some of them.
      deployment: (dict) armadillo_api.v1.Deployment.
      server: (ArangodbServerInfo)
      fields: (dict) what the target has beside that; wins over what every target has.

    Returns:
      (File)
    """
    spec = ctx.actions.declare_file(ctx.label.name + ".spec.json")
    common = {
        "deployment": deployment,
        "policy": policy_json(ctx),
        "server": server.distribution,
        "target": "//%s:%s" % (ctx.label.package, ctx.label.name),
    }
    ctx.actions.write(spec, json.encode_indent(dict(common, **fields), indent = "  ") + "\n")
    return spec

def environment_of(ctx):
    """The attribute `env` with the paths of labels in `data` put in.

    Args:
      ctx: context of a rule with these attributes.

    Returns:
      (dict)
    """
    return {name: ctx.expand_location(value, ctx.attr.data) for name, value in ctx.attr.env.items()}

def execution_requirements(deployment):
    """What Bazel is asked for where a deployment runs.

    A loopback of its own: no two runs can meet. Sandboxes that cannot do it ignore it, and the runner sees.

    Args:
      deployment: (ArangodbDeploymentInfo)

    Returns:
      (dict)
    """
    return {} if deployment.network == "host" else {"block-network": ""}

def run_on_deployment(ctx, program, runfiles = None, env = {}, deployment = None, server = None, dataset = ""):
    """What a test rule returns whose program runs against a deployment of ArangoDB.

        def _aql_test_impl(ctx):
            program = ctx.actions.declare_file(ctx.label.name + ".sh")
            ctx.actions.write(program, ..., is_executable = True)
            return run_on_deployment(ctx, program = program, runfiles = ctx.runfiles([ctx.file.query]))

        aql_test = rule(
            implementation = _aql_test_impl,
            attrs = dict(ON_DEPLOYMENT_ATTRIBUTES, query = attr.label(allow_single_file = True)),
            test = True,
        )

    The program finds the deployment as docs/any_language.md says, and the gate is that of arangodb_binary_test. A file
    named like the target is the launcher, so the program's own file must have another name.

    Args:
      ctx: context of a test rule with ON_DEPLOYMENT_ATTRIBUTES.
      program: (File) the executable.
      runfiles: (runfiles) what the program needs beside itself.
      env: (dict) environment variables of the program.
      deployment: (ArangodbDeploymentInfo) the topology; that of the attribute `deployment` unless given.
      server: (ArangodbServerInfo) the distribution; that of the attribute `server` unless given.
      dataset: runfiles path of the archive of an arangodb_dataset to start from; the file is among `runfiles`.

    Returns:
      (list of providers) DefaultInfo, ArangodbTestInfo, OutputGroupInfo (`spec`), testing.ExecutionInfo; a rule may add
      others.
    """
    if program.owner == ctx.label and program.basename == ctx.label.name:
        fail(messages.program_named_like_target(ctx.label))
    deployment = deployment or ctx.attr.deployment[ArangodbDeploymentInfo]
    server = server or ctx.attr.server[ArangodbServerInfo]
    runner = ctx.attr._arangodb_runner[ArangodbRunnerInfo]
    spec = write_spec(ctx, deployment.deployment, server, {
        "dataset": dataset,
        "program": paths.runfiles_path(ctx, program),
        "test_env": env,
    })
    launcher = write_runner_launcher(ctx, runner, spec)
    own = ctx.runfiles(files = [spec, program])
    all_runfiles = paths.merge(own, ([runfiles] if runfiles else []) + [runner.runfiles, server.runfiles])
    return deployment_test_providers(launcher, all_runfiles, spec, deployment, server, program = program)

def deployment_test_providers(launcher, runfiles, spec, deployment, server, program = None, upgrade_to = None):
    """What every test of a deployment returns.

    Args:
      launcher: (File) the executable.
      runfiles: (runfiles) all that it needs.
      spec: (File) what the runner reads.
      deployment: (ArangodbDeploymentInfo)
      server: (ArangodbServerInfo)
      program: (File) the test program; None for pytest.
      upgrade_to: (ArangodbServerInfo) what the test upgrades to, or None.

    Returns:
      (list of providers) DefaultInfo, ArangodbTestInfo, OutputGroupInfo (`spec`), testing.ExecutionInfo.
    """
    return [
        DefaultInfo(executable = launcher, files = depset([launcher]), runfiles = runfiles),
        ArangodbTestInfo(
            deployment = deployment,
            program = program,
            server = server,
            spec = spec,
            upgrade_to = upgrade_to,
        ),
        OutputGroupInfo(spec = depset([spec])),
        testing.ExecutionInfo(execution_requirements(deployment)),
    ]
