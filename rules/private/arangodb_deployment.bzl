"""arangodb_deployment: a topology that several tests share."""

load("//rules:providers.bzl", "ArangodbDeploymentInfo")
load(":messages.bzl", "messages")
load(":topology.bzl", "TOPOLOGY_ATTRIBUTES", "deployment_from", "server_names")

def deployment_info(ctx):
    """The deployment that the topology attributes of a target describe; fails when it is impossible.

    Args:
      ctx: context of a rule with TOPOLOGY_ATTRIBUTES and `given`.

    Returns:
      (ArangodbDeploymentInfo)
    """
    values = {name: getattr(ctx.attr, name) for name in TOPOLOGY_ATTRIBUTES}
    deployment = deployment_from(ctx.label, values, ctx.attr.given)
    counts = {"single": 1}
    if values["mode"] == "cluster":
        counts = {role: deployment[role + "s"] for role in ["agent", "dbserver", "coordinator"]}
    return ArangodbDeploymentInfo(
        deployment = deployment,
        label = ctx.label,
        network = values["network"],
        servers = server_names(counts),
    )

def chosen_deployment(ctx):
    """The deployment of a test: the shared target in its `deployment`, or what its own attributes describe.

    Args:
      ctx: context of a rule with TOPOLOGY_ATTRIBUTES, `given` and `deployment`; fails when both are set.

    Returns:
      (ArangodbDeploymentInfo)
    """
    if not ctx.attr.deployment:
        return deployment_info(ctx)
    if ctx.attr.given:
        fail(messages.deployment_and_topology(ctx.label, ctx.attr.given))
    return ctx.attr.deployment[ArangodbDeploymentInfo]

def _arangodb_deployment_impl(ctx):
    info = deployment_info(ctx)
    description = ctx.actions.declare_file(ctx.label.name + ".deployment.json")
    ctx.actions.write(description, json.encode_indent(info.deployment, indent = "  ") + "\n")
    return [DefaultInfo(files = depset([description])), info]

arangodb_deployment = rule(
    implementation = _arangodb_deployment_impl,
    attrs = dict(TOPOLOGY_ATTRIBUTES, given = attr.string_list(doc = "The topology attributes that are set.")),
    doc = "A topology that several tests share.",
    provides = [ArangodbDeploymentInfo],
)
