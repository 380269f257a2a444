"""A certificate that its authority has revoked; whoever has the list knows."""
from stage import *

certificate()
do(VERIFY_CERTIFICATE)
openssl("ca -config honest/ca.cnf -revoke alice.crt")
openssl("ca -config honest/ca.cnf -gencrl -out honest.crl")
refused(VERIFY_CERTIFICATE + " --crl honest.crl", 11, "revoked")
