//! Callers who may see less than the demo's: the same three letters of identity in both generations and as a token.

use std::sync::Arc;

use skolebro::caller::{Agreement, Caller, Callers, CertificateName, Consumer, Identity, Rights, Scopes, Secret};

use crate::server::Server;

/// A demo server that knows only these callers: `wsBrugerid`, `wsPassword`, `UdbydersystemId` and token are all the name.
pub(crate) fn server(callers: &[(&str, Rights)]) -> Server {
    server_with(callers, false)
}

/// The same, with the choice about people without civil registration number.
pub(crate) fn server_with(callers: &[(&str, Rights)], require_civil_id: bool) -> Server {
    let known = known(callers);
    Server::start(|faces| {
        faces.callers = Arc::new(known.into());
        faces.options.require_civil_id = require_civil_id;
    })
}

/// The callers themselves.
pub(crate) fn known(callers: &[(&str, Rights)]) -> Callers {
    let mut known = Callers::default();
    for (name, rights) in callers {
        let secret = || Secret::new(name, *b"of the test only");
        let identities = [
            Identity::Legacy { user: (*name).to_owned(), password: secret() },
            Identity::Provider { id: (*name).to_owned(), certificates: Vec::new() },
            Identity::Token(secret()),
        ];
        let caller = Caller {
            name: (*name).to_owned(),
            provider: Some((*name).to_owned()),
            rights: rights.clone(),
            consumer: Consumer::default(),
        };
        known.add(caller, identities);
    }
    known
}

/// One more, who signs with one of these certificates.
pub(crate) fn let_in(known: &mut Callers, id: &str, certificates: Vec<CertificateName>, rights: Rights) {
    let caller = Caller { name: id.to_owned(), provider: Some(id.to_owned()), rights, consumer: Consumer::default() };
    known.add(caller, [Identity::Provider { id: id.to_owned(), certificates }]);
}

/// Everything.
pub(crate) const fn all() -> Rights {
    Rights { institutions: None, agreements: None, civil_ids: true, protected: true, faces: None, ss12000: Scopes::ALL }
}

/// Data agreements for a service with these institutions, and nothing else that needs one.
pub(crate) fn agreed(service: &str, institutions: &[&str]) -> Rights {
    let institutions = Some(institutions.iter().map(|it| (*it).to_owned()).collect());
    let agreements = Some(vec![Agreement { service: service.to_owned(), institutions }]);
    Rights { agreements, ..all() }
}
