//! What can be wrong with a server elsewhere: its entry, our certificate, the way there, the clocks, and what has been agreed.

use std::{
    fs,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::mpsc,
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::runtime;
use wsse::{key::Certificate, trust::Untrusted, verify::Refused};

use super::{Finding, Findings, State};
use crate::{
    clock,
    config::SourceEntry,
    domain::OrganisationNumber,
    source::{courier::LostKind, upstream::Upstream},
    standards::unilogin::{
        Authentication,
        eksport::Package,
        upstream::{Asked, Trouble, Unilogin},
    },
};

/// How long a name and a connection are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// So many days before the end of a certificate it should be renewed.
const RENEW: i64 = 30;

/// Clocks that are further apart than this should be looked after, in seconds.
const APART: i64 = 5;

/// Looks at one source, from what is nearest to what is furthest; what stands in the way of the rest ends it.
pub(super) fn check(entry: &SourceEntry, findings: &mut Findings) {
    if let Err(why) = entry.check() {
        findings.tell(Finding::new("source", State::Wrong, why, NOT_ASKED, "mend the setting that is named"));
        return;
    }
    if entry.kind == "ss12000" {
        return ss12000(entry, findings);
    }
    certificate(entry, findings);
    let upstream = match entry.upstream(clock::now) {
        Ok(upstream) => upstream,
        // What is wrong with the key has been told.
        Err(why) => {
            findings.tell(Finding::new(
                "source",
                State::Wrong,
                why,
                NOT_ASKED,
                "mend the file or the setting that is named",
            ));
            return;
        }
    };
    if entry.proxy.is_some() {
        findings.tell(Finding::well("endpoint", format!("{} is asked through a proxy", entry.base())));
    } else if !reached(entry, findings) {
        return;
    }
    let Ok(runtime) = runtime::Builder::new_current_thread().build() else { return };
    if runtime.block_on(clocks(entry, &upstream, findings)) {
        runtime.block_on(services(entry, &upstream, findings));
    }
}

/// An SS12000 server: whether there is a token for it, and whether it tells of the institutions that we answer for.
fn ss12000(entry: &SourceEntry, findings: &mut Findings) {
    let upstream = match entry.ss12000(clock::now, None, Box::new(|_, _| {})) {
        Ok(upstream) => upstream,
        Err(why) => {
            let advice = "mend the file or the setting that is named";
            findings.tell(Finding::new("source", State::Wrong, why, NOT_ASKED, advice));
            return;
        }
    };
    if entry.proxy.is_some() {
        findings.tell(Finding::well("endpoint", format!("{} is asked through a proxy", entry.base())));
    } else if !reached(entry, findings) {
        return;
    }
    let Ok(runtime) = runtime::Builder::new_current_thread().build() else { return };
    let numbers = match runtime.block_on(upstream.agreements()) {
        Ok(numbers) => numbers,
        Err(why) => {
            let what = why.cause.as_ref().map_or_else(|| why.to_string(), ToString::to_string);
            let advice =
                "check endpoint with its prefix, and the token or the certificate; else ask whoever runs the server";
            findings.tell(Finding::new("service", State::Elsewhere, what, NOT_ASKED, advice));
            return;
        }
    };
    findings.tell(Finding::well("service", format!("it knows us, and tells of {} institutions", numbers.len())));
    for number in entry.institutions().into_iter().flatten().filter(|it| !numbers.contains(it)) {
        let what = format!("it tells of no institution {}", number.as_str());
        let advice = "if its organisation has another code there, name its id and the number in ss12000.keys";
        findings.tell(Finding::new("agreement", State::Elsewhere, what, "nothing can be pulled of it", advice));
    }
}

const NOT_ASKED: &str = "the source cannot be asked";

/// Our key: whose it is, until when, and where it leads.
fn certificate(entry: &SourceEntry, findings: &mut Findings) {
    let identity = match entry.identity() {
        Ok(Some(identity)) => identity,
        Ok(None) => {
            let (what, why) = ("questions are not signed", "the real services refuse them");
            let advice = "give certificate and key, or pkcs12 and password, unless the source is a server of tests";
            findings.tell(Finding::new("certificate", State::Doubtful, what, why, advice));
            return;
        }
        // The entry is told to be wrong where it is built.
        Err(_) => return,
    };
    readers(entry, findings);
    let own = identity.certificate();
    whose(own, findings);
    dates("certificate", own, findings);
    if !entry.verifies() {
        let (what, why) = ("answers are not verified", "anybody on the way may have written them");
        let advice = "leave verify out, and name the OCES3 root and its issuing authority in trust";
        findings.tell(Finding::new("certificate", State::Doubtful, what, why, advice));
    }
    if let Ok(Some(trust)) = entry.trusted() {
        match trust.check(own, clock::now()) {
            Ok(()) => findings.tell(Finding::well("certificate", "it leads to a root that is trusted here")),
            // Their dates have been told.
            Err(Untrusted::Early | Untrusted::Expired) => {}
            Err(why) => findings.tell(untrusted(why)),
        }
        trust.anchors().iter().for_each(|it| dates("trust", it, findings));
    }
}

fn untrusted(why: Untrusted) -> Finding {
    let (state, advice) = match why {
        Untrusted::Issuer => (
            State::Doubtful,
            "if it is an OCES3 certificate, add its issuing authority to trust; if it is of another kind, get an OCES3 system or \
             organisation certificate",
        ),
        Untrusted::Revoked => (State::Wrong, "get a new certificate, and register it in Tilslutning"),
        Untrusted::Usage => (State::Wrong, "use an OCES3 system or organisation certificate: they are for signing"),
        Untrusted::Kind => {
            (State::Wrong, "get a certificate with an RSA key of at least 2048 bits, signed with SHA-256")
        }
        Untrusted::List => (State::Doubtful, "fetch the newest list, and name it in revocation"),
        Untrusted::Early | Untrusted::Expired => (State::Wrong, "see that this machine's clock is right"),
    };
    Finding::new("certificate", state, why.to_string(), "the services may refuse what it signs", advice)
}

/// Other people of this machine should not be able to read the key.
fn readers(entry: &SourceEntry, findings: &mut Findings) {
    use std::os::unix::fs::PermissionsExt;
    for file in entry.key.iter().chain(&entry.pkcs12) {
        let open = fs::metadata(file).is_ok_and(|it| it.permissions().mode() & 0o004 != 0);
        if open {
            let what = format!("{file} can be read by other users of this machine");
            let why = "whoever has the key can ask in our name";
            findings.tell(Finding::new("certificate", State::Doubtful, what, why, format!("chmod 600 {file}")));
        }
    }
}

/// The common name is left out: in an employee's certificate it is a person's.
fn whose(own: &Certificate, findings: &mut Findings) {
    let subject = own.subject();
    let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "?".to_owned());
    if subject.cvr.is_none() || subject.id.is_none() {
        let what =
            format!("the certificate of {} has no CVR number and OCES serial number", text(&subject.organisation));
        let why = "the services take OCES3 certificates only";
        let advice = "get an OCES3 system or organisation certificate, and register it in Tilslutning";
        findings.tell(Finding::new("certificate", State::Doubtful, what, why, advice));
        return;
    }
    let told =
        format!("it is that of {}, CVR {}, {}", text(&subject.organisation), text(&subject.cvr), text(&subject.id));
    findings.tell(Finding::well("certificate", told));
    if subject.id.as_ref().is_some_and(|it| it.starts_with("UI:DK-E")) {
        let why = "it ends when the employee leaves, and names a person to whoever sees a message";
        let advice = "use an OCES3 system or organisation certificate";
        findings.tell(Finding::new(
            "certificate",
            State::Doubtful,
            "it is the certificate of an employee",
            why,
            advice,
        ));
    }
}

