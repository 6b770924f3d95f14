//! One call: a question in its envelope, and the answer out of its own.

use contracts::unilogin::{common::v3, wsibruger, wsieksport, wsiidentifikation, wsiinst};
use soap::{
    Envelope, Version,
    envelope::EnvelopeError,
    schema::Contract,
    xml::{Decoder, Writer, namespace, text},
};

use super::{Unilogin, fault::Fault, seal::Seal, trouble::Trouble};
use crate::source::courier::{Head, Letter, Reply};

/// A question of one of the services.
#[derive(Debug)]
pub enum Question<'q> {
    /// Of wsiINST 6.
    Inst(wsiinst::v6::Request<'q>),
    /// Of wsiBRUGER 7.
    Bruger(wsibruger::v7::Request<'q>),
    /// Of wsiIDENTIFIKATION 6.
    Identifikation(wsiidentifikation::v6::Request<'q>),
    /// Of wsiEKSPORT 7.
    Eksport(wsieksport::v7::Request<'q>),
}

impl Question<'_> {
    fn contract(&self) -> &'static Contract {
        match self {
            Self::Inst(_) => &wsiinst::v6::CONTRACT,
            Self::Bruger(_) => &wsibruger::v7::CONTRACT,
            Self::Identifikation(_) => &wsiidentifikation::v6::CONTRACT,
            Self::Eksport(_) => &wsieksport::v7::CONTRACT,
        }
    }

    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Inst(it) => it.encode(writer),
            Self::Bruger(it) => it.encode(writer),
            Self::Identifikation(it) => it.encode(writer),
            Self::Eksport(it) => it.encode(writer),
        }
    }

    fn written(&self) -> String {
        let mut writer = Writer::new(contracts::NAMESPACES);
        self.encode(&mut writer);
        writer.finish()
    }

    /// The place of the operation in its contract.
    fn operation(&self) -> usize {
        let written = self.written();
        let mut decoder = Decoder::new(&written, contracts::NAMESPACES);
        let _ = decoder.root();
        let name = decoder.name();
        let operations = self.contract().operations;
        operations.iter().position(|it| (it.input.name.namespace, it.input.name.local) == name).unwrap_or(0)
    }
}

