"""What `bazel coverage` collects: lines of Python and of servers, as LCOV."""
