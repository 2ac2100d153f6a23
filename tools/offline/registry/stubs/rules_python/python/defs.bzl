"""Stand-in for @rules_python where it cannot be had: Bazel's own rules and providers."""

load(":native.bzl", "NativePyInfo", "NativePyRuntimeInfo")

PyInfo = NativePyInfo
PyRuntimeInfo = NativePyRuntimeInfo

def py_binary(**kwargs):
    native.py_binary(**kwargs)

def py_library(**kwargs):
    native.py_library(**kwargs)

def py_runtime(**kwargs):
    native.py_runtime(**kwargs)

def py_test(**kwargs):
    native.py_test(**kwargs)
