"""plain_test: the plainest test rule there can be, to compare with. Copied into the workspace that is measured."""

def _plain_test_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(launcher, "#!/bin/sh\nexit 0\n", is_executable = True)
    return [DefaultInfo(executable = launcher, runfiles = ctx.runfiles(files = ctx.files.srcs))]

plain_test = rule(
    implementation = _plain_test_impl,
    attrs = {"srcs": attr.label_list(allow_files = True, doc = "Files in the runfiles.")},
    doc = "A script that passes.",
    test = True,
)
