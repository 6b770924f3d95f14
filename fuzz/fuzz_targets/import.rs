//! Any bytes as an import or deletion of either version, bare or in a message: an answer that keeps to its contract, never a
//! panic. Whatever is taken in is the same however the bytes arrive.
#![no_main]

use std::io::{self, Read};

use contracts::unilogin::wsaimport::{v7, v8};
use libfuzzer_sys::fuzz_target;
use skolebro::{
    domain::{Group, GroupKind, Member, Organisation},
    source::intake::{Heading, Intake, IntakeError, Keeper, Mode, Outcome, Receipt},
    standards::unilogin::{
        dialect::Dialect,
        import::{self, Reception, Version, answer::Answer},
    },
};
use soap::xml::{Decoder, Writer, collect};

/// Keeps nothing.
struct Nobody;

impl Keeper for Nobody {
    fn begin(&self, _: Heading) -> Result<Box<dyn Intake + '_>, IntakeError> {
        Ok(Box::new(Nobody))
    }

    fn keep_organisations(&self, _: &[Organisation<'_>]) -> Result<usize, IntakeError> {
        Ok(0)
    }
}

impl Intake for Nobody {
    fn group_kind(&mut self, id: &str) -> Result<Option<GroupKind>, IntakeError> {
        Ok((id.len() % 2 == 0).then_some(GroupKind::Main))
    }

    fn group(&mut self, _: &Group<'_>) -> Result<(), IntakeError> {
        Ok(())
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), IntakeError> {
        assert!(member.local_id.is_some() && member.person.is_some() && member.tie.is_some());
        Ok(())
    }

    fn remove(&mut self, local_id: &str) -> Result<bool, IntakeError> {
        Ok(local_id.len() % 2 == 0)
    }

    fn commit(self: Box<Self>) -> Result<Outcome, IntakeError> {
        Ok(Outcome::Done(Receipt::default()))
    }
}

/// Hands out seven bytes at a time.
struct Slowly<'b>(&'b [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = out.len().min(self.0.len()).min(7);
        out[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn received(input: impl Read, keeper: Option<&dyn Keeper>) -> Answer {
    let dialect = Dialect::default();
    let reception = Reception {
        keeper,
        dialect: &dialect,
        implicit_main_groups: false,
        confirmed: false,
        proven: &import::unsigned,
        told: &skolebro::source::told::Told::default(),
    };
    import::receive(input, Version::V8, Mode::Delta, reception).expect("neither the input nor the keeper fails")
}

fuzz_target!(|bytes: &[u8]| {
    let answer = received(bytes, Some(&Nobody));
    assert_eq!(received(Slowly(bytes), Some(&Nobody)), answer);
    let _ = received(bytes, None);
    let mut writer = Writer::new(contracts::NAMESPACES);
    answer.write(&Dialect::default(), &mut writer);
    let written = writer.finish();
    let elements = if answer.version == Version::V7 { v7::CONTRACT.elements } else { v8::CONTRACT.elements };
    let mut decoder = Decoder::new(&written, contracts::NAMESPACES);
    assert_eq!(collect(&mut decoder, elements, 10), []);
});
