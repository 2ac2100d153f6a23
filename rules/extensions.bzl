"""For MODULE.bazel (Bazel 7 and later): the module extensions.

    bazel_dep(name = "armadillo", version = "0.1.0")

    armadillo_python = use_extension("@armadillo//rules:extensions.bzl", "armadillo_python")
    armadillo_python.packages(
        name = "my_deps",                                 # then: deps = ["@my_deps//:packages"]
        requirements_lock = "//:requirements.lock",
    )
    use_repo(armadillo_python, "my_deps")

Bazel before 6 must never load this file: it has no module_extension().
"""

load("//rules/private:messages.bzl", "messages")
load("//rules/private:python_repository.bzl", "python_packages_repository")

def _armadillo_python_impl(ctx):
    owners = {}
    for module in ctx.modules:
        for tag in module.tags.packages:
            if tag.name in owners:
                fail(messages.repository_twice(tag.name, owners[tag.name], module.name))
            owners[tag.name] = module.name
            python_packages_repository(
                name = tag.name,
                requirements_lock = tag.requirements_lock,
            )

armadillo_python = module_extension(
    implementation = _armadillo_python_impl,
    tag_classes = {
        "packages": tag_class(
            attrs = {
                "name": attr.string(mandatory = True, doc = "Name of the repository."),
                "requirements_lock": attr.label(mandatory = True, doc = "Lock file with hashes."),
            },
            doc = "Installs the packages of a lock; `@name//:packages` is the target for `deps`.",
        ),
    },
)
