//! Records come back as they were: odd values by hand here, generated rosters in `tests/it/store`.

use super::*;
use crate::domain::{
    Coded, ContactPerson, Grade, Group, GroupKind, Member, Office, Organisation, OrganisationNumber, Person,
    PersonName, Phone, Relation,
};

#[test]
fn every_text_survives() {
    for text in ["", " ", "\n\t\r\n", "a  b", "\"<&>'", "æøå 文 😀", "\u{a0}", "]]>", "&amp;"] {
        let mut person = Person::named(PersonName::new(text, text));
        person.email = Some(text.into());
        person.phones.home = Some(Phone { number: text.into(), protected: true });
        let member =
            Member { source: text.into(), local_id: Some(text.into()), person: Some(person), tie: None, since: None };
        let mut writer = writer();
        write_member(&member, &member.source, &mut writer);
        assert_eq!(super::member(writer.written(), None, Vec::new()).as_ref(), Ok(&member), "{:?}", writer.written());
    }
}

#[test]
fn institutions_and_groups_survive() {
    let mut organisation = Organisation::numbered(OrganisationNumber::new("A1"));
    organisation.parent = Some(OrganisationNumber::new("A1"));
    organisation.region = Coded { code: None, name: Some("".into()) };
    let mut writer = writer();
    write_organisation(&organisation, &mut writer);
    assert_eq!(super::organisation(writer.written()), Ok(organisation));
    for grade in [Grade::DayCare, Grade::Year(0), Grade::Year(255), Grade::Upper(4), Grade::Adult, Grade::Other] {
        let grade = Some(grade);
        let group = Group {
            id: "1".into(),
            name: None,
            kind: GroupKind::Main,
            grade,
            line: None,
            from: None,
            to: None,
            since: None,
        };
        writer.clear();
        write_group(&group, &mut writer);
        assert_eq!(super::group(writer.written()), Ok(group));
    }
}

#[test]
fn an_office_without_numbers_is_still_an_office() {
    let person = Person::named(PersonName::new("A", "B"));
    let office = Some(Office { company: None, unit: None });
    let relation = Relation::OfficiallyAssigned;
    let contact = ContactPerson { person, relation, custody: false, access: None, office };
    let mut writer = writer();
    write_contact(&contact, &mut writer);
    assert_eq!(super::contact(writer.written(), None), Ok(contact));
}

#[test]
fn another_record_is_unreadable() {
    let mut writer = writer();
    write_organisation(&Organisation::numbered(OrganisationNumber::new("1")), &mut writer);
    assert!(super::group(writer.written()).is_err());
    assert!(super::group("").is_err());
}
