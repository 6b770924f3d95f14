//! Taking an import in: whose it is, what it says, what is wrong with it, and what became of it.

use std::{collections::BTreeMap, io::Read};

use contracts::unilogin::wsaimport::{
    v7,
    v8::{delete, import},
};
use soap::{
    Envelope,
    envelope::EnvelopeError,
    schema::{Content, Element, Item, NamespaceId, Type},
    xml::{
        Decoder, Lengths, Result as Decoded, Violation, namespace,
        records::{Records, StreamError},
    },
};

use super::{
    super::{Authentication, Refusal, dialect::Dialect, lift::Credentials, serve::import::SERVICE},
    Detail, Finding, Version,
    answer::{Answer, Imported, Verdict},
    catalogue::Code,
    findings::Findings,
    head::{self, Declared, Head, Opened},
    rules,
};
use crate::{
    caller::Caller,
    domain::{CivilId, GroupKind, ImportSource, OrganisationNumber, Text},
    source::{
        intake::{Heading, Intake, IntakeError, Keeper, Mode, Outcome},
        told::Told,
    },
};

/// Who takes imports in, and what an installation chooses about them.
#[derive(Clone, Copy)]
pub struct Reception<'k> {
    /// Who keeps what is handed in. Without one a document is only checked, as far as that is possible.
    pub keeper: Option<&'k dyn Keeper>,
    /// The names on the wire.
    pub dialect: &'k Dialect,
    /// Whether a main group that nobody knows is made, with the level of the first pupil who is in it. The contract says
    /// that groups may be made by being referred to, and that a main group must be one: without this it must be declared.
    pub implicit_main_groups: bool,
    /// Let go of more people than the keeper's guard allows.
    pub confirmed: bool,
    /// Asked when the document has been read and before anything of it is kept.
    pub proven: Proven<'k>,
    /// Where it is noted whose data are handed in.
    pub told: &'k Told,
}

/// Whether what has been read is what its sender has signed.
pub type Proven<'k> = &'k dyn Fn() -> Result<(), Refusal>;

/// Where nobody needs to have signed.
///
/// # Errors
/// None.
pub fn unsigned() -> Result<(), Refusal> {
    Ok(())
}

/// The persons of documents of every version, and of messages around them.
#[must_use]
pub fn records<R: Read>(input: R, dialect: &Dialect) -> Records<R> {
    let names: Vec<(NamespaceId, &str)> =
        Version::ALL.into_iter().flat_map(persons).map(|it| (it.name.namespace, it.name.local)).collect();
    Records::new(input, dialect.namespaces, &names).with_lengths(Lengths::Utf8Bytes)
}

/// The persons of imports and of deletions.
pub(super) fn persons(version: Version) -> [&'static Item; 2] {
    let find = |of: &'static Type| -> &'static Item {
        let Content::Elements(model) = &of.content else { panic!("an institution has elements") };
        model.items.iter().find(|it| it.name.local == "InstitutionPerson").expect("every institution has persons")
    };
    match version {
        Version::V7 => [find(&v7::import::INSTITUTION_IMPORT), find(&v7::delete::INSTITUTION_DELETE)],
        Version::V8 => [find(&import::INSTITUTION_IMPORT), find(&delete::INSTITUTION_DELETE)],
    }
}

/// Takes in the document of a message. The decoder stands in the element of `operation`, over what `records` told as its
/// head; `identify` says who sends the message, by the credentials in it where it has some.
///
/// What is wrong with the message around the document is a refusal; what is wrong with the document is in the answer.
///
/// # Errors
/// A message that breaks its contract, a sender who is not known or has no agreement with the institution, input that
/// cannot be read, a store that fails.
pub fn message<'c, R: Read>(
    version: Version,
    mode: Mode,
    operation: &'static Element,
    decoder: Decoder<'_>,
    records: &mut Records<R>,
    identify: impl FnOnce(Option<Credentials<'_>>) -> Result<&'c Caller, Refusal>,
    reception: Reception<'_>,
) -> Result<Answer, Refusal> {
    let mut decoder = decoder.with_lengths(Lengths::Utf8Bytes);
    let credentials = head::unwrap(&mut decoder, operation)?;
    let caller = identify(credentials)?;
    let reading = Reading::new(version, mode, reception);
    match head::enter(decoder, version, mode, reception.dialect) {
        Ok(opened) => reading.all(opened, records, Some(caller)),
        Err(violation) => reading.refuse(*violation),
    }
}

