//! What an answer tells of people, noted while it is made: by marks, which say that two are the same and not who they are.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::{CivilId, Member, OrganisationNumber, Person, Snapshot, Tie, UserId};

/// Sixteen bytes that stand for somebody. Whoever has no key finds out nothing by them.
pub type Mark = [u8; 16];

/// Somebody who has the key of marks.
pub trait Marker: Send + Sync {
    /// The mark of whoever has this number. Nothing for ten zeros and for no number at all.
    fn number(&self, number: &CivilId<'_>) -> Option<Mark>;

    /// The mark of whoever has this user id and no number.
    fn user(&self, user: &UserId<'_>) -> Mark;

    /// The mark of a person: by the number where there is one, else by the user id.
    fn person(&self, person: &Person<'_>) -> Option<Mark> {
        let number = person.civil_id.as_ref().and_then(|it| self.number(it));
        number.or_else(|| person.user_id.as_ref().map(|it| self.user(it)))
    }
}

/// Where it is noted what an answer tells. One for each question; without a marker nothing is noted.
#[derive(Default)]
pub struct Told {
    marker: Option<Arc<dyn Marker>>,
    notes: Mutex<Notes>,
}

/// What was noted of one question and its answer.
#[derive(Debug, Default)]
pub struct Notes {
    /// Who asks, by the name that the configuration gives.
    pub caller: Option<String>,
    /// Who the asker says to be, without having shown it.
    pub claimed: Option<String>,
    /// The subject of the asker's certificate.
    pub subject: Option<String>,
    /// The user who is logged in and asked for.
    pub behalf: Option<Mark>,
    /// Where those are who are told of.
    pub institutions: Vec<OrganisationNumber<'static>>,
    /// Who was asked for, told of or not.
    pub asked: Vec<Mark>,
    /// Everybody told of, one by one.
    pub people: People,
    /// And everybody of these.
    pub crowds: Vec<Crowd>,
    /// Whether people are what the question is about, be it that nobody was found.
    pub is_personal: bool,
}

/// People by their marks.
#[derive(Debug, Default)]
pub struct People {
    /// Those who can be marked; who is told of twice may be here twice.
    pub marks: Vec<Mark>,
    /// How many have neither number nor user id.
    pub unmarked: usize,
    /// Whether any is protected.
    pub protected: bool,
}

/// Tells everybody of a crowd, one after the other.
pub type Everybody = dyn Fn(&Snapshot, &mut dyn FnMut(&Person<'_>)) + Send + Sync;

/// So many people of one state of an institution that marking them may take its time.
pub struct Crowd {
    /// The state.
    pub snapshot: Arc<Snapshot>,
    /// Which people of it: the same words, the same people.
    pub which: String,
    /// The people.
    pub everybody: Box<Everybody>,
}

impl People {
    /// Adds somebody.
    pub fn add(&mut self, person: &Person<'_>, marker: &dyn Marker) {
        match marker.person(person) {
            Some(mark) => self.marks.push(mark),
            None => self.unmarked += 1,
        }
        self.protected |= person.is_protected();
    }
}

impl Told {
    /// To be noted with the marks of somebody, or not at all.
    #[must_use]
    pub fn with(marker: Option<Arc<dyn Marker>>) -> Self {
        Self { marker, notes: Mutex::default() }
    }

    /// Who asks.
    pub fn caller(&self, name: &str) {
        self.note(|notes, _| {
            notes.claimed = None;
            notes.caller.get_or_insert_with(|| name.to_owned());
        });
    }

    /// Who the asker says to be, of those who may call. Never what was sent: it may be anything.
    pub fn claimed(&self, name: &str) {
        self.note(|notes, _| notes.claimed = Some(name.to_owned()));
    }

    /// The subject of the certificate that the asker has shown.
    pub fn subject(&self, subject: &str) {
        self.note(|notes, _| notes.subject = Some(subject.to_owned()));
    }

    /// In whose login it is asked.
    pub fn on_behalf_of(&self, user: &UserId<'_>) {
        self.note(|notes, marker| notes.behalf = Some(marker.user(user)));
    }

    /// The question is about people here.
    pub fn at(&self, institution: &OrganisationNumber<'_>) {
        self.note(|notes, _| {
            notes.is_personal = true;
            if !notes.institutions.iter().rev().any(|it| it == institution) {
                notes.institutions.push(institution.clone().into_owned());
            }
        });
    }

    /// The question is about people where the asker may not look. What was sent is only noted if it can be nothing but the number
    /// of an institution.
    pub fn refused_at(&self, number: &str) {
        let number = number.trim();
        if (1..=6).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_digit()) {
            self.at(&OrganisationNumber::new(number));
        }
    }

    /// The question is about this user.
    pub fn asked_for(&self, user: &UserId<'_>) {
        self.note(|notes, marker| {
            notes.is_personal = true;
            notes.asked.push(marker.user(user));
        });
    }

    /// The question is about whoever has this number.
    pub fn asked_for_number(&self, number: &CivilId<'_>) {
        self.note(|notes, marker| {
            notes.is_personal = true;
            notes.asked.extend(marker.number(number));
        });
    }

    /// The question is about whoever has one of these marks.
    pub fn asked_for_marks(&self, marks: &[Mark]) {
        self.note(|notes, _| {
            notes.is_personal = true;
            notes.asked.extend_from_slice(marks);
        });
    }

    /// The question is about people, whoever they are.
    pub fn personal(&self) {
        self.note(|notes, _| notes.is_personal = true);
    }

    /// The answer tells of this person.
    pub fn person(&self, person: &Person<'_>) {
        self.note(|notes, marker| {
            notes.is_personal = true;
            notes.people.add(person, marker);
        });
    }

    /// The answer tells of this member, if there is a person.
    pub fn member(&self, member: &Member<'_>) {
        member.person.iter().for_each(|it| self.person(it));
    }

    /// The answer tells of this member and of whom to call.
    pub fn member_and_contacts(&self, member: &Member<'_>) {
        self.member(member);
        if let Some(Tie::Pupil(pupil)) = &member.tie {
            pupil.contacts.iter().for_each(|it| self.person(&it.person));
        }
    }

    /// It is about somebody whom only a key of the local system stands for.
    pub fn somebody(&self) {
        self.note(|notes, _| {
            notes.is_personal = true;
            notes.people.unmarked += 1;
        });
    }

    /// The answer tells of a user and the user's number.
    pub fn identity(&self, user: &UserId<'_>, number: Option<&CivilId<'_>>, protected: bool) {
        self.note(|notes, marker| {
            notes.is_personal = true;
            let mark = number.and_then(|it| marker.number(it));
            notes.people.marks.push(mark.unwrap_or_else(|| marker.user(user)));
            notes.people.protected |= protected;
        });
    }

    /// The answer tells of a crowd.
    pub fn crowd(&self, crowd: Crowd) {
        self.note(|notes, _| {
            notes.is_personal = true;
            notes.crowds.push(crowd);
        });
    }

    /// Everything that was noted; from now on it is forgotten here.
    #[must_use]
    pub fn take(&self) -> Notes {
        std::mem::take(&mut self.notes())
    }

    fn note(&self, note: impl FnOnce(&mut Notes, &dyn Marker)) {
        if let Some(marker) = &self.marker {
            note(&mut self.notes(), &**marker);
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told(…)")
    }
}

impl fmt::Debug for Crowd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crowd({})", self.which)
    }
}
