"""A repository whose files lie in a folder of ours, also when we are somebody's dependency."""

def _stub_repository_impl(ctx):
    root = ctx.path(Label("//tools/offline:BUILD.bazel")).dirname
    for part in ctx.attr.folder.split("/"):
        root = root.get_child(part)
    for child in root.readdir():
        ctx.symlink(child, child.basename)

stub_repository = repository_rule(
    implementation = _stub_repository_impl,
    attrs = {"folder": attr.string(mandatory = True, doc = "Folder below tools/offline.")},
    doc = "Links the files of one folder below tools/offline.",
)
