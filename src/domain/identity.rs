//! Who and what is meant: numbers and keys of persons and organisations, and how shy each of them is.

use std::{borrow::Cow, cmp::Ordering, fmt};

use chrono::NaiveDate;

use super::{Text, lend, own};

/// The register's number of an institution: at most six letters and digits there, upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrganisationNumber<'a>(Text<'a>);

impl<'a> OrganisationNumber<'a> {
    /// Takes the number as it is written, without blanks around it and in upper case.
    pub fn new(text: impl Into<Text<'a>>) -> Self {
        let text = trim(text.into());
        Self(if text.bytes().any(|it| it.is_ascii_lowercase()) { Cow::Owned(text.to_ascii_uppercase()) } else { text })
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the form of the Danish register: one to six letters or digits.
    pub fn fits_register(&self) -> bool {
        (1..=6).contains(&self.0.len()) && self.0.bytes().all(|it| it.is_ascii_alphanumeric())
    }

    /// The same number, borrowed.
    pub fn lend(&self) -> OrganisationNumber<'_> {
        OrganisationNumber(lend(&self.0))
    }

    /// The text inside.
    pub fn into_text(self) -> Text<'a> {
        self.0
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> OrganisationNumber<'static> {
        OrganisationNumber(own(self.0))
    }
}

/// A user's id at the login service, one for a person wherever the person goes. Letter case is kept but means nothing.
#[derive(Debug, Clone)]
pub struct UserId<'a>(Text<'a>);

impl<'a> UserId<'a> {
    /// Takes the id as it is written, without blanks around it.
    pub fn new(text: impl Into<Text<'a>>) -> Self {
        Self(trim(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number that ids which are equal share, and others hardly ever do.
    pub fn digest(&self) -> u64 {
        digest(self.0.bytes().map(|it| it.to_ascii_lowercase()))
    }

    /// The same id, borrowed.
    pub fn lend(&self) -> UserId<'_> {
        UserId(lend(&self.0))
    }

    /// The text inside.
    pub fn into_text(self) -> Text<'a> {
        self.0
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> UserId<'static> {
        UserId(own(self.0))
    }
}

impl PartialEq for UserId<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for UserId<'_> {}

impl PartialOrd for UserId<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UserId<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |it: u8| it.to_ascii_lowercase();
        self.0.bytes().map(lower).cmp(other.0.bytes().map(lower))
    }
}

/// A person's key in the local system that a source speaks for. Unique within institution and source, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalId<'a> {
    /// Which source gave it.
    pub source: Text<'a>,
    /// The key there.
    pub value: Text<'a>,
}

/// Two capital letters of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// Denmark.
    pub const DK: Self = Self(*b"DK");
    /// Sweden.
    pub const SE: Self = Self(*b"SE");
    /// Norway.
    pub const NO: Self = Self(*b"NO");

    /// Two ASCII letters, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match *text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How sure the number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CivilIdKind {
    /// The civil register knows it as this person's.
    Verified,
    /// It has the form of a register number; nobody asked the register.
    Unverified,
    /// Made up by an authority for somebody without a number. Two authorities may give the same one to two persons.
    Replacement,
    /// The source does not say.
    Unknown,
}

/// A national identity number. It has no `Display` and its `Debug` is silent about the digits: whoever wants them says [`CivilId::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct CivilId<'a> {
    number: Text<'a>,
    kind: CivilIdKind,
    country: CountryCode,
}

/// Why a text is no Danish civil registration number. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CivilIdError {
    /// Not ten characters, six digits first, with at most one hyphen after the sixth.
    Form,
    /// The first six digits and the seventh name no day of the calendar.
    Date,
}

impl fmt::Display for CivilIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "six digits for the birth date and four more characters are expected",
            Self::Date => "the first six digits are no date",
        })
    }
}

impl std::error::Error for CivilIdError {}

impl<'a> CivilId<'a> {
    /// Takes a number that a machine vouches for, as it stands.
    pub fn new(number: impl Into<Text<'a>>, kind: CivilIdKind, country: CountryCode) -> Self {
        Self { number: number.into(), kind, country }
    }

