//! Certificates, of an authority made with openssl.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{Reference, checkout};
use crate::session::Session;

/// A root with RSA, an intermediate and two signers below it: what authorities are made of.
const AUTHORITY: &str = r#"
set -e
cat > extensions.cnf <<END
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
[signer]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
subjectAltName = email:alice@example.org
END
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 30 \
    -subj "/CN=Root" -config empty.cnf -addext basicConstraints=critical,CA:true \
    -addext keyUsage=critical,keyCertSign,cRLSign
openssl ecparam -name secp384r1 -genkey -noout -out between.key
openssl req -new -key between.key -subj "/CN=Between" -config empty.cnf -out between.csr
openssl x509 -req -in between.csr -CA root.pem -CAkey root.key -set_serial 2 -days 20 \
    -extfile extensions.cnf -extensions ca -out between.pem
for curve in prime256v1 secp521r1; do
    openssl ecparam -name $curve -genkey -noout -out $curve.key
    openssl req -new -key $curve.key -subj "/CN=Alice $curve" -config empty.cnf -out $curve.csr
    openssl x509 -req -in $curve.csr -CA between.pem -CAkey between.key -set_serial 3 -days 10 \
        -extfile extensions.cnf -extensions signer -out $curve.pem
done
"#;

fn make_authority(folder: &Path) -> bool {
    if Command::new("openssl").arg("version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no openssl to make certificates");
        return false;
    }
    std::fs::create_dir(folder).unwrap();
    // Without its own configuration: some distributions lack one, others add extensions.
    std::fs::write(folder.join("empty.cnf"), "[req]\ndistinguished_name = dn\n[dn]\n").unwrap();
    let made = Command::new("sh").arg("-c").arg(AUTHORITY).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for key in ["prime256v1.key", "secp521r1.key"] {
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.join(key), private).unwrap();
    }
    true
}

#[test]
fn certificates_in_both_directions() {
    let Some(reference) = Reference::find() else { return };
    let session = Session::new();
    let authority = session.path("authority");
    if !make_authority(&authority) {
        return;
    }
    let folder = checkout(&session);
    let (mut verify, mut sign) = (Vec::new(), Vec::new());
    for curve in ["prime256v1", "secp521r1"] {
        let by_them = session.path(format!("{curve}.them.sig"));
        session.ok(&format!(
            "sign checkout --method certificate --private-key authority/{curve}.key \
             --signing-certificate authority/{curve}.pem \
             --certificate-chain authority/between.pem --signature {curve}.us.sig"
        ));
        verify.push(json!({
            "do": "verify", "model": folder, "signature": session.path(format!("{curve}.us.sig")),
            "chain": [authority.join("root.pem")],
        }));
        sign.push(json!({
            "do": "sign", "model": folder, "signature": by_them,
            "private_key": authority.join(format!("{curve}.key")),
            "certificate": authority.join(format!("{curve}.pem")),
            "chain": [authority.join("between.pem")],
        }));
    }
    reference.succeed(&[verify, sign].concat());
    let roots = "--method certificate --certificate-chain authority/root.pem";
    for signature in ["prime256v1.us", "prime256v1.them", "secp521r1.us", "secp521r1.them"] {
        let line = format!("verify checkout --signature {signature}.sig {roots}");
        session.ok(&format!("{line} --identity alice@example.org"));
        session.fails(&format!("{line} --identity bob@example.org"), 11, "bob@example.org");
    }
    let line = "verify checkout --method certificate --signature prime256v1.us.sig";
    session.fails(line, 2, "there is no default root");
    session.fails(&format!("{line} --certificate-chain authority/between.pem"), 11, "root");
    std::fs::write(folder.join("evil.py"), "import os").unwrap();
    let line = format!("{line} --certificate-chain authority/root.pem");
    session.fails(&format!("{line} --identity alice@example.org"), 10, "evil.py");
}
