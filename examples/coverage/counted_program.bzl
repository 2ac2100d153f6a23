"""A small rule for C++ programs with the machine's g++, which count lines under `bazel coverage`.

A project of your own has rules_cc for it, whose rules say the same of their programs.
"""

_COMPILE = 'g++ -std=c++17 -O0 -Wall -Wextra -Werror $5 -c -o "$3" "$1" && g++ $5 -o "$2" "$3"'

def _counted_program_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    object_file = ctx.actions.declare_file(ctx.label.name + ".o")

    # What gcov knows the lines by; without --coverage there is nothing to know.
    notes = ctx.actions.declare_file(ctx.label.name + ".gcno")
    flags = "--coverage" if ctx.coverage_instrumented() else ""
    ctx.actions.run_shell(
        command = _COMPILE + ' && touch "$4"',
        arguments = [ctx.file.src.path, program.path, object_file.path, notes.path, flags],
        inputs = [ctx.file.src],
        outputs = [program, object_file, notes],
        mnemonic = "CountedCompile",
        use_default_shell_env = True,
    )
    runfiles = ctx.runfiles(files = [notes] + ctx.files.data)
    for target in ctx.attr.data:
        runfiles = runfiles.merge(target[DefaultInfo].default_runfiles)
    return [
        DefaultInfo(executable = program, files = depset([program]), runfiles = runfiles),
        coverage_common.instrumented_files_info(ctx, source_attributes = ["src"]),
    ]

counted_program = rule(
    implementation = _counted_program_impl,
    attrs = {
        "data": attr.label_list(allow_files = True),
        "src": attr.label(allow_single_file = [".cpp"], mandatory = True),
    },
    executable = True,
)
