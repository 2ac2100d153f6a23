"""Python modules from proto files, made by the protoc inside grpcio-tools: no C++ compiler is needed."""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//rules:providers.bzl", "PythonPackagesInfo")
load(":paths.bzl", "paths")

_SUFFIXES = ["_pb2.py", "_pb2_grpc.py", "_pb2.pyi"]

def _python_protos_impl(ctx):
    # The package's folder is the import root: "armadillo_api/v1/x.proto" becomes the module armadillo_api.v1.x_pb2.
    below = [part for part in [ctx.label.workspace_root, ctx.label.package] if part]
    source_root = "/".join(below) or "."
    output_root = "/".join([ctx.bin_dir.path] + below)
    outputs = []
    for src in ctx.files.srcs:
        stem = src.basename[:-len(".proto")]
        outputs += [ctx.actions.declare_file(stem + suffix, sibling = src) for suffix in _SUFFIXES]

    packages = ctx.attr._packages[PythonPackagesInfo]
    arguments = ctx.actions.args()
    arguments.add_all(["-s", "-m", "grpc_tools.protoc", "-I" + source_root])
    for option in ["--python_out=", "--grpc_python_out=", "--pyi_out="]:
        arguments.add(option + output_root)
    arguments.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = packages.interpreter,
        arguments = [arguments],
        inputs = ctx.files.srcs + [packages.site_packages, packages.marker],
        outputs = outputs,
        env = {
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": packages.site_packages.path,
        },
        mnemonic = "PythonProtos",
        progress_message = "Generating Python from the protos of %s" % ctx.label,
    )
    modules = [file for file in outputs if file.extension == "py"]
    return [
        DefaultInfo(files = depset(outputs), runfiles = ctx.runfiles(files = modules)),
        PyInfo(
            transitive_sources = depset(modules),
            imports = depset([paths.package_path(ctx, ctx.label)]),
        ),
    ]

python_protos = rule(
    implementation = _python_protos_impl,
    attrs = {
        "srcs": attr.label_list(
            allow_files = [".proto"],
            mandatory = True,
            doc = "Proto files of this package; the package's folder is their import root.",
        ),
        "_packages": attr.label(
            default = "@armadillo_pydeps//:packages",
            providers = [PythonPackagesInfo],
        ),
    },
    doc = "Messages, gRPC stubs and type stubs in Python.",
    provides = [PyInfo],
)
