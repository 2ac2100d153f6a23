"""For MODULE.bazel (Bazel 7 and later): the module extensions.

    bazel_dep(name = "armadillo", version = "0.1.0")

    armadillo_python = use_extension("@armadillo//rules:extensions.bzl", "armadillo_python")
    armadillo_python.packages(
        name = "my_deps",                                 # then: deps = ["@my_deps//:packages"]
        requirements_lock = "//:requirements.lock",
    )
    use_repo(armadillo_python, "my_deps")

    arangodb = use_extension("@armadillo//rules:extensions.bzl", "arangodb")
    arangodb.distribution(                                # then: --@armadillo//rules:server=@arangodb_3_12//:server
        name = "arangodb_3_12",
        path = "/opt/arangodb3-linux-3.12.5_x86_64",
    )
    use_repo(arangodb, "arangodb_3_12")

Bazel before 6 must never load this file: it has no module_extension().
"""

load("//rules/private:distribution_repository.bzl", "arangodb_distribution")
load("//rules/private:messages.bzl", "messages")
load("//rules/private:python_repository.bzl", "python_packages_repository")

def _tags_by_name(ctx, tag_class):
    """All tags of one class; a repository's name has one owner."""
    tags = {}
    owners = {}
    for module in ctx.modules:
        for tag in getattr(module.tags, tag_class):
            if tag.name in tags:
                fail(messages.repository_twice(tag.name, owners[tag.name], module.name))
            tags[tag.name] = tag
            owners[tag.name] = module.name
    return tags

def _armadillo_python_impl(ctx):
    for name, tag in _tags_by_name(ctx, "packages").items():
        python_packages_repository(name = name, requirements_lock = tag.requirements_lock)

def _arangodb_impl(ctx):
    for name, tag in _tags_by_name(ctx, "distribution").items():
        arangodb_distribution(
            name = name,
            archive = tag.archive,
            path = tag.path,
            sha256 = tag.sha256,
            url = tag.url,
            urls = tag.urls,
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

arangodb = module_extension(
    implementation = _arangodb_impl,
    tag_classes = {
        "distribution": tag_class(
            attrs = {
                "archive": attr.label(doc = "An official tarball that is a file."),
                "name": attr.string(mandatory = True, doc = "Name of the repository."),
                "path": attr.string(doc = "Absolute path of an unpacked tarball or of a source build directory."),
                "sha256": attr.string(doc = "Hash of the downloaded tarball."),
                "url": attr.string(doc = "Address of an official tarball."),
                "urls": attr.string_list(doc = "Several addresses of the same tarball."),
            },
            doc = "A server distribution; the target is @name//:server.",
        ),
    },
)
