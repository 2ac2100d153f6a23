"""arangodb_server: a server distribution as a target."""

load("//rules:providers.bzl", "ArangodbServerInfo", "PythonPackagesInfo")
load(":messages.bzl", "messages")
load(":paths.bzl", "paths")

LAYOUTS = ["executable", "tarball", "build_directory"]

def _check(ctx):
    if ctx.attr.layout not in LAYOUTS:
        fail(messages.unknown_layout(ctx.label, ctx.attr.layout, LAYOUTS))
    if bool(ctx.file.arangod) == bool(ctx.attr.missing):
        fail(messages.arangod_or_missing(ctx.label))
    if ctx.attr.javascript and not ctx.file.resources:
        fail(messages.javascript_without_resources(ctx.label))

def _ask_facts(ctx):
    """Runs `arangod --version` in a build action that never fails: a wrong binary is a failed test, not a broken build."""
    facts = ctx.actions.declare_file(ctx.label.name + ".facts.json")
    arguments = ctx.actions.args()
    arguments.add_all(["-s", "-S", ctx.file._probe, "--output", facts])
    inputs = [ctx.file._probe]
    tools = []
    if ctx.file.arangod:
        arguments.add("--arangod", ctx.file.arangod)
        inputs.append(ctx.file.arangod)
        if ctx.attr.arangod[DefaultInfo].files_to_run.executable:
            tools.append(ctx.attr.arangod[DefaultInfo].files_to_run)
    if ctx.attr.missing:
        arguments.add("--missing", ctx.attr.missing)
    if ctx.attr.origin:
        arguments.add("--origin", ctx.attr.origin)
    if ctx.file.resources:
        arguments.add("--resources", ctx.file.resources.path)
        inputs.append(ctx.file.resources)
    ctx.actions.run(
        executable = ctx.attr._packages[PythonPackagesInfo].interpreter,
        arguments = [arguments],
        inputs = inputs,
        tools = tools,
        outputs = [facts],
        mnemonic = "ArangodFacts",
        progress_message = "Asking the server of %s for its version" % ctx.label,
    )
    return facts

def _suppressions(ctx):
    """Suppression files by the name of their sanitizer."""
    files = {
        "address": ctx.file.asan_suppressions,
        "leak": ctx.file.lsan_suppressions,
        "thread": ctx.file.tsan_suppressions,
        "undefined": ctx.file.ubsan_suppressions,
    }
    return {name: file for name, file in files.items() if file}

def _distribution(ctx, facts, tools):
    """armadillo_api.v1.ServerDistribution; what the distribution does not have is left out."""
    distribution = {
        "facts": paths.runfiles_path(ctx, facts),
        "label": paths.label_text(ctx.label),
        "layout": ctx.attr.layout.upper(),
    }
    if ctx.file.arangod:
        distribution["executable"] = paths.runfiles_path(ctx, ctx.file.arangod)
    if tools:
        distribution["tools"] = {name: paths.runfiles_path(ctx, tools[name]) for name in tools}
    suppressions = _suppressions(ctx)
    if suppressions:
        distribution["sanitizer_suppressions"] = {
            name: paths.runfiles_path(ctx, suppressions[name])
            for name in suppressions
        }
    if ctx.file.symbolizer:
        distribution["symbolizer"] = paths.runfiles_path(ctx, ctx.file.symbolizer)
    if ctx.file.resources:
        resources = paths.runfiles_path(ctx, ctx.file.resources)
        distribution["resource_directory"] = resources
        if ctx.attr.javascript:
            distribution["javascript_directory"] = resources + "/" + ctx.attr.javascript
        if ctx.attr.layout == "build_directory":
            distribution["top_directory"] = resources
    return distribution

def _arangodb_server_impl(ctx):
    _check(ctx)
    facts = _ask_facts(ctx)
    tools = {file.basename: file for file in ctx.files.tools}
    own = [file for file in [ctx.file.arangod, ctx.file.resources, ctx.file.license, facts] if file]
    own += [file for file in _suppressions(ctx).values() + [ctx.file.symbolizer] if file]
    runfiles = paths.merge(
        ctx.runfiles(files = own + ctx.files.tools + ctx.files.data),
        [target[DefaultInfo].default_runfiles for target in ctx.attr.tools + ctx.attr.data] +
        ([ctx.attr.arangod[DefaultInfo].default_runfiles] if ctx.attr.arangod else []),
    )
    return [
        DefaultInfo(files = depset([facts]), runfiles = runfiles),
        ArangodbServerInfo(
            arangod = ctx.file.arangod,
            distribution = _distribution(ctx, facts, tools),
            facts = facts,
            label = ctx.label,
            layout = ctx.attr.layout,
            license = ctx.file.license,
            resources = ctx.file.resources,
            runfiles = runfiles,
            tools = tools,
        ),
        # Of a server that Bazel builds.
        coverage_common.instrumented_files_info(ctx, dependency_attributes = ["arangod", "data", "tools"]),
    ]

arangodb_server = rule(
    implementation = _arangodb_server_impl,
    attrs = {
        "arangod": attr.label(
            allow_single_file = True,
            doc = "The executable: the real arangod, never a shell wrapper around it.",
        ),
        "asan_suppressions": attr.label(allow_single_file = True, doc = "Suppressions of the address sanitizer."),
        "data": attr.label_list(allow_files = True, doc = "More files that the server needs to run."),
        "javascript": attr.string(doc = "Folder inside `resources` with arangod's JavaScript; empty without V8."),
        "layout": attr.string(default = "executable", doc = '"executable", "tarball" or "build_directory".'),
        "license": attr.label(allow_single_file = True, doc = "The distribution's licence text."),
        "lsan_suppressions": attr.label(allow_single_file = True, doc = "Suppressions of the leak sanitizer."),
        "missing": attr.string(doc = "In place of `arangod`: what was found where it should have been."),
        "origin": attr.string(doc = "Where the distribution came from, for messages: a path or an archive."),
        "resources": attr.label(
            allow_single_file = True,
            doc = "Source directory with icudtl*.dat and tzdata, and the JavaScript folder.",
        ),
        "symbolizer": attr.label(
            allow_single_file = True,
            doc = "llvm-symbolizer or a program that acts like it: turns addresses of reports into source lines.",
        ),
        "tools": attr.label_list(allow_files = True, doc = "Client tools; their file names are their names."),
        "tsan_suppressions": attr.label(allow_single_file = True, doc = "Suppressions of the thread sanitizer."),
        "ubsan_suppressions": attr.label(
            allow_single_file = True,
            doc = "Suppressions of the undefined behaviour sanitizer.",
        ),
        "_packages": attr.label(default = "@armadillo_pydeps//:packages", providers = [PythonPackagesInfo]),
        "_probe": attr.label(default = "//rules/private:probe_server.py", allow_single_file = True),
    },
    doc = "A server distribution. Building it writes what `arangod --version` says, as JSON.",
    provides = [ArangodbServerInfo],
)
