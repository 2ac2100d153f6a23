"""A repository with npm packages from a lock with integrity sums, for tests of drivers that are written in JavaScript.

Where Node or npm is missing (or Node is older than the drivers want) the repository is empty and says so in `node.txt`,
so that the tests can skip by name instead of breaking everybody's build. The packages are one source directory, because
a sandbox links that in milliseconds.
"""

_BUILD = """\
filegroup(
    name = "packages",
    srcs = [
        "node.txt",
        "node_modules",
    ],
    visibility = ["//visibility:public"],
)

exports_files([
    "node.txt",
    "node_modules",
])
"""

_OLDEST_NODE = 20

def _missing(ctx, reason):
    ctx.file("node.txt", "missing: %s\n" % reason, executable = False)
    ctx.file("node_modules/empty.txt", "", executable = False)

def npm_install(ctx, npm):
    """Makes node_modules of the packages in the lock.

    Args:
      ctx: a repository's context with the attributes package_json and package_lock.
      npm: (path) the program.
    """
    ctx.file("package.json", ctx.read(ctx.attr.package_json), executable = False)
    ctx.file("package-lock.json", ctx.read(ctx.attr.package_lock), executable = False)
    result = ctx.execute(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--cache", "npm-cache"],
        timeout = 600,
    )
    if result.return_code:
        fail(("%s: npm could not install the packages of %s: expected an index that npm can reach, found:\n%s\n" +
              "Check npm's registry setting, then build again.") %
             (ctx.name, ctx.attr.package_lock, result.stdout + result.stderr))
    ctx.delete("npm-cache")

def _install(ctx):
    node = ctx.which("node")
    npm = ctx.which("npm")
    if not node or not npm:
        return _missing(ctx, "node and npm are not on PATH")
    version = ctx.execute([node, "-p", "process.versions.node"]).stdout.strip()
    if not version.split(".")[0].isdigit() or int(version.split(".")[0]) < _OLDEST_NODE:
        return _missing(ctx, "Node %s is older than %d" % (version or "unknown", _OLDEST_NODE))
    npm_install(ctx, npm)
    ctx.file("node.txt", "%s\n" % node, executable = False)
    return None

def _npm_packages_repository_impl(ctx):
    _install(ctx)
    ctx.file("BUILD.bazel", _BUILD, executable = False)

npm_packages_repository = repository_rule(
    implementation = _npm_packages_repository_impl,
    attrs = {
        "package_json": attr.label(mandatory = True, allow_single_file = True, doc = "Which packages."),
        "package_lock": attr.label(mandatory = True, allow_single_file = True, doc = "Their versions and sums."),
    },
    doc = "Installs the packages of package-lock.json; `@name//:packages` are the files, node.txt names the interpreter.",
)
