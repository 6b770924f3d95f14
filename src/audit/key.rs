//! The key of the log: it makes the marks of people, and chains the records.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    domain::{CivilId, UserId},
    source::told::{Mark, Marker},
};

/// What a record is chained by: the code of everything up to and with it.
pub(super) type Code = [u8; 32];

/// Two keys made of one secret, so that a mark is never a code.
#[derive(Clone)]
pub struct Key {
    marks: Hmac<Sha256>,
    chain: Hmac<Sha256>,
}

impl Key {
    /// The keys of a secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let key = |purpose: &[u8]| keyed(&keyed(secret).chain_update(purpose).finalize().into_bytes());
        Self { marks: key(b"marks of people"), chain: key(b"chain of records") }
    }

    /// A new one that nobody keeps.
    #[must_use]
    pub fn random() -> Self {
        Self::new(&random())
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// A file that cannot be read, or holds something else.
    pub fn read(path: &Path) -> io::Result<Self> {
        read(path, &fs::read_to_string(path)?)
    }

    /// Reads a key file, or makes it, for the owner only; of several processes that make it at once one succeeds and all read its key.
    ///
    /// # Errors
    /// A file that cannot be read or made, or holds something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => read(path, &text),
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                make(path)?;
                read(path, &fs::read_to_string(path)?)
            }
            Err(why) => Err(why),
        }
    }

    /// The code of a record after the one with the code `before`.
    pub(super) fn code(&self, before: &Code, record: &[u8]) -> Code {
        self.chain.clone().chain_update(before).chain_update(record).finalize().into_bytes().into()
    }

    /// Whether it is the code of the record.
    pub(super) fn is_code(&self, code: &Code, before: &Code, record: &[u8]) -> bool {
        self.code(before, record).ct_eq(code).into()
    }

    fn mark(&self, kind: &[u8], whose: &str, text: &str) -> Mark {
        let mut mac = self.marks.clone();
        for part in [kind, whose.as_bytes(), text.as_bytes()] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        let mut mark = [0; 16];
        mark.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        mark
    }
}

impl Marker for Key {
    fn number(&self, number: &CivilId<'_>) -> Option<Mark> {
        let text = number.canonical();
        let is_nobodys = text.is_empty() || number.is_placeholder();
        (!is_nobodys).then(|| self.mark(b"number", number.country().as_str(), &text))
    }

    fn user(&self, user: &UserId<'_>) -> Mark {
        self.mark(b"user", "", &user.as_str().to_ascii_lowercase())
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length")
}

fn read(path: &Path, text: &str) -> io::Result<Key> {
    let others = fs::metadata(path)?.permissions().mode() & 0o077;
    if others != 0 {
        tracing::warn!("{}: others may read the key of the audit log; chmod 600 it", path.display());
    }
    let secret = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok().and_then(|it| it.try_into().ok());
    let secret: [u8; 32] = secret.ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, "a key file holds 64 hexadecimal digits and nothing else")
    })?;
    Ok(Key::new(&secret))
}

/// The file gets its name when it is whole, and never takes the place of another.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", HEXLOWER.encode(&random()))?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => File::open(folder)?.sync_all(),
        Err(why) if why.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(why) => Err(why.error),
    }
}

fn random() -> [u8; 32] {
    let mut hash = Sha256::new();
    for _ in 0..4 {
        hash.update(Uuid::new_v4());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CivilIdKind, CountryCode, Person, PersonName};

    fn number(text: &str) -> CivilId<'_> {
        CivilId::new(text, CivilIdKind::Unknown, CountryCode::DK)
    }

    #[test]
    fn a_number_has_one_mark_however_it_is_written_and_under_each_key_another() {
        let key = Key::new(&[7; 32]);
        let mark = |it| key.number(&number(it));
        assert_eq!(mark("670101-4001"), mark(" 6701014001"));
        assert_ne!(mark("6701014001"), mark("6701014002"));
        assert_ne!(mark("6701014001"), Key::new(&[8; 32]).number(&number("6701014001")));
        assert_ne!(mark("6701014001"), Some(key.user(&UserId::new("6701014001"))));
        assert_eq!((mark("0000000000"), mark(" - ")), (None, None));
    }

    #[test]
    fn a_person_is_marked_by_number_and_without_one_by_user_id() {
        let key = Key::random();
        let mut anna = Person::named(PersonName::new("Anna", "Eksempel"));
        assert_eq!(key.person(&anna), None);
        anna.user_id = Some(UserId::new("ANNA0001"));
        assert_eq!(key.person(&anna), Some(key.user(&UserId::new("anna0001"))));
        anna.civil_id = Some(number("0000000000"));
        assert_eq!(key.person(&anna), Some(key.user(&UserId::new("anna0001"))), "ten zeros are nobody");
        anna.civil_id = Some(number("6701014001"));
        assert_eq!(key.person(&anna), key.number(&number("670101-4001")));
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("audit.key");
        let made = Key::open(&path).unwrap().user(&UserId::new("x"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Key::open(&path).unwrap().user(&UserId::new("x")), made);
        fs::write(&path, "0011").unwrap();
        assert_eq!(Key::open(&path).map(drop).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