    /// Reads a Danish number as a person writes it, with or without hyphen.
    ///
    /// The check digit is not looked at: numbers that fail it have been given out since 2007. A day above 60 makes it a replacement number.
    pub fn danish(text: &'a str) -> Result<Self, CivilIdError> {
        let text = text.trim();
        let number: Text<'a> = match text.split_once('-') {
            Some((date, serial)) if date.len() == 6 => Cow::Owned(format!("{date}{serial}")),
            Some(_) => return Err(CivilIdError::Form),
            None => Cow::Borrowed(text),
        };
        let bytes = number.as_bytes();
        let tail = |it: &u8| it.is_ascii_digit() || it.is_ascii_uppercase();
        if bytes.len() != 10 || !bytes[..6].iter().all(u8::is_ascii_digit) || !bytes[6..].iter().all(tail) {
            return Err(CivilIdError::Form);
        }
        let kind = match bytes[0] {
            b'6'..=b'9' => CivilIdKind::Replacement,
            _ if !bytes[6..].iter().all(u8::is_ascii_digit) => CivilIdKind::Replacement,
            _ => CivilIdKind::Unverified,
        };
        let id = Self { number, kind, country: CountryCode::DK };
        if id.is_placeholder() || id.birth_date().is_some() || !id.is_digits() {
            Ok(id)
        } else {
            Err(CivilIdError::Date)
        }
    }

    /// The number itself. Ask for it only where it is written to somebody who may have it.
    pub fn reveal(&self) -> &str {
        &self.number
    }

    /// How sure it is.
    pub fn kind(&self) -> CivilIdKind {
        self.kind
    }

    /// Whose register it belongs to.
    pub fn country(&self) -> CountryCode {
        self.country
    }

    /// Ten digits, as every number of the Danish register has.
    pub fn is_digits(&self) -> bool {
        self.number.len() == 10 && self.number.bytes().all(|it| it.is_ascii_digit())
    }

    /// Ten zeros stand for "required, but unknown": they are nobody's number and must never be used to find a person.
    pub fn is_placeholder(&self) -> bool {
        let mut characters = self.characters().peekable();
        characters.peek().is_some() && characters.all(|it| it == b'0')
    }

    /// Orders numbers register by register. How sure they are, hyphens, blanks and letter case mean nothing.
    pub fn cmp_number(&self, other: &CivilId<'_>) -> Ordering {
        self.country.cmp(&other.country).then_with(|| self.characters().cmp(other.characters()))
    }

    /// A number that orders as [`CivilId::cmp_number`] does, but may be the same for two long ones that begin alike.
    pub(super) fn rank(&self) -> u128 {
        rank(self.country.0.into_iter().chain(self.characters()))
    }

    /// Whether both are one number of one register, however it is written.
    pub fn is_same_number(&self, other: &CivilId<'_>) -> bool {
        self.cmp_number(other).is_eq()
    }

    /// The number in the one form that all ways to write it share: without hyphens and blanks, in upper case.
    pub fn canonical(&self) -> String {
        self.characters().map(char::from).collect()
    }

    /// What the number is made of, without what only separates.
    fn characters(&self) -> impl Iterator<Item = u8> + '_ {
        self.number.bytes().filter(|it| !matches!(it, b'-' | b' ')).map(|it| it.to_ascii_uppercase())
    }

    /// The birth date that a Danish number states, century by the seventh digit.
    pub fn birth_date(&self) -> Option<NaiveDate> {
        if self.country != CountryCode::DK || !self.is_digits() {
            return None;
        }
        let digit = |at: usize| u32::from(self.number.as_bytes()[at] - b'0');
        let pair = |at: usize| digit(at) * 10 + digit(at + 1);
        let (day, month, year) = (pair(0), pair(2), pair(4));
        let century = match (digit(6), year) {
            (0..=3, _) | (4 | 9, 37..) => 1900,
            (4 | 9, _) | (5..=8, ..=57) => 2000,
            _ => 1800,
        };
        let day = if day > 60 { day - 60 } else { day };
        NaiveDate::from_ymd_opt(i32::try_from(century + year).ok()?, month, day)
    }

    /// The same number, borrowed.
    pub fn lend(&self) -> CivilId<'_> {
        CivilId { number: lend(&self.number), kind: self.kind, country: self.country }
    }

    /// The text inside, for a crossing that takes the value apart.
    pub fn into_revealed(self) -> Text<'a> {
        self.number
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> CivilId<'static> {
        let Self { number, kind, country } = self;
        CivilId { number: own(number), kind, country }
    }
}

impl fmt::Debug for CivilId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CivilId({:?} {:?}, withheld)", self.country, self.kind)
    }
}

/// The first sixteen bytes as a number.
fn rank(bytes: impl Iterator<Item = u8>) -> u128 {
    let mut first = [0; 16];
    first.iter_mut().zip(bytes).for_each(|(place, it)| *place = it);
    u128::from_be_bytes(first)
}

