"""Mallory has an honest certificate, in their own name, under the same root."""
from stage import *

certificate(key="mallory", name="mallory@example.org")
refused(VERIFY_CERTIFICATE, 11, "alice@example.org")
