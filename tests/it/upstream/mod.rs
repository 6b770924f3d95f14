//! Servers elsewhere: the demo asked as if it were the real Unilogin, what its answers become, and what happens when it fails.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use skolebro::{
    domain::{CivilId, Hierarchy, OrganisationNumber, Snapshot, UserId},
    source::{
        Answer, Institutions, Part, Source, Ties,
        http::{Http, Settings},
    },
    standards::unilogin::{
        eksport::Package,
        upstream::{Seal, Unilogin},
    },
    store::Memory,
};

use crate::{
    gate::PATIENCE,
    server::{self, Server},
};
use fake::Proxy;

mod bridge;
mod doctor;
mod fake;
mod failures;
mod large;
mod pulls;
pub(crate) mod signed;

/// Asks once, and waits for what is going to come on the slowest machine.
fn once() -> Settings {
    Settings {
        connect: PATIENCE,
        answer: PATIENCE,
        silence: PATIENCE,
        whole: 2 * PATIENCE,
        tries: 1,
        failures: u32::MAX,
        ..Settings::default()
    }
}

/// For what never comes.
fn impatient() -> Settings {
    let seconds = Duration::from_secs(2);
    Settings { answer: seconds, silence: seconds, ..once() }
}

/// The services at an address, asked as the demo's provider system, without signatures.
fn unilogin(base: &str, settings: Settings) -> Unilogin {
    Unilogin {
        name: "fake".to_owned(),
        base: base.to_owned(),
        provider: "DEMO01".to_owned(),
        package: Package::FullMyndighed,
        civil_numbers: true,
        seal: Seal { signer: None, verifier: None, now: skolebro::clock::now },
        courier: Box::new(Http::new(settings).unwrap()),
    }
}

fn at(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Waits for what comes later.
fn now<T>(later: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(later)
}

/// Look-ups elsewhere, and everything at once from here: what a bridge is.
struct Bridge {
    elsewhere: Arc<Unilogin>,
    here: Memory,
}

impl Source for Bridge {
    fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Answer<'s, Option<Arc<Snapshot>>> {
        match part {
            Part::Everything => self.here.institution(number, part),
            _ => self.elsewhere.institution(number, part),
        }
    }

    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        self.elsewhere.institutions_of(user)
    }

    fn ties_of<'s>(
        &'s self,
        user: &'s UserId<'s>,
        at: Option<&'s OrganisationNumber<'s>>,
        ties: Ties,
    ) -> Answer<'s, Vec<Arc<Snapshot>>> {
        self.elsewhere.ties_of(user, at, ties)
    }

    fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        self.elsewhere.user_with(number)
    }

    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        self.elsewhere.civil_id_of(user)
    }

    fn hierarchy<'s>(&'s self, number: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        self.elsewhere.hierarchy(number)
    }

    fn institutions(&self) -> Answer<'_, Institutions> {
        self.here.institutions()
    }
}

/// A server that answers from somewhere else.
fn bridge(elsewhere: Unilogin) -> Server {
    Server::start(|faces| {
        let here = Memory::new(skolebro::cli::demo::municipality());
        faces.source = Arc::new(Bridge { elsewhere: Arc::new(elsewhere), here });
    })
}

/// A proxy in front of the demo.
fn demo() -> Proxy {
    Proxy::before(server::demo().address)
}