/// FNV-1a (Fowler, Noll, Vo): quick, and the same wherever it is asked. Nobody gains by making two keys share it: they are only
/// searched for longer.
pub fn digest(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |digest, it| (digest ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3))
}

fn trim(text: Text<'_>) -> Text<'_> {
    match text {
        Cow::Borrowed(it) => Cow::Borrowed(it.trim()),
        Cow::Owned(it) if it.trim().len() == it.len() => Cow::Owned(it),
        Cow::Owned(it) => Cow::Owned(it.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisation_numbers_are_upper_case_and_borrowed_when_they_can_be() {
        assert_eq!(OrganisationNumber::new(" a12345 ").as_str(), "A12345");
        assert!(matches!(OrganisationNumber::new("101001").into_text(), Cow::Borrowed(_)));
        assert!(OrganisationNumber::new("101001").fits_register());
        assert!(!OrganisationNumber::new("12345678").fits_register());
        assert!(!OrganisationNumber::new("").fits_register());
    }

    #[test]
    fn user_ids_are_one_in_any_letter_case() {
        assert_eq!(UserId::new("Anna0123"), UserId::new("anna0123 "));
        assert!(UserId::new("anna0123") < UserId::new("ANNA0124"));
        assert_eq!(UserId::new("Anna0123").as_str(), "Anna0123");
    }

    #[test]
    fn ranks_order_as_what_they_stand_for() {
        let numbers = ["", "670101-4001", "6701014001", "6701014002", "670101400a", "6701014001-6701014001-1"];
        let of = |it: &str, country| CivilId::new(it.to_owned(), CivilIdKind::Unknown, country);
        let all: Vec<_> = numbers.iter().flat_map(|it| [of(it, CountryCode::DK), of(it, CountryCode::SE)]).collect();
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            assert!(a.rank().cmp(&b.rank()).then_with(|| a.cmp_number(b)) == a.cmp_number(b));
        }
    }

    #[test]
    fn a_civil_id_never_prints_itself() {
        let id = CivilId::danish("670101-4001").unwrap();
        assert_eq!(format!("{id:?}"), "CivilId(DK Replacement, withheld)");
        assert_eq!(id.reveal(), "6701014001");
    }

    #[test]
    fn century_follows_the_seventh_digit() {
        let born = |it| CivilId::danish(it).unwrap().birth_date().unwrap().to_string();
        assert_eq!(born("6101363001"), "1936-01-01");
        assert_eq!(born("6101364001"), "2036-01-01");
        assert_eq!(born("6101374001"), "1937-01-01");
        assert_eq!(born("6101579001"), "1957-01-01");
        assert_eq!(born("6101575001"), "2057-01-01");
        assert_eq!(born("6101585001"), "1858-01-01");
    }

    #[test]
    fn dates_must_exist_in_their_own_year() {
        assert!(CivilId::danish("8902004001").is_ok(), "2000 was a leap year");
        assert_eq!(CivilId::danish("8902000001"), Err(CivilIdError::Date), "1900 was none");
        assert_eq!(CivilId::danish("6113004001"), Err(CivilIdError::Date));
        assert_eq!(CivilId::danish("61010040"), Err(CivilIdError::Form));
        assert_eq!(CivilId::danish("6101-004001"), Err(CivilIdError::Form));
    }

    #[test]
    fn ten_zeros_are_nobody() {
        let id = CivilId::danish("0000000000").unwrap();
        assert!(id.is_placeholder());
        assert_eq!(id.birth_date(), None);
        let of = |it: &'static str| CivilId::new(it, CivilIdKind::Unknown, CountryCode::DK);
        assert!(of("000000-0000").is_placeholder());
        assert!(!of("").is_placeholder() && !of("-").is_placeholder() && !of("0000000001").is_placeholder());
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let of = |it: &'static str, country| CivilId::new(it, CivilIdKind::Unverified, country);
        let id = CivilId::new("670101-400a", CivilIdKind::Verified, CountryCode::DK);
        assert!(id.is_same_number(&of("670101400A", CountryCode::DK)));
        assert!(!id.is_same_number(&of("670101400A", CountryCode::SE)), "another register");
        assert!(id.cmp_number(&of("6701014001", CountryCode::DK)).is_gt());
    }

    #[test]
    fn countries_are_two_letters() {
        assert_eq!(CountryCode::parse("dk"), Some(CountryCode::DK));
        assert_eq!(CountryCode::parse("DNK"), None);
        assert_eq!(CountryCode::parse("Ø"), None);
    }
}
