"""A small rule for programs of Node. A project of your own has rules_js or the like for it."""

# The packages' folder is found by the file beside it, where the interpreter's path stands, or why there is none.
_LAUNCHER = """\
#!/bin/sh
told="$RUNFILES_DIR/{node}"
node=$(cat "$told")
case "$node" in
missing:*)
    echo "<testsuite><testcase name='all'><skipped message='${{node#missing: }}'/></testcase></testsuite>" >"$XML_OUTPUT_FILE"
    exit 0
    ;;
esac
NODE_PATH="$(dirname "$(readlink -f "$told")")/node_modules" exec "$node" \\
    --test-reporter=spec --test-reporter-destination=stdout \\
    --test-reporter=junit --test-reporter-destination="$XML_OUTPUT_FILE" \\
    "$RUNFILES_DIR/{script}"
"""

def _runfiles_path(ctx, file):
    return file.short_path[3:] if file.short_path.startswith("../") else ctx.workspace_name + "/" + file.short_path

def _node_program_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(launcher, _LAUNCHER.format(
        node = _runfiles_path(ctx, ctx.file.node),
        script = _runfiles_path(ctx, ctx.file.src),
    ), is_executable = True)
    return [DefaultInfo(
        executable = launcher,
        runfiles = ctx.runfiles(files = [ctx.file.node, ctx.file.src] + ctx.files.packages),
    )]

node_program = rule(
    implementation = _node_program_impl,
    attrs = {
        "node": attr.label(allow_single_file = True, doc = "A file with the interpreter's path, or `missing: <why>`."),
        "packages": attr.label(doc = "node_modules, beside that file."),
        "src": attr.label(allow_single_file = True, doc = "A script that uses node:test."),
    },
    executable = True,
)