/// Takes in a document that nobody need be asked about: bare, or in a message. A bare import does what `mode` says, and
/// what cannot be recognised is answered in the words of `version`.
///
/// # Errors
/// Input that cannot be read, a store that fails.
pub fn receive<R: Read>(input: R, version: Version, mode: Mode, reception: Reception<'_>) -> Result<Answer, Refusal> {
    let mut records = records(input, reception.dialect);
    let mut reading = Reading::new(version, mode, reception);
    let text = match records.head() {
        Ok(text) => text,
        Err(StreamError::Violation(violation)) => return reading.refuse(*violation),
        Err(StreamError::Io(why)) => return Err(Refusal::Input(why)),
    };
    match open(&text, mode, reception.dialect) {
        Ok(opened) => {
            (reading.version, reading.mode) = (opened.version, opened.mode);
            reading.all(opened, &mut records, None)
        }
        Err(violation) => reading.refuse(*violation),
    }
}

/// Goes into the document of a text, through whatever message is around it.
pub(super) fn open<'a>(text: &'a str, mode: Mode, dialect: &Dialect) -> Decoded<Opened<'a>> {
    let fresh = || Decoder::new(text, dialect.namespaces).with_lengths(Lengths::Utf8Bytes);
    let mut decoder = fresh();
    decoder.root()?;
    if matches!(decoder.name(), (namespace::SOAP11 | namespace::SOAP12, "Envelope")) {
        decoder = fresh();
        match Envelope::open(&mut decoder, |_, _| true) {
            Ok(_) => {}
            Err(EnvelopeError::Violation(_, violation) | EnvelopeError::Version(violation)) => return Err(violation),
            // Every mandatory header was said to be understood.
            Err(EnvelopeError::NotUnderstood(..)) => return Err(decoder.unreachable()),
        }
    }
    for (version, contract) in
        [(Version::V8, &contracts::unilogin::wsaimport::v8::CONTRACT), (Version::V7, &v7::CONTRACT)]
    {
        let asked = |it: &&Element| (it.name.namespace, it.name.local) == decoder.name();
        let place = contract.operations.iter().position(|it| asked(&it.input));
        if let Some((place, mode)) = place.and_then(|it| Some((it, head::mode_of(contract, it)?))) {
            head::unwrap(&mut decoder, contract.operations[place].input)?;
            return head::enter(decoder, version, mode, dialect);
        }
    }
    head::enter_bare(decoder, mode, dialect)
}

/// What is known of a group.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    /// What it is.
    Kind(GroupKind),
    /// It is in the document, but broken: nothing more is said about it.
    Unreadable,
    /// Nobody has it.
    Nowhere,
}

/// What is known while a document is read.
pub(super) struct Reading<'k> {
    pub(super) version: Version,
    pub(super) mode: Mode,
    pub(super) reception: Reception<'k>,
    pub(super) findings: Findings,
    /// Where things are handed in. Nothing where nobody keeps them, or where it is clear that nobody will.
    pub(super) intake: Option<Box<dyn Intake + 'k>>,
    /// Why nothing will be kept although nothing is wrong with the document.
    pub(super) refused: Option<Verdict>,
    /// The groups of the document, and those that were asked for, by their keys.
    pub(super) groups: BTreeMap<String, Known>,
    /// Local ids of the document and the lines where they stand.
    pub(super) seen: BTreeMap<Box<str>, u64>,
    /// What the answer of version 7 tells of each person that was handed in.
    pub(super) numbers: Vec<Option<CivilId<'static>>>,
}

impl<'k> Reading<'k> {
    fn new(version: Version, mode: Mode, reception: Reception<'k>) -> Self {
        Self {
            version,
            mode,
            reception,
            findings: Findings::default(),
            intake: None,
            refused: None,
            groups: BTreeMap::new(),
            seen: BTreeMap::new(),
            numbers: Vec::new(),
        }
    }

    /// A document that could not be entered.
    fn refuse(mut self, violation: Violation) -> Result<Answer, Refusal> {
        self.findings.note(violation);
        self.finish()
    }

    fn all<R: Read>(
        mut self,
        mut opened: Opened<'_>,
        records: &mut Records<R>,
        caller: Option<&Caller>,
    ) -> Result<Answer, Refusal> {
        let head = head::read(&mut opened, records.has_record(), &mut self.findings);
        if let (Some(caller), Some(number)) = (caller, &head.number)
            && !caller.rights.agrees(SERVICE, OrganisationNumber::new(&**number).as_str())
        {
            self.reception.told.refused_at(number);
            return Err(Authentication::Rights.into());
        }
        self.judge(&head);
        self.begin(&head)?;
        for declared in &head.groups {
            self.hand_in_group(declared)?;
        }
        let source = head.source.map_or_else(Text::default, |it| it.source);
        drop(opened);
        self.people(records, &source)?;
        self.finish()
    }