/// From when until when a certificate is valid.
pub(super) fn dates(area: &'static str, certificate: &Certificate, findings: &mut Findings) {
    let (now, from, until) = (clock::now(), certificate.not_before(), certificate.not_after());
    let days = (until - now).num_days();
    let name = match area {
        "certificate" => "it".to_owned(),
        _ => certificate
            .subject()
            .organisation
            .clone()
            .map_or_else(|| "a certificate".to_owned(), |it| format!("the certificate of {it}")),
    };
    findings.tell(if now < from {
        let what = format!("{name} is valid from {} on, and here it is {}", from.date_naive(), now.date_naive());
        Finding::new(
            area,
            State::Wrong,
            what,
            "nothing that it signs is taken before",
            "see that this machine's clock is right, or wait",
        )
    } else if now > until {
        let what = format!("{name} has expired on {}", until.date_naive());
        Finding::new(
            area,
            State::Wrong,
            what,
            "nothing that it signs is taken",
            "renew it, and register the new one in Tilslutning",
        )
    } else if days < RENEW {
        let what = format!("{name} expires in {days} days, on {}", until.date_naive());
        Finding::new(
            area,
            State::Doubtful,
            what,
            "after that nothing that it signs is taken",
            "renew it now, and register the new one in Tilslutning",
        )
    } else {
        Finding::well(area, format!("{name} is valid until {}, another {days} days", until.date_naive()))
    });
}

