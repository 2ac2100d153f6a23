"""The pytest plug-in of a test target, and the process it runs in (`python -m armadillo.pytest_plugin`)."""
