//! SS12000 2.1, who is asked for by number or user id: noted whether or not anybody is found, so that it can be told later who has
//! looked for somebody.

use std::collections::BTreeSet;

use super::parameters::Parameters;
use crate::{
    domain::{CivilId, UserId},
    source::told::Told,
    standards::ss12000::{
        context::{Options, USER_IDS},
        view::Reader,
    },
};

/// Notes whom the filters of a list are about.
pub(super) fn by_filters(parameters: &Parameters, options: &Options, told: &Told) {
    parameters.text("civicNo").iter().for_each(|it| by_number(it, told));
    let is_user = parameters.text("identifier.context").is_none_or(|it| it == USER_IDS);
    let user = parameters.text("identifier.value").filter(|_| is_user);
    let principal = parameters.text("eduPersonPrincipalName");
    let principal = principal.and_then(|it| user_of(it, options.principal_scope.as_deref()?));
    user.into_iter().chain(principal).for_each(|it| told.asked_for(&UserId::new(it)));
}

/// Parameters and keys that are ids of persons.
pub(super) const PERSONS: [&str; 6] = ["person", "child", "owner", "member", "personIds", "members"];

/// Notes whom the filters of a list are about by id.
pub(super) fn by_ids(parameters: &Parameters, reader: &Reader<'_>) {
    PERSONS.iter().filter_map(|it| parameters.id(it)).for_each(|it| reader.note_wanted(it));
}

/// Notes whom the numbers of a look-up are about.
pub(super) fn by_numbers(numbers: &BTreeSet<String>, told: &Told) {
    numbers.iter().for_each(|it| by_number(it, told));
}

fn by_number(number: &str, told: &Told) {
    if let Ok(number) = CivilId::danish(number) {
        told.asked_for_number(&number);
    }
}

/// The user of a principal name, if it is in our scope.
fn user_of<'p>(principal: &'p str, scope: &str) -> Option<&'p str> {
    principal.rsplit_once('@').filter(|it| it.1.eq_ignore_ascii_case(scope)).map(|it| it.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_name_is_a_users_in_our_scope_only() {
        assert_eq!(user_of("alma0001@skole.example", "skole.example"), Some("alma0001"));
        assert_eq!(user_of("alma0001@Skole.Example", "skole.example"), Some("alma0001"));
        assert_eq!(["alma0001@other.example", "alma0001", ""].map(|it| user_of(it, "skole.example")), [None; 3]);
    }
}