/// Name and connection.
fn reached(entry: &SourceEntry, findings: &mut Findings) -> bool {
    let Some((host, port)) = entry.host_and_port() else { return false };
    let found = within(PATIENCE, {
        let host = host.clone();
        move || (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>)
    });
    let addresses = match found {
        Some(Ok(addresses)) if !addresses.is_empty() => addresses,
        _ => {
            let what = format!("the name {host} is not known here");
            let advice = "check endpoint, and that this machine has a name service (DNS) that knows the internet";
            findings.tell(Finding::new("endpoint", State::Elsewhere, what, NOT_ASKED, advice));
            return false;
        }
    };
    if let Some(address) = addresses.iter().find(|it| connects(it)) {
        findings.tell(Finding::well("endpoint", format!("{host} is found, and takes connections at {address}")));
        return true;
    }
    let what = format!("{host} takes no connection at port {port}");
    let advice = "see that firewalls let this machine out to it; where the way out is a proxy, name it in proxy";
    findings.tell(Finding::new("endpoint", State::Elsewhere, what, NOT_ASKED, advice));
    false
}

fn connects(address: &SocketAddr) -> bool {
    TcpStream::connect_timeout(address, PATIENCE).is_ok()
}

/// The name service of the system cannot be told to hurry.
fn within<T: Send + 'static>(patience: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(work()));
    told.recv_timeout(patience).ok()
}

/// How far the server's clock is from ours. False where the server does not answer at all.
async fn clocks(entry: &SourceEntry, upstream: &Unilogin, findings: &mut Findings) -> bool {
    let before = clock::now();
    let date = match upstream.clock().await {
        Ok(date) => date,
        Err(why) => {
            findings.tell(failed("endpoint", "nothing is answered", &why));
            return false;
        }
    };
    findings.tell(Finding::well("endpoint", "it answers over HTTP"));
    if let Some(date) = date {
        findings.tell(apart(entry, date, before, clock::now()));
    }
    true
}

/// A header tells whole seconds, and the answer was under way.
fn apart(entry: &SourceEntry, date: DateTime<Utc>, before: DateTime<Utc>, after: DateTime<Utc>) -> Finding {
    let early = (before - date).num_seconds() - 1;
    let late = (date - after).num_seconds();
    let skew = i64::from(entry.limits.skew_seconds);
    let (seconds, which) = if early > late { (early, "ahead of") } else { (late, "behind") };
    if seconds <= APART {
        return Finding::well("clock", "this machine's clock and the server's agree");
    }
    let what = format!("this machine's clock is {seconds} seconds {which} the server's");
    let why = "signed messages are only taken around the time that they tell";
    let advice = "let the machine keep its clock by the network (chrony, systemd-timesyncd)";
    Finding::new("clock", if seconds > skew { State::Wrong } else { State::Doubtful }, what, why, advice)
}

