"""Datasets: data directories of stopped servers, stored once by a build action, laid out for each test."""
