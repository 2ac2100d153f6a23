"""Repositories with a server distribution: from an archive, or from a path of this machine.

What is not there or is no distribution does not break loading: `@name//:server` is then a target whose facts say what
was expected and found, and tests on it fail with these words.
"""

load(":distribution_layout.bzl", "child", "find_distribution", "names_in")
load(":messages.bzl", "messages")

_HEADER = """\
load("{server_bzl}", "arangodb_server")

package(default_visibility = ["//visibility:public"])
"""

_EXPORTS = """
exports_files({files})
"""

_SERVER = """
arangodb_server(
    name = "server",
{attributes})
"""

def _build_file(ctx, attributes, files):
    rule_file = str(Label("//rules/private:arangodb_server.bzl"))
    text = _HEADER.format(server_bzl = "@" + rule_file if rule_file.startswith("//") else rule_file)
    if files:
        text += _EXPORTS.format(files = repr(files))
    text += _SERVER.format(attributes = "".join([
        "    %s = %s,\n" % (name, repr(attributes[name]))
        for name in sorted(attributes)
        if attributes[name]
    ]))
    ctx.file("BUILD.bazel", text, executable = False)

def _missing(ctx, origin, problem):
    # buildifier: disable=print
    print(messages.no_distribution(ctx.name, problem))
    _build_file(ctx, {"missing": problem, "origin": origin}, [])

def _write(ctx, root, origin):
    """Links the distribution's parts and writes their targets."""
    found = find_distribution(ctx, root)
    if not found:
        _missing(ctx, origin, (
            "expected an unpacked ArangoDB tarball (usr/sbin/arangod) or a source build directory (bin/arangod) " +
            "in %s; found there: %s" % (origin, names_in(root))
        ))
        return
    wanted = [found.arangod] + found.tools
    if found.layout == "tarball":
        wanted += [found.resources] if found.resources else []
    for name in wanted:
        ctx.symlink(child(found.root, name), name)
    for name, target in found.links.items():
        ctx.symlink(target, found.resources + "/" + name)
    if found.licenses:
        # Under a name of its own: it may lie inside the resources, which are one artifact.
        ctx.symlink(child(found.root, found.licenses[0]), "LICENSE")
    if found.layout == "build_directory" and not found.links:
        # A source directory must be there, also when it holds nothing.
        ctx.file(found.resources + "/EMPTY", "No JavaScript, ICU or time zone data was found.\n")
    _build_file(ctx, {
        "arangod": found.arangod,
        "javascript": found.javascript,
        "layout": found.layout,
        "license": "LICENSE" if found.licenses else "",
        "origin": origin + " (%s)" % found.arangod if ctx.path("unpacked").exists else str(child(found.root, found.arangod)),
        "resources": found.resources,
        "tools": found.tools,
    }, sorted(
        wanted +
        (["top"] if found.layout == "build_directory" else []) +
        (["LICENSE"] if found.licenses else []),
    ))

def _archive_impl(ctx):
    if ctx.attr.archive:
        origin = str(ctx.attr.archive)
        ctx.extract(ctx.path(ctx.attr.archive), "unpacked")
    else:
        origin = ctx.attr.urls[0]
        ctx.download_and_extract(ctx.attr.urls, "unpacked", sha256 = ctx.attr.sha256)
    _write(ctx, ctx.path("unpacked"), origin)

def _local_impl(ctx):
    path = ctx.attr.path
    if path.startswith("~/"):
        path = ctx.os.environ.get("HOME", "") + path[1:]
    if not path.startswith("/"):
        _missing(ctx, path, "expected an absolute path, or one that begins with ~/; found %r" % path)
    elif not ctx.path(path).exists:
        above = ctx.path(path).dirname
        problem = "expected ArangoDB in %s; found no such file or directory" % path
        if above and above.exists:
            problem += "; %s holds: %s" % (above, names_in(above))
        _missing(ctx, path, problem)
    else:
        _write(ctx, ctx.path(path), path)

_archive_distribution = repository_rule(
    implementation = _archive_impl,
    attrs = {
        "archive": attr.label(allow_single_file = True, doc = "The archive as a file of a workspace."),
        "sha256": attr.string(doc = "Hash of the downloaded archive."),
        "urls": attr.string_list(doc = "Where the archive is, mirrors after the first."),
    },
    doc = "A server distribution from an archive.",
)

_local_distribution = repository_rule(
    implementation = _local_impl,
    attrs = {"path": attr.string(mandatory = True, doc = "Unpacked tarball or source build directory.")},
    doc = "A server distribution that is on this machine.",
    # Looked at again whenever the Bazel server starts; a rebuilt arangod is noticed at once, by its contents.
    local = True,
)

def arangodb_distribution(name, path = None, archive = None, url = None, urls = None, sha256 = None):
    """Declares the repository @name with the target //:server, for --@armadillo//rules:server=@name//:server.

    Exactly one source must be given: `path`, `archive`, or `url`/`urls` with `sha256`.

    Args:
      name: name of the repository.
      path: absolute path of an unpacked official tarball or of a source build directory; "/" where ArangoDB is
        installed as a package. Not below /tmp with Bazel 7, whose sandboxes have a /tmp of their own.
      archive: label of an official tarball that is a file.
      url: address of an official tarball.
      urls: several of them.
      sha256: hash of what the address gives.
    """
    urls = list(urls or []) + ([url] if url else [])
    sources = [source for source in [path, archive, urls] if source]
    if len(sources) != 1:
        fail(messages.distribution_sources(name, len(sources)))
    if urls and not sha256:
        fail(messages.distribution_without_hash(name))
    if path:
        _local_distribution(name = name, path = path)
    else:
        _archive_distribution(name = name, archive = archive, sha256 = sha256 or "", urls = urls)