    /// The rules about the head.
    fn judge(&mut self, head: &Head<'_>) {
        let root = root_of(self.mode);
        let finding = |code, place, steps: &str| Finding {
            code,
            place: Some(place),
            path: format!("/{root}{steps}"),
            detail: Detail::None,
        };
        if head.source.as_ref().is_some_and(|it| !rules::is_school_year(it.school_year)) {
            self.findings.note(finding(Code::SchoolYear, head.place, "/@schoolYear"));
        }
        for Declared { place, id, group, wrong } in &head.groups {
            let known = group.as_ref().map_or(Known::Unreadable, |it| Known::Kind(it.kind));
            let before = id.as_ref().and_then(|it| self.groups.insert(it.to_string(), known));
            if before.is_some() {
                self.findings.note(finding(Code::GroupTwice, *place, "/Institution/Group/GroupId"));
            }
            if let Some((code, place, step)) = wrong {
                self.findings.note(finding(*code, *place, &format!("/Institution/Group/{step}")));
            }
        }
    }

    /// Opens the intake, if the document can be understood so far.
    fn begin(&mut self, head: &Head<'_>) -> Result<(), Refusal> {
        let (Some(source), Some(number)) = (&head.source, &head.number) else {
            if !self.findings.are_errors() {
                // The schema found nothing wrong, so this is no mistake of the document; nothing may be said to be kept.
                let (code, place) = (Code::Internal, Some(head.place));
                self.findings.note(Finding { code, place, path: String::new(), detail: Detail::None });
            }
            return Ok(());
        };
        let Some(keeper) = self.reception.keeper else { return Ok(()) };
        let ImportSource { source, extracted_at, school_year } = source.clone();
        let heading = Heading {
            mode: self.mode,
            institution: OrganisationNumber::new(number.to_string()),
            name: head.name.as_ref().map(|it| it.to_string()),
            sources: vec![ImportSource { source: source.into_owned().into(), extracted_at, school_year }],
            confirmed: self.reception.confirmed,
        };
        match keeper.begin(heading) {
            Ok(intake) => {
                self.reception.told.at(&OrganisationNumber::new(&**number));
                self.intake = Some(intake);
            }
            Err(IntakeError::Outdated { last }) => {
                let place = Some(head.place);
                self.findings.note(Finding {
                    code: Code::Outdated,
                    place,
                    path: String::new(),
                    detail: Detail::Last(last),
                });
                self.refused = Some(Verdict::Outdated);
            }
            Err(error) => self.failed(error)?,
        }
        Ok(())
    }

    /// A store that is full refuses the import; everything else ends it.
    pub(super) fn failed(&mut self, error: IntakeError) -> Result<(), Refusal> {
        self.intake = None;
        match error {
            IntakeError::Full => {
                self.findings.note(Finding {
                    code: Code::Full,
                    place: None,
                    path: String::new(),
                    detail: Detail::None,
                });
                self.refused = Some(Verdict::Full);
                Ok(())
            }
            error @ (IntakeError::Outdated { .. } | IntakeError::Failed(_)) => Err(Refusal::Intake(error)),
        }
    }

    fn hand_in_group(&mut self, declared: &Declared<'_>) -> Result<(), Refusal> {
        match &declared.group {
            Some(group) => self.hand_in(|intake| intake.group(group)),
            None => Ok(()),
        }
    }

    /// Hands something in, unless it is clear already that nothing will be kept.
    pub(super) fn hand_in(
        &mut self,
        what: impl FnOnce(&mut (dyn Intake + 'k)) -> Result<(), IntakeError>,
    ) -> Result<(), Refusal> {
        if self.findings.are_errors() {
            return Ok(());
        }
        match self.intake.as_deref_mut().map(what) {
            Some(Err(error)) => self.failed(error),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Makes it so, if nothing is in the way.
    fn finish(mut self) -> Result<Answer, Refusal> {
        let (mut verdict, mut people) = (Verdict::Valid, Vec::new());
        if !self.findings.are_errors()
            && let Some(intake) = self.intake.take()
        {
            (self.reception.proven)()?;
            match intake.commit() {
                Ok(Outcome::Done(receipt)) => {
                    verdict = if self.findings.are_refusals() { Verdict::Partly } else { Verdict::Done };
                    let numbers = self.numbers.drain(..).chain(std::iter::repeat(None));
                    let imported = |((local_id, user_id), civil_id)| Imported { local_id, user_id, civil_id };
                    people = receipt.people.into_iter().zip(numbers).map(imported).collect();
                }
                Ok(Outcome::Held { leaving, of }) => {
                    verdict = Verdict::Held;
                    let detail = Detail::Leaving(leaving, of);
                    self.findings.note(Finding { code: Code::Held, place: None, path: String::new(), detail });
                }
                Err(error) => self.failed(error)?,
            }
        }
        if self.findings.are_errors() {
            verdict = self.refused.filter(|_| !self.findings.are_mistakes()).unwrap_or(Verdict::Refused);
        }
        Ok(Answer { version: self.version, mode: self.mode, verdict, findings: self.findings.finish(), people })
    }
}

const fn root_of(mode: Mode) -> &'static str {
    match mode {
        Mode::Delete => "UNILoginDelete",
        Mode::Full | Mode::Delta | Mode::Replica | Mode::Mirror => "UNILoginImport",
    }
}
