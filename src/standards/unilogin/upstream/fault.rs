//! Faults of a service elsewhere, read leniently: SOAP 1.2 and 1.1, typed or not.

use std::fmt;

use soap::{
    Envelope,
    xml::{Decoder, Result, namespace},
};

use crate::standards::unilogin::Authentication;

/// A fault that came as an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The contract's own reason, where it is one.
    pub authentication: Option<Authentication>,
    /// Whether the service says that the trouble is its own: SOAP 1.2 Receiver, SOAP 1.1 Server.
    pub is_theirs: bool,
    /// What a person reads, shortened, and without what may be somebody's.
    pub reason: String,
}

/// A reason is cut behind so many characters.
const LONGEST: usize = 200;

impl Fault {
    /// The fault in an envelope. Nothing where there is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut decoder = Decoder::new(text, contracts::NAMESPACES);
        Envelope::open(&mut decoder, |_, _| true).ok()?;
        let (namespace, local) = decoder.name();
        let is_fault = local == "Fault" && matches!(namespace, namespace::SOAP11 | namespace::SOAP12);
        // Where it is broken behind what matters, that is still told.
        let mut found = Found::default();
        let _ = is_fault.then(|| found.read(&mut decoder, 0))?;
        Some(found.into_fault())
    }
}

impl Fault {
    /// Without the words that stand in the question too: user ids need not have digits.
    pub(super) fn without(mut self, question: &str) -> Self {
        let is_asked = |word: &str| {
            let word = word.trim_matches(|it: char| !it.is_alphanumeric());
            word.len() > 3 && question.contains(word)
        };
        let words: Vec<&str> = self.reason.split(' ').map(|it| if is_asked(it) { "…" } else { it }).collect();
        self.reason = words.join(" ");
        self
    }
}

/// The texts of a fault that matter, wherever they stand.
#[derive(Default)]
struct Found {
    codes: Vec<String>,
    reason: Option<String>,
    /// Of `authentificationError`.
    kind: Option<String>,
}

impl Found {
    /// Reads the children of the element that the decoder stands in.
    fn read(&mut self, decoder: &mut Decoder<'_>, depth: usize) -> Result<()> {
        let mut parent = decoder.name().1.to_owned();
        while decoder.child(&parent)? {
            let local = decoder.name().1.to_owned();
            match local.as_str() {
                "Value" | "faultcode" => self.codes.push(local_part(&decoder.plain_text()?)),
                "Text" | "faultstring" if self.reason.is_none() => {
                    self.reason = Some(decoder.plain_text()?.into_owned())
                }
                "type" if parent == "authentificationError" => {
                    self.kind = Some(decoder.plain_text()?.trim().to_owned())
                }
                "Code" | "Subcode" | "Reason" | "Detail" | "detail" | "authentificationError" if depth < 6 => {
                    self.read(decoder, depth + 1)?;
                }
                _ => decoder.skip()?,
            }
            parent = parent.clone();
        }
        Ok(())
    }

    fn into_fault(self) -> Fault {
        let Self { codes, reason, kind } = self;
        let mut names = kind.iter().chain(&codes);
        let authentication = names.find_map(|it| Authentication::named(it));
        let is_theirs = authentication.is_none() && codes.first().is_some_and(|it| it == "Receiver" || it == "Server");
        Fault { authentication, is_theirs, reason: impersonal(reason.as_deref().unwrap_or_default()) }
    }
}

fn local_part(name: &str) -> String {
    let name = name.trim();
    name.rsplit_once(':').map_or(name, |it| it.1).to_owned()
}

