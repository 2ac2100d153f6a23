"""Why actions missed the cache: compares two execution logs of Bazel and says it in words."""
