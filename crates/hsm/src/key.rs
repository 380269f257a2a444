//! One private key in one token, logged in.

use std::fmt;
use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Fault, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use modelseal_signing::{Curve, KeyError, PublicKey, SigningKey};

use crate::{HsmError, Pkcs11Uri};

/// Where systems keep modules, for `module-name`.
const MODULE_FOLDERS: [&str; 8] = [
    "/usr/lib64/pkcs11",
    "/usr/lib/pkcs11",
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib/softhsm",
    "/usr/lib64",
    "/usr/local/lib",
    "/opt/homebrew/lib",
];

/// An ECDSA private key in a token; it stays logged in until it is dropped.
pub struct TokenKey {
    // Dropped before the module that it belongs to.
    session: Session,
    key: ObjectHandle,
    public: PublicKey,
    token: String,
    _module: Pkcs11,
}

impl TokenKey {
    /// Loads the module, logs in and finds the key.
    ///
    /// Without a `pin` a token with a key pad of its own asks for it there, and one that wants none
    /// is used as it is.
    ///
    /// # Errors
    /// [`HsmError`]; a PIN is tried once, since tokens count.
    pub fn open(uri: &Pkcs11Uri, pin: Option<&str>) -> Result<Self, HsmError> {
        let module = load(&module_file(uri)?)?;
        let (slot, info) = find_token(&module, uri)?;
        let session = module.open_ro_session(slot).map_err(device("open a session"))?;
        log_in(&session, &info, pin)?;
        let (key, public) = find_key(&session, uri)?;
        let token = label(&info);
        Ok(Self { session, key, public, token, _module: module })
    }

    /// The label of the token.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl SigningKey for TokenKey {
    fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let curve = self.public.curve();
        let raw = self
            .session
            .sign(&Mechanism::Ecdsa, self.key, &curve.hash(message))
            .map_err(|fault| KeyError::Device(describe(&fault)))?;
        curve.signature_from_raw(&raw)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({} in {:?})", self.public.fingerprint(), self.token)
    }
}

fn module_file(uri: &Pkcs11Uri) -> Result<PathBuf, HsmError> {
    if let Some(path) = &uri.module_path {
        return Ok(path.clone());
    }
    let name = uri.module_name.as_ref().ok_or(HsmError::NoModule)?;
    let files =
        [format!("{name}.so"), format!("lib{name}.so"), format!("{name}.dylib"), name.clone()];
    MODULE_FOLDERS
        .iter()
        .flat_map(|folder| files.iter().map(move |file| Path::new(folder).join(file)))
        .find(|path| path.is_file())
        .ok_or_else(|| HsmError::ModuleNotFound {
            name: name.clone(),
            folders: MODULE_FOLDERS.to_vec(),
        })
}

fn load(path: &Path) -> Result<Pkcs11, HsmError> {
    let failed =
        |fault: Fault| HsmError::Module { path: path.to_owned(), reason: describe(&fault) };
    let module = Pkcs11::new(path).map_err(failed)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another key of this process has started the module already.
        Ok(()) | Err(Fault::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(fault) => Err(failed(fault)),
    }
}

fn find_token(module: &Pkcs11, uri: &Pkcs11Uri) -> Result<(Slot, TokenInfo), HsmError> {
    let slots = module.get_slots_with_token().map_err(device("list its slots"))?;
    let (mut tokens, mut fitting) = (Vec::new(), Vec::new());
    for slot in slots {
        let Ok(info) = module.get_token_info(slot) else { continue };
        if !info.token_initialized() {
            continue;
        }
        tokens.push(format!(
            "{:?} (serial {}, slot-id {})",
            label(&info),
            info.serial_number().trim_end(),
            slot.id()
        ));
        let fits = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found.trim_end())
        };
        if fits(&uri.token, info.label())
            && fits(&uri.manufacturer, info.manufacturer_id())
            && fits(&uri.serial, info.serial_number())
            && fits(&uri.model, info.model())
            && uri.slot_id.is_none_or(|wanted| wanted == slot.id())
        {
            fitting.push((slot, info));
        }
    }
    let found = fitting.len();
    match <[_; 1]>::try_from(fitting) {
        Ok([one]) => Ok(one),
        Err(_) => Err(HsmError::Token { found, tokens }),
    }
}

