"""A root that mallory has made, brought along in the bundle. Roots are given by whoever verifies;
there is no default, and none comes with a signature."""
from stage import *

certificate(key="mallory", root="evil")
refused(VERIFY_CERTIFICATE, 11, "")
refused("verify model --signature model.sig --method certificate", 2, "--certificate-chain is missing")
