"""Rules as somebody else may write them: one with a mistake, and two that hand on what others made."""

load(
    "//rules:defs.bzl",
    "ArangodbDeploymentInfo",
    "ArangodbServerInfo",
    "ON_DEPLOYMENT_ATTRIBUTES",
    "run_on_deployment",
)

def _named_like_target_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(program, "#!/bin/sh\n", is_executable = True)
    return run_on_deployment(ctx, program = program)

named_like_target_test = rule(
    implementation = _named_like_target_impl,
    attrs = ON_DEPLOYMENT_ATTRIBUTES,
    doc = "Its program takes the launcher's name.",
    test = True,
)

def _chosen_server_impl(ctx):
    return [ctx.attr.server[ArangodbServerInfo]]

chosen_server = rule(
    implementation = _chosen_server_impl,
    attrs = {"server": attr.label(providers = [ArangodbServerInfo])},
    doc = "Hands a server on.",
)

def _chosen_deployment_impl(ctx):
    return [ctx.attr.deployment[ArangodbDeploymentInfo]]

chosen_deployment = rule(
    implementation = _chosen_deployment_impl,
    attrs = {"deployment": attr.label(providers = [ArangodbDeploymentInfo])},
    doc = "Hands a topology on.",
)