/// What a service answers.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // there is one at a time, on the stack of whoever asked
pub enum Told<'t> {
    /// wsiINST 6.
    Inst(wsiinst::v6::Response<'t>),
    /// wsiBRUGER 7.
    Bruger(wsibruger::v7::Response<'t>),
    /// wsiIDENTIFIKATION 6.
    Identifikation(wsiidentifikation::v6::Response<'t>),
    /// wsiEKSPORT 7.
    Eksport(wsieksport::v7::Response<'t>),
}

impl<'t> Told<'t> {
    /// Reads the answer to a question; the decoder stands in the child of the body.
    fn decode(question: &Question<'_>, decoder: &mut Decoder<'t>) -> Result<Self, Trouble> {
        let operation = question.operation();
        let output = question.contract().operations[operation].output.name;
        if decoder.name() != (output.namespace, output.local) {
            return Err(Trouble::Astray("it is that of another operation"));
        }
        Ok(match question {
            Question::Inst(_) => Self::Inst(wsiinst::v6::Response::decode(operation, decoder)?),
            Question::Bruger(_) => Self::Bruger(wsibruger::v7::Response::decode(operation, decoder)?),
            Question::Identifikation(_) => {
                Self::Identifikation(wsiidentifikation::v6::Response::decode(operation, decoder)?)
            }
            Question::Eksport(_) => Self::Eksport(wsieksport::v7::Response::decode(operation, decoder)?),
        })
    }
}

/// A question as it is sent, and what its answer must relate to.
pub(super) struct Sealed {
    pub(super) letter: Letter,
    /// `wsa:MessageID`.
    pub(super) id: String,
}

impl Unilogin {
    /// The question, written and signed anew: a message must not be sent twice.
    pub(super) fn sealed(&self, question: &Question<'_>) -> Result<Sealed, Trouble> {
        let contract = question.contract();
        let action = contract.operations[question.operation()].action;
        let service = contract.path.strip_prefix("unilogin/").unwrap_or(contract.path);
        let address = format!("{}/bpi/{service}", self.base);
        let id = format!("urn:uuid:{}", uuid::Uuid::new_v4());
        let mut writer = Writer::new(contracts::NAMESPACES);
        let headers = |writer: &mut Writer| addressed(writer, [action, &id, &address], &self.provider);
        soap::envelope::write(Version::Soap12, &mut writer, Some(&headers), |writer| question.encode(writer));
        let text = self.seal.sign(writer.finish())?;
        let media_type = format!("application/soap+xml; charset=utf-8; action=\"{action}\"");
        Ok(Sealed { letter: Letter { address, media_type, text }, id })
    }

    /// Asks, and hands the answer to `read`.
    pub(super) async fn call<T>(
        &self,
        question: Question<'_>,
        read: impl FnOnce(Told<'_>) -> Result<T, Trouble> + Send,
    ) -> Result<T, Trouble> {
        let (id, reply) = self.post(&question).await?;
        let answer = Answer::of(&reply)?;
        let text = answer.text()?;
        answer.check(&text, &question)?;
        open(&self.seal, &text, &id, |decoder| read(Told::decode(&question, decoder)?))
    }

    /// Asks, and gives the answer as it came.
    pub(super) async fn post(&self, question: &Question<'_>) -> Result<(String, Reply), Trouble> {
        let (mut id, mut failed) = (String::new(), None);
        let mut write = || match self.sealed(question) {
            Ok(sealed) => {
                id = sealed.id;
                Some(sealed.letter)
            }
            Err(why) => {
                failed = Some(why);
                None
            }
        };
        let said = self.courier.ask(&mut write).await;
        match (failed, said) {
            (Some(why), _) => Err(why),
            (None, said) => Ok((id, said?)),
        }
    }
}

/// The header blocks of a question: Action, `MessageID` and To, whereto the answer goes, and who asks.
fn addressed(writer: &mut Writer, [action, id, address]: [&str; 3], provider: &str) {
    for (tag, text) in [("wsa:Action", action), ("wsa:MessageID", id), ("wsa:To", address)] {
        writer.declare(&[namespace::WSA]);
        writer.string(tag, text);
    }
    writer.declare(&[namespace::WSA]);
    writer.start("wsa:ReplyTo");
    writer.string("wsa:Address", "http://www.w3.org/2005/08/addressing/anonymous");
    writer.close("wsa:ReplyTo");
    writer.declare(v3::UDBYDERSYSTEM_ID_ELEMENT.namespaces);
    writer.string(v3::UDBYDERSYSTEM_ID_ELEMENT.name.tag, provider);
}

/// Opens an answer that is no fault; `read` finds the decoder in the child of the body.
fn open<T>(
    seal: &Seal,
    text: &str,
    id: &str,
    read: impl FnOnce(&mut Decoder<'_>) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let verified = seal.verify(text, id)?;
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    let envelope = Envelope::open(&mut decoder, |_, _| true).map_err(|why| match why {
        EnvelopeError::Violation(_, violation) | EnvelopeError::Version(violation) => violation.into(),
        EnvelopeError::NotUnderstood(..) => Trouble::Violation("a header that is not known".to_owned()),
    })?;
    if verified.is_some_and(|it| !it.is_body_of(&decoder)) {
        return Err(Trouble::Untrusted(wsse::verify::Refused::Wrong("the body is not what is signed")));
    }
    // Where nothing is verified, an answer that relates to nothing is taken: many servers of tests do not say.
    let related = envelope.header(namespace::WSA, "RelatesTo").and_then(|it| it.text.as_deref());
    if related.is_some_and(|it| it.trim() != id) {
        return Err(Trouble::Astray("it relates to another message"));
    }
    let read = read(&mut decoder)?;
    Envelope::close(&mut decoder)?;
    Ok(read)
}

/// An answer whose status and media type say that it may be one of the service.
struct Answer<'r> {
    head: &'r Head,
    body: &'r [u8],
}

impl<'r> Answer<'r> {
    fn of(reply: &'r Reply) -> Result<Self, Trouble> {
        let Reply { head, body } = reply;
        is_soap(head)?;
        Ok(Self { head, body })
    }

    fn text(&self) -> Result<std::borrow::Cow<'r, str>, Trouble> {
        text::decode(self.body, self.head.charset.as_deref()).map_err(|why| match self.head.status {
            200 => why.into(),
            _ => foreign(self.head),
        })
    }

    /// Faults come with any status.
    fn check(&self, text: &str, question: &Question<'_>) -> Result<(), Trouble> {
        if let Some(fault) = Fault::read(text) {
            return Err(Trouble::Fault(fault.without(&question.written())));
        }
        if self.head.status == 200 { Ok(()) } else { Err(foreign(self.head)) }
    }
}

/// Whether what answers may speak SOAP at all.
pub(super) fn is_soap(head: &Head) -> Result<(), Trouble> {
    let is_xml = head.media_type.ends_with("xml") || (head.media_type.is_empty() && head.status == 200);
    match head.status {
        503 if !is_xml => Err(Trouble::Busy(head.retry_after)),
        _ if !is_xml => Err(foreign(head)),
        _ => Ok(()),
    }
}

/// What is no SOAP is told by status and media type; its content may be anything.
pub(super) fn foreign(head: &Head) -> Trouble {
    if head.status == 503 {
        return Trouble::Busy(head.retry_after);
    }
    let known = head.media_type.bytes().all(|it| it.is_ascii_alphanumeric() || b"/+.-".contains(&it));
    let media_type = if known && head.media_type.len() <= 60 { head.media_type.clone() } else { String::new() };
    Trouble::Foreign(head.status, media_type)
}
