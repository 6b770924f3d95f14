//! The persons of an import, one at a time: each decoded where it lies, checked, and handed in.

use std::{collections::btree_map, io::Read};

use soap::xml::{
    Decode, Decoder, Violation, collect_element,
    records::{Records, StreamError},
};

use super::{
    super::Refusal,
    Detail, Finding, Version,
    catalogue::Code,
    findings::below_wrapper,
    lift, read,
    receive::{Known, Reading, persons},
    rules::{self, Spot},
};
use crate::{
    crosswalk::Trail,
    domain::{CivilId, Group, GroupKind, Member, Text, Tie, lend},
    source::intake::Mode,
};

impl Reading<'_> {
    /// Every person up to the end of the document.
    pub(super) fn people<R: Read>(&mut self, records: &mut Records<R>, source: &Text<'_>) -> Result<(), Refusal> {
        let mut trail = Trail::silent();
        loop {
            match records.next() {
                Ok(None) => return Ok(()),
                Ok(Some(decoder)) if self.mode == Mode::Delete => self.leaving(decoder)?,
                Ok(Some(decoder)) => self.person(decoder, source, &mut trail)?,
                Err(StreamError::Io(why)) => return Err(Refusal::Input(why)),
                Err(StreamError::Violation(violation)) => {
                    if self.findings.room() == 0 {
                        // Enough has been told, and what is no person may go on for ever.
                        self.findings.count();
                        return Ok(());
                    }
                    self.findings.note(*violation);
                    match records.pass() {
                        Ok(true) => {}
                        Ok(false) => return Ok(()),
                        Err(StreamError::Io(why)) => return Err(Refusal::Input(why)),
                        Err(StreamError::Violation(violation)) => {
                            self.findings.note(*violation);
                            return Ok(());
                        }
                    }
                }
            }
        }
    }

    fn person(&mut self, mut decoder: Decoder<'_>, source: &Text<'_>, trail: &mut Trail) -> Result<(), Refusal> {
        let decoded = match self.version {
            Version::V7 => Decode::decode(&mut decoder).map(lift::institution_person),
            Version::V8 => Decode::decode(&mut decoder),
        };
        let mut member = match decoded {
            Ok(person) => read::member(person, lend(source), trail),
            Err(violation) => {
                self.broken(&decoder, *violation);
                return Ok(());
            }
        };
        let id = member.local_id.as_deref().unwrap_or_default();
        self.once(&decoder, id);
        let wrong = rules::member(&member);
        for (code, spot) in &wrong {
            self.findings.note(at(&decoder, *spot, *code, Detail::None));
        }
        self.main_group(&decoder, &member)?;
        if wrong.iter().any(|it| it.0 == Code::AliasMissing) {
            // Whoever was here before leaves, as from a full import: what is kept of the person is not protected.
            return match self.mode {
                Mode::Delta => self.hand_in(|intake| intake.remove(id).map(drop)),
                Mode::Full | Mode::Delete | Mode::Replica | Mode::Mirror => Ok(()),
            };
        }
        if let Some(Tie::Pupil(pupil)) = &mut member.tie {
            pupil.contacts.retain(|it| !rules::lacks_alias(&it.person));
        }
        self.hand_in(|intake| intake.member(&member))?;
        self.reception.told.member_and_contacts(&member);
        if self.version == Version::V7 && self.intake.is_some() {
            self.numbers.push(member.person.and_then(|it| it.civil_id).map(CivilId::into_owned));
        }
        Ok(())
    }

    fn leaving(&mut self, mut decoder: Decoder<'_>) -> Result<(), Refusal> {
        let decoded = match self.version {
            Version::V7 => Decode::decode(&mut decoder).map(lift::leaving),
            Version::V8 => Decode::decode(&mut decoder),
        };
        let id = match decoded {
            Ok(person) => read::leaving(person),
            Err(violation) => {
                self.broken(&decoder, *violation);
                return Ok(());
            }
        };
        self.once(&decoder, &id);
        self.reception.told.somebody();
        let mut there = true;
        self.hand_in(|intake| {
            there = intake.remove(&id)?;
            Ok(())
        })?;
        if !there {
            self.findings.note(at(&decoder, Spot::LOCAL_ID, Code::LocalIdUnknown, Detail::None));
        }
        Ok(())
    }

    /// Notes all that is wrong with a person that breaks its type.
    fn broken(&mut self, decoder: &Decoder<'_>, first: Violation) {
        if self.findings.room() == 0 {
            return self.findings.count();
        }
        let [import, delete] = persons(self.version);
        let item = if self.mode == Mode::Delete { delete } else { import };
        let mut again = decoder.again();
        let found = match again.root() {
            Ok(()) => collect_element(&mut again, item.kind, self.findings.room() + 1),
            Err(violation) => vec![*violation],
        };
        let found = if found.is_empty() { vec![first] } else { found };
        for violation in found {
            self.findings.note(violation);
        }
    }

    /// Notes a local id that was in the document before.
    fn once(&mut self, decoder: &Decoder<'_>, id: &str) {
        let line = decoder.place(0).line;
        match self.seen.entry(id.into()) {
            btree_map::Entry::Vacant(entry) => {
                entry.insert(line);
            }
            btree_map::Entry::Occupied(first) => {
                self.findings.note(at(decoder, Spot::LOCAL_ID, Code::LocalIdTwice, Detail::First(*first.get())));
            }
        }
    }

    /// The main group of a pupil must be one.
    fn main_group(&mut self, decoder: &Decoder<'_>, member: &Member<'_>) -> Result<(), Refusal> {
        let Some(Tie::Pupil(pupil)) = &member.tie else { return Ok(()) };
        let key = &*pupil.enrolment.main_group;
        let known = match self.groups.get(key) {
            Some(known) => *known,
            None => match self.asked(key)? {
                Some(known) => known,
                // There is nobody to ask.
                None => return Ok(()),
            },
        };
        let code = match known {
            Known::Kind(GroupKind::Main) | Known::Unreadable => return Ok(()),
            Known::Nowhere if self.reception.implicit_main_groups => {
                let group = Group {
                    id: lend(&pupil.enrolment.main_group),
                    name: Some(lend(&pupil.enrolment.main_group)),
                    kind: GroupKind::Main,
                    grade: pupil.enrolment.grade,
                    line: None,
                    from: None,
                    to: None,
                    since: None,
                };
                self.groups.insert(key.to_owned(), Known::Kind(GroupKind::Main));
                return self.hand_in(|intake| intake.group(&group));
            }
            Known::Nowhere => Code::MainGroupUnknown,
            Known::Kind(_) => Code::MainGroupKind,
        };
        self.findings.note(at(decoder, Spot::MAIN_GROUP, code, Detail::None));
        Ok(())
    }

    /// What the store knows of a group that is not in the document.
    fn asked(&mut self, key: &str) -> Result<Option<Known>, Refusal> {
        let Some(intake) = self.intake.as_deref_mut() else { return Ok(None) };
        match intake.group_kind(key) {
            Ok(kind) => {
                let known = kind.map_or(Known::Nowhere, Known::Kind);
                self.groups.insert(key.to_owned(), known);
                Ok(Some(known))
            }
            Err(error) => self.failed(error).map(|()| None),
        }
    }
}

/// A finding in a person's element, at the element it is about, or as near to it as there is one.
fn at(decoder: &Decoder<'_>, spot: Spot, code: Code, detail: Detail) -> Finding {
    let mut decoder = decoder.again();
    let mut found = decoder.root().is_ok();
    let mut place = decoder.place(decoder.offset());
    let mut path = decoder.path();
    for (step, nth) in spot.steps() {
        path.push('/');
        path.push_str(step);
        if let Some(nth) = nth {
            path.push_str(&format!("[{}]", nth + 1));
        }
        found = found && child(&mut decoder, step, nth.unwrap_or(0));
        if found {
            place = decoder.place(decoder.offset());
        }
    }
    Finding { code, place: Some(place), path: below_wrapper(&path).to_owned(), detail }
}

/// Moves into one of the children with a name.
fn child(decoder: &mut Decoder<'_>, local: &str, nth: usize) -> bool {
    let mut before = 0;
    while let Ok(true) = decoder.child(local) {
        if decoder.name().1 == local {
            if before == nth {
                return true;
            }
            before += 1;
        }
        if decoder.skip().is_err() {
            return false;
        }
    }
    false
}
