"""Bazel's own providers under names that can be loaded."""

NativePyInfo = PyInfo
NativePyRuntimeInfo = PyRuntimeInfo
