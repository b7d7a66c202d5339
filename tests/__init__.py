"""Tests, in the same rooms as the source; tests/browser drives a real Chromium."""