/// Whether each service knows us, and which institutions have agreed to what.
async fn services(entry: &SourceEntry, upstream: &Unilogin, findings: &mut Findings) {
    let (mut known, mut unknown) = (Vec::new(), Vec::<(String, Trouble)>::new());
    for service in Asked::ALL {
        match upstream.hello(service).await {
            Ok(_) => known.push(service.name()),
            // What they all say is told once.
            Err(why) => match unknown.iter_mut().find(|it| it.1.to_string() == why.to_string()) {
                Some(alike) => alike.0.push_str(&format!(", {}", service.name())),
                None => unknown.push((service.name().to_owned(), why)),
            },
        }
    }
    for (services, why) in &unknown {
        findings.tell(failed("service", services, why));
    }
    if known.is_empty() {
        return;
    }
    findings.tell(Finding::well("service", format!("{} know us", known.join(", "))));
    for service in [Asked::Inst, Asked::Bruger] {
        let found = upstream.agreements_of(service, None).await;
        agreed(entry, &format!("{} (look-ups)", service.name()), Some(State::Doubtful), found, findings);
    }
    for package in Package::ALL {
        let found = upstream.agreements_of(Asked::Eksport, Some(package)).await;
        let needed = (package == upstream.package).then_some(State::Elsewhere);
        agreed(entry, &format!("{} {}", Asked::Eksport.name(), name(package)), needed, found, findings);
    }
}

const fn name(package: Package) -> &'static str {
    match package {
        Package::Small => "Lille",
        Package::Medium => "Mellem",
        Package::Full => "Fuld",
        Package::FullMyndighed => "Fuld myndighed",
    }
}

/// The institutions that have agreed to a service; `needed` is how it is where one of those that we answer for has not.
fn agreed(
    entry: &SourceEntry,
    service: &str,
    needed: Option<State>,
    found: Result<Vec<OrganisationNumber<'static>>, Trouble>,
    findings: &mut Findings,
) {
    let agreed = match found {
        Ok(agreed) => agreed,
        Err(why) => {
            findings.tell(failed("agreement", service, &why));
            return;
        }
    };
    let wanted = entry.institutions();
    let missing: Vec<_> = wanted.iter().flatten().filter(|it| !agreed.contains(it)).cloned().collect();
    let told = format!("{service}: {}", listed(&agreed));
    let Some(state) = needed.filter(|_| !missing.is_empty() || agreed.is_empty()) else {
        findings.tell(Finding::well("agreement", told));
        return;
    };
    let what = if missing.is_empty() { told } else { format!("{told}; none with {}", listed(&missing)) };
    let why = match state {
        State::Elsewhere => "who has not agreed cannot be pulled",
        _ => "questions about who has not agreed are refused with Rettigheder",
    };
    let advice =
        "ask for access to the service and package in Tilslutning, and let the institution's administrator approve it";
    findings.tell(Finding::new("agreement", state, what, why, advice));
}

