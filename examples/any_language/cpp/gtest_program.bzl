"""A small rule for googletest programs with the machine's compiler. A project of your own has rules_cc for it.

Needs g++ and libgtest (Debian, Ubuntu: apt-get install g++ libgtest-dev). Where they are missing, the program is one
that reports a skipped case with this reason; `bazel clean` after they have been installed.
"""

_COMPILE = """\
if ! command -v g++ >/dev/null || [ ! -e /usr/include/gtest/gtest.h ]; then
    printf '%s\\n' '#!/bin/sh' 'cat >"$XML_OUTPUT_FILE" <<EOF' \\
        '<testsuite><testcase name="all"><skipped message="needs g++ and libgtest-dev"/></testcase></testsuite>' \\
        'EOF' >"$1"
    chmod +x "$1"
    exit 0
fi
output=$1
shift
exec g++ -std=c++17 -O1 -g -Wall -Wextra -Werror -o "$output" "$@" -lgtest -lgtest_main -pthread
"""

def _gtest_program_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.run_shell(
        command = _COMPILE,
        arguments = [program.path] + [file.path for file in ctx.files.srcs if file.extension == "cpp"],
        inputs = ctx.files.srcs,
        outputs = [program],
        mnemonic = "GtestCompile",
        use_default_shell_env = True,
    )
    return [DefaultInfo(executable = program)]

gtest_program = rule(
    implementation = _gtest_program_impl,
    attrs = {"srcs": attr.label_list(allow_files = [".cpp", ".h"])},
    executable = True,
)
