//! Reading rosters of any contract, person by person.

use std::path::Path;

use soap::xml::records::StreamError;

use super::{Failure, name, progress};
use crate::{
    crosswalk::Trail,
    domain::{Member, Roster},
    standards::unilogin::stream,
};

/// What comes out of a document, in its order.
pub(super) enum Part<'p> {
    /// The institution with its groups, and nobody in it.
    Head(&'p Roster<'static>),
    /// One person.
    Member(&'p Member<'p>),
}

/// Reads an export and hands on what it tells.
pub(super) fn read(path: &Path, told: &mut dyn FnMut(Part<'_>)) -> Result<(), Failure> {
    let mut trail = Trail::silent();
    let wrong = |error| failed(path, error);
    let (head, mut members) = stream::Reader::open(progress::input(Some(path))?, &mut trail).map_err(wrong)?;
    told(Part::Head(&head));
    while let Some(member) = members.next(&mut trail).map_err(wrong)? {
        told(Part::Member(&member));
    }
    Ok(())
}

/// A document that ended early: which, where, why.
pub(super) fn failed(path: &Path, error: StreamError) -> Failure {
    let name = name(Some(path));
    match error {
        StreamError::Violation(violation) => Failure::Input(format!("{name}:{violation}")),
        StreamError::Io(why) => Failure::Io(name, why),
    }
}
