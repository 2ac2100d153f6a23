"""arangodb_binary_test: any executable as a test of a deployment. Its launcher starts the runner, which starts it."""

load("//rules:providers.bzl", "ArangodbDeploymentInfo", "ArangodbTestInfo")
load(":arangodb_dataset.bzl", "DATASET_ATTRIBUTE", "dataset_files", "dataset_path", "deployment_of")
load(":launcher.bzl", "python_runfiles")
load(":messages.bzl", "messages")
load(":paths.bzl", "paths")
load(":run_on_deployment.bzl", "PROGRAM_POLICY_ATTRIBUTES", "RUNNER_ATTRIBUTES", "environment_of", "run_on_deployment")
load(":topology.bzl", "TOPOLOGY_ATTRIBUTES")

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

def _arangodb_binary_test_impl(ctx):
    return run_on_deployment(
        ctx,
        program = _program(ctx),
        dataset = dataset_path(ctx),
        deployment = deployment_of(ctx),
        env = environment_of(ctx),
        runfiles = python_runfiles(ctx, dataset_files(ctx), [ctx.attr.test] + ctx.attr.data),
    ) + [coverage_common.instrumented_files_info(ctx, dependency_attributes = ["test", "data", "server"])]

arangodb_binary_test = rule(
    implementation = _arangodb_binary_test_impl,
    attrs = dict(
        dict(dict(TOPOLOGY_ATTRIBUTES, **PROGRAM_POLICY_ATTRIBUTES), **RUNNER_ATTRIBUTES),
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
        test = attr.label(
            mandatory = True,
            allow_files = True,
            doc = "The program: a test or binary of any rule, or an executable file.",
        ),
    ),
    doc = "Any executable against a deployment of ArangoDB.",
    provides = [ArangodbTestInfo],
    test = True,
)
