"""Keys that are none for this purpose: RSA, a curve of another world, a private key where a public
one is asked for, a private key that others can read."""
from stage import *

folder()

openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem")
openssl("pkey -in rsa.pem -pubout -out rsa.pub.pem")
openssl("ecparam -name secp256k1 -genkey -noout -out bitcoin.pem")
openssl("pkey -in bitcoin.pem -pubout -out bitcoin.pub.pem")
for key in ["rsa.pub.pem", "bitcoin.pub.pem", "alice.pem"]:
    refused(VERIFY.replace("alice.pub.pem", key), 1, "expected an ECDSA public key")
write("alice.pem", read("alice.pem"), 0o644)
refused("sign model --private-key alice.pem --signature model.sig", 1, "has mode 0644")