fn log_in(session: &Session, info: &TokenInfo, pin: Option<&str>) -> Result<(), HsmError> {
    if !info.login_required() {
        return Ok(());
    }
    if pin.is_none() && !info.protected_authentication_path() {
        return Err(HsmError::PinMissing { token: label(info) });
    }
    let pin = pin.map(AuthPin::from);
    match session.login(UserType::User, pin.as_ref()) {
        Ok(()) | Err(Fault::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(fault) => Err(HsmError::Pin { token: label(info), reason: describe(&fault) }),
    }
}

fn find_key(session: &Session, uri: &Pkcs11Uri) -> Result<(ObjectHandle, PublicKey), HsmError> {
    let mut wanted =
        vec![Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::KeyType(KeyType::EC)];
    wanted.extend(uri.object.iter().map(|name| Attribute::Label(name.clone().into_bytes())));
    wanted.extend(uri.id.iter().map(|id| Attribute::Id(id.clone())));
    let keys = session.find_objects(&wanted).map_err(device("search for the key"))?;
    let &[key] = keys.as_slice() else { return Err(HsmError::Key { found: keys.len() }) };

    let (mut id, mut parameters) = (Vec::new(), Vec::new());
    let attributes = session
        .get_attributes(key, &[AttributeType::Id, AttributeType::EcParams])
        .map_err(device("describe the key"))?;
    for attribute in attributes {
        match attribute {
            Attribute::Id(value) => id = value,
            Attribute::EcParams(value) => parameters = value,
            _ => {}
        }
    }
    let curve = curve(&parameters)?;
    let point = point(session, id, curve)?;
    let public = PublicKey::from_point(curve, &point).map_err(HsmError::PublicKey)?;
    Ok((key, public))
}

/// The curve of `CKA_EC_PARAMS`: the DER of an object identifier (RFC 5480 section 2.1.1.1).
fn curve(parameters: &[u8]) -> Result<Curve, HsmError> {
    match parameters {
        b"\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07" => Ok(Curve::P256),
        b"\x06\x05\x2B\x81\x04\x00\x22" => Ok(Curve::P384),
        b"\x06\x05\x2B\x81\x04\x00\x23" => Ok(Curve::P521),
        other => Err(HsmError::Curve {
            found: other.iter().take(40).map(|byte| format!("{byte:02x}")).collect(),
        }),
    }
}

/// The point of the public key with the same id. Private keys need not tell theirs.
fn point(session: &Session, id: Vec<u8>, curve: Curve) -> Result<Vec<u8>, HsmError> {
    let wanted = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Id(id),
    ];
    let found = session.find_objects(&wanted).map_err(device("search for the public key"))?;
    let &[public] = found.as_slice() else { return Err(HsmError::NoPublicKey) };
    let attributes = session
        .get_attributes(public, &[AttributeType::EcPoint])
        .map_err(device("describe the public key"))?;
    let point = attributes.into_iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) => Some(point),
        _ => None,
    });
    let point = point.ok_or(HsmError::NoPublicKey)?;
    // The standard says a DER octet string; some tokens leave its header out.
    let bytes = 1 + 2 * curve.scalar_bytes();
    let header = point.len().saturating_sub(bytes);
    match &point[..header] {
        [] | [0x04, _] | [0x04, 0x81, _] => Ok(point[header..].to_vec()),
        _ => Ok(point),
    }
}

fn label(info: &TokenInfo) -> String {
    info.label().trim_end().to_owned()
}

fn device(action: &'static str) -> impl Fn(Fault) -> HsmError {
    move |fault| HsmError::Device { action, reason: describe(&fault) }
}

/// The fault in one line; the names of PKCS#11's own errors are what manuals are searched for.
fn describe(fault: &Fault) -> String {
    match fault {
        Fault::Pkcs11(error, function) => format!("{error:?} from C_{function:?}"),
        other => other.to_string(),
    }
}
