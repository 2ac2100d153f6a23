#!/usr/bin/env python3
"""Writes `registry/` and `workspace/` beside this file: what Bazel needs where it reaches no module registry.

Every module that Bazel's own MODULE.bazel names must resolve, though rules without toolchains load none of them
but `platforms`. So all are empty, `platforms` has the constraint values and the host platform, and `rules_python`
re-exports the rules and providers that Bazel itself holds. `workspace/` has the repositories that Bazel 4 wants
for test targets. Run this file after a change of the tables below; the result is checked in.
"""

import json
import shutil
from pathlib import Path


def words(text: str) -> list[str]:
    """The words of a text, as a list."""
    return text.split()


HERE = Path(__file__).resolve().parent

# Named by Bazel 7.7.1 itself; protobuf 21.7 by the rules_python that Debian puts in by --override_module;
# rules_python 1.0.0 by our MODULE.bazel.
MODULES = {
    "apple_support": ["1.23.1"],
    "buildozer": ["7.1.2"],
    "platforms": ["0.0.7", "0.0.9"],
    "protobuf": ["3.19.6", "21.7"],
    "rules_cc": ["0.0.11"],
    "rules_java": ["7.6.5"],
    "rules_license": ["0.0.3"],
    "rules_proto": ["4.0.0"],
    "rules_python": ["0.22.1", "1.0.0"],
    "zlib": ["1.3.1.bcr.3"],
}

OPERATING_SYSTEMS = words(
    "android chromiumos emscripten freebsd fuchsia haiku ios linux macos netbsd nixos none openbsd qnx tvos uefi "
    "visionos vxworks wasi watchos windows"
)
PROCESSORS = words(
    "aarch64 all arm arm64_32 arm64e armv6-m armv7 armv7-m armv7e-m armv7e-mf armv8-m cortex-r52 cortex-r82 i386 "
    "mips64 ppc ppc32 ppc64le riscv32 riscv64 s390x wasm32 wasm64 x86_32 x86_64"
)

CC_RULES = words(
    "cc_binary cc_import cc_library cc_proto_library cc_test cc_toolchain cc_toolchain_suite objc_import objc_library"
)
JAVA_RULES = words(
    "java_binary java_import java_library java_package_configuration java_plugin java_runtime java_test java_toolchain"
)
PYTHON_RULES = words("py_binary py_library py_runtime py_test")


def put(path: Path, text: str) -> None:
    """Writes one file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def native_rules(title: str, names: list[str]) -> str:
    """The text of a .bzl file whose macros call the native rules of the same names."""
    macros = [f"def {name}(**kwargs):\n    native.{name}(**kwargs)\n" for name in names]
    return f'"""{title}"""\n\n' + "\n".join(macros)


def write_registry(registry: Path) -> None:
    """Writes the module index and one stub per module."""
    # A relative module_base_path is relative to the registry's own folder.
    put(registry / "bazel_registry.json", json.dumps({"module_base_path": "stubs"}) + "\n")
    for name, versions in MODULES.items():
        put(registry / "stubs" / name / "MODULE.bazel", f'module(name = "{name}")\n')
        put(registry / "stubs" / name / "WORKSPACE", f'workspace(name = "{name}")\n')
        put(registry / "stubs" / name / "BUILD.bazel", "")
        for version in versions:
            entry = registry / "modules" / name / version
            put(entry / "MODULE.bazel", f'module(\n    name = "{name}",\n    version = "{version}",\n)\n')
            put(entry / "source.json", json.dumps({"type": "local_path", "path": name}) + "\n")


def write_platforms(platforms: Path) -> None:
    """Writes the constraint values, and a host platform that is Linux on x86_64."""
    tables = (("os", OPERATING_SYSTEMS, ("osx", "macos")), ("cpu", PROCESSORS, ("arm64", "aarch64")))
    for kind, values, (alias, actual) in tables:
        items = "".join(f'        "{value}",\n' for value in values)
        put(
            platforms / kind / "BUILD.bazel",
            'package(default_visibility = ["//visibility:public"])\n\n'
            f'constraint_setting(name = "{kind}")\n\n'
            f'[\n    constraint_value(\n        name = name,\n        constraint_setting = ":{kind}",\n    )\n'
            f'    for name in [\n{items}    ]\n]\n\nalias(\n    name = "{alias}",\n    actual = ":{actual}",\n)\n',
        )
    put(
        platforms / "host" / "constraints.bzl",
        '"""The host: Linux on x86_64."""\n\n'
        'HOST_CONSTRAINTS = [\n    "@platforms//cpu:x86_64",\n    "@platforms//os:linux",\n]\n',
    )
    put(
        platforms / "host" / "BUILD.bazel",
        'load(":constraints.bzl", "HOST_CONSTRAINTS")\n\npackage(default_visibility = ["//visibility:public"])\n\n'
        'exports_files(["constraints.bzl"])\n\nplatform(\n    name = "host",\n'
        "    constraint_values = HOST_CONSTRAINTS,\n)\n",
    )


def write_rules_python(rules_python: Path) -> None:
    """Writes @rules_python//python:defs.bzl with Bazel's own rules and providers."""
    put(rules_python / "python" / "BUILD.bazel", 'exports_files(["defs.bzl"])\n')
    put(
        rules_python / "python" / "native.bzl",
        '"""Bazel\'s own providers under names that can be loaded."""\n\n'
        "NativePyInfo = PyInfo\nNativePyRuntimeInfo = PyRuntimeInfo\n",
    )
    text = native_rules(
        "Stand-in for @rules_python where it cannot be had: Bazel's own rules and providers.", PYTHON_RULES
    )
    title, rest = text.split("\n\n", 1)
    load = 'load(":native.bzl", "NativePyInfo", "NativePyRuntimeInfo")\n\n'
    providers = "PyInfo = NativePyInfo\nPyRuntimeInfo = NativePyRuntimeInfo\n\n"
    put(rules_python / "python" / "defs.bzl", f"{title}\n\n{load}{providers}{rest}")


def write_workspace(workspace: Path) -> None:
    """Writes the repositories that Bazel 4 asks for in WORKSPACE mode."""
    for name in ("remote_coverage_tools", "rules_cc", "rules_java"):
        put(workspace / name / "WORKSPACE", f'workspace(name = "{name}")\n')
    put(
        workspace / "remote_coverage_tools" / "BUILD.bazel",
        "filegroup(\n"
        '    name = "coverage_report_generator",\n    srcs = [],\n    visibility = ["//visibility:public"],\n)\n',
    )
    for name, folder, rules in (("rules_cc", "cc", CC_RULES), ("rules_java", "java", JAVA_RULES)):
        put(workspace / name / folder / "BUILD.bazel", "")
        title = f"Stand-in for @{name} where it cannot be had: Bazel's own rules."
        put(workspace / name / folder / "defs.bzl", native_rules(title, rules))


def main() -> None:
    """Writes everything anew."""
    for folder in ("registry", "workspace"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
    write_registry(HERE / "registry")
    write_platforms(HERE / "registry" / "stubs" / "platforms")
    write_rules_python(HERE / "registry" / "stubs" / "rules_python")
    write_workspace(HERE / "workspace")


if __name__ == "__main__":
    main()
