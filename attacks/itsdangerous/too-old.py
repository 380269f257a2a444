"""A signature of long ago is shown again."""
from stage import *

write("keys.txt", "a-key-that-both-sides-know\n", 0o600)
write("model.bin", "model")
line = "verify signed --method itsdangerous --key-file keys.txt --max-age 3600"
do("sign model.bin --method itsdangerous --key-file keys.txt --timestamp --output signed",
   SOURCE_DATE_EPOCH="1679097060")
refused(line, 11, "at most 3600 are allowed", mask=r"\d{6,}")