fn listed(numbers: &[OrganisationNumber<'_>]) -> String {
    const MOST: usize = 12;
    let mut told: Vec<String> = numbers.iter().take(MOST).map(|it| it.as_str().to_owned()).collect();
    if numbers.len() > MOST {
        told.push(format!("and {} more", numbers.len() - MOST));
    }
    if told.is_empty() { "no institution".to_owned() } else { told.join(", ") }
}

/// What an answer that did not come means, and what to do.
fn failed(area: &'static str, what: &str, trouble: &Trouble) -> Finding {
    let (state, advice) = match trouble {
        Trouble::Lost(lost) => (State::Elsewhere, lost_advice(lost.kind)),
        Trouble::Busy(_) => (State::Elsewhere, "wait, and try again"),
        Trouble::Fault(fault) => match fault.authentication {
            Some(kind) => (State::Elsewhere, refused_advice(kind)),
            None if fault.is_theirs => {
                (State::Elsewhere, "wait, and try again; if it stays so, tell the service's support")
            }
            None => (State::Elsewhere, "check provider_system and endpoint; if it stays so, tell us"),
        },
        Trouble::Foreign(..) => (State::Elsewhere, "check endpoint: something else answers there, a proxy perhaps"),
        Trouble::Untrusted(why) => (State::Wrong, untrusted_advice(why)),
        Trouble::Unsigned(_) => (State::Wrong, "check certificate and key"),
        Trouble::Violation(_) | Trouble::Astray(_) | Trouble::Intake(_) => {
            (State::Elsewhere, "check endpoint; if it is right, the service has changed: look for a newer program")
        }
    };
    Finding::new(area, state, format!("{what}: {trouble}"), NOT_ASKED, advice)
}

const fn lost_advice(kind: LostKind) -> &'static str {
    match kind {
        LostKind::Name => "check endpoint, and that this machine has a name service (DNS)",
        LostKind::Connection => {
            "see that firewalls let this machine out; where the way out is a proxy, name it in proxy"
        }
        LostKind::Tls => {
            "check the host name in endpoint; install the system's root certificates (ca-certificates), or name the issuer of the \
             server's in tls_trust; set mutual_tls = true if the server wants our certificate"
        }
        LostKind::Silence | LostKind::Cut => "try again; if the server is slow, raise limits.answer_seconds",
        LostKind::Unsent | LostKind::Resting | LostKind::Crowded | LostKind::Large => "check proxy and limits",
    }
}

const fn refused_advice(kind: Authentication) -> &'static str {
    match kind {
        Authentication::Rights => {
            "ask for access to the service in Tilslutning, and let the institution's administrator approve it"
        }
        Authentication::UserOrPassword | Authentication::Signature => {
            "register this certificate for this provider system in Tilslutning, and see that provider_system and this machine's \
             clock are right"
        }
        Authentication::ProviderIdMissing => "check provider_system",
        Authentication::SignatureMissing => "give certificate and key, or pkcs12 and password",
    }
}

const fn untrusted_advice(why: &Refused) -> &'static str {
    match why {
        Refused::Time { .. } => "see that this machine's clock is right",
        Refused::Untrusted(Untrusted::Issuer) => {
            "name the root and the issuing authority of the server's signing certificate in trust; for the real services those of \
             OCES3"
        }
        Refused::Untrusted(_) => {
            "see that this machine's clock and the revocation lists are right; else tell the service's support"
        }
        Refused::Unsigned | Refused::Wrong(_) | Refused::Replayed => {
            "see that nothing between here and the server changes messages; a server of tests may need verify = false"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> SourceEntry {
        toml::from_str("name = 'a'\nkind = 'unilogin'\nprovider_system = 'X'\nverify = false\n").unwrap()
    }

    #[test]
    fn clocks_are_apart_by_more_than_a_second_and_the_way() {
        let now = DateTime::<Utc>::from_timestamp(1_800_000_000, 400_000_000).unwrap();
        let second = chrono::TimeDelta::seconds(1);
        let told = |date| apart(&entry(), date, now, now + second).what;
        let agree = "this machine's clock and the server's agree";
        assert_eq!((told(now - second).as_str(), told(now + second * 3).as_str()), (agree, agree));
        assert_eq!(told(now + second * 31), "this machine's clock is 30 seconds behind the server's");
        assert_eq!(told(now - second * 31), "this machine's clock is 30 seconds ahead of the server's");
        let state = |seconds: i32| apart(&entry(), now + second * seconds, now, now).state;
        assert!(state(30) == State::Doubtful && state(300) == State::Wrong);
    }
}
