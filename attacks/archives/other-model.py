"""Another model, validly sealed by alice, in the place of the one that was asked for."""
from stage import *

package()
asked_for = PACKAGE.replace("sick_model", "healthy_model")
write(asked_for, read(PACKAGE))
refused(f"verify {asked_for} --public-key alice.pub.pem", 10, "the seal is of")
refused(f"verify {PACKAGE} --public-key alice.pub.pem --expect healthy_model-0.1.0-2026_11_22", 10, "the seal is of")
