"""A small rule for C++ programs with the machine's compiler, which count lines under `bazel coverage`.

A project of your own has rules_cc for it, whose rules say the same of their programs.
"""

_COMPILE = '$6 -std=c++17 -O0 -Wall -Wextra -Werror $5 -c -o "$3" "$1" && $6 $5 -o "$2" "$3"'

_COUNTING = {
    "clang++": "-fprofile-instr-generate -fcoverage-mapping",
    "g++": "--coverage",
}

def _counted_program_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    object_file = ctx.actions.declare_file(ctx.label.name + ".o")

    # What gcov knows the lines by; without --coverage, and for clang, there is nothing to know.
    notes = ctx.actions.declare_file(ctx.label.name + ".gcno")
    compiler = ctx.attr.compiler
    flags = _COUNTING[compiler] if ctx.coverage_instrumented() else ""
    ctx.actions.run_shell(
        command = _COMPILE + ' && touch "$4"',
        arguments = [ctx.file.src.path, program.path, object_file.path, notes.path, flags, compiler],
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
        "compiler": attr.string(default = "g++", values = _COUNTING.keys()),
        "data": attr.label_list(allow_files = True),
        "src": attr.label(allow_single_file = [".cpp"], mandatory = True),
    },
    executable = True,
)