/// Words with digits may be numbers and user ids, and what stands in quotes somebody's name.
fn impersonal(text: &str) -> String {
    let mut quoted = false;
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let quotes = word.matches(['"', '\'', '`', '«', '»', '“', '”']).count();
        let hide = quoted || quotes > 0 || word.chars().any(|it| it.is_ascii_digit()) || word.contains('<');
        quoted ^= quotes % 2 == 1;
        let hidden = words.last().is_some_and(|it| *it == "…");
        match hide {
            true if hidden => {}
            true => words.push("…"),
            false => words.push(word),
        }
    }
    let told = words.join(" ");
    match told.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &told[..at]),
        None => told,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(kind) = self.authentication else {
            return f.write_str(if self.reason.is_empty() { "it does not say why" } else { &self.reason });
        };
        let meaning = match kind {
            Authentication::Rights => "there is no data agreement with us for this",
            Authentication::UserOrPassword => "it does not know our certificate with this provider_system",
            Authentication::ProviderIdMissing => "it did not find our provider_system in the question",
            Authentication::SignatureMissing => "it takes our question for unsigned",
            Authentication::Signature => "it does not accept our signature",
        };
        write!(f, "{}: {meaning}", kind.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soap12(fault: &str) -> String {
        format!(
            "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault>{fault}</s:Fault></s:Body></s:Envelope>"
        )
    }

    fn soap11(fault: &str) -> String {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>{fault}</s:Fault></s:Body></s:Envelope>"
        )
    }

    #[test]
    fn typed_faults_are_told_by_their_detail() {
        let detail = "<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='da'>Nej</s:Text></s:Reason>\
             <s:Detail><u:authentificationError xmlns:u='https://brugerdatabasen.stil.dk/bpi/common/3'>\
             <u:type>Rettigheder</u:type></u:authentificationError></s:Detail>";
        assert_eq!(Fault::read(&soap12(detail)).unwrap().authentication, Some(Authentication::Rights));
        let plain = "<faultcode>s:Client</faultcode><faultstring>Nej</faultstring><detail>\
             <authentificationError xmlns='https://unilogin.dk'><type> Signatur </type></authentificationError></detail>";
        assert_eq!(Fault::read(&soap11(plain)).unwrap().authentication, Some(Authentication::Signature));
    }

    #[test]
    fn the_subcode_tells_too() {
        let fault = "<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:f='urn:x'>f:UdbydersytemIdMangler</s:Value>\
             </s:Subcode></s:Code><s:Reason><s:Text xml:lang='da'>Nej</s:Text></s:Reason>";
        assert_eq!(Fault::read(&soap12(fault)).unwrap().authentication, Some(Authentication::ProviderIdMissing));
    }

    #[test]
    fn other_faults_say_whose_they_are() {
        let theirs = "<s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>Out of order</s:Text></s:Reason>";
        let fault = Fault::read(&soap12(theirs)).unwrap();
        assert_eq!((fault.is_theirs, fault.to_string().as_str()), (true, "Out of order"));
        let ours = "<faultcode>s:Client</faultcode><faultstring>cvc-type: 'Anna Olsen' and 0101901234 of anna0123 are invalid</faultstring>";
        let fault = Fault::read(&soap11(ours)).unwrap();
        assert_eq!(fault.to_string(), "cvc-type: … and … of … are invalid");
    }

    #[test]
    fn what_was_asked_is_not_told_again() {
        let fault = "<faultcode>s:Client</faultcode><faultstring>No user abcdefghij, sorry</faultstring>";
        let fault = Fault::read(&soap11(fault)).unwrap().without("<brugerid>abcdefghij</brugerid>");
        assert_eq!(fault.to_string(), "No user … sorry");
    }

    #[test]
    fn a_fault_that_ends_early_is_one_all_the_same() {
        let whole = soap12(
            "<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>No</s:Text></s:Reason>",
        );
        let cut = &whole[..whole.find("<s:Reason>").unwrap()];
        assert!(Fault::read(cut).is_some());
    }

    #[test]
    fn what_is_no_fault_is_none() {
        for text in ["", "<html><body>Sorry</body></html>", "{}", &soap12("").replace("s:Fault", "s:Other")] {
            assert_eq!(Fault::read(text), None, "{text}");
        }
    }
}
