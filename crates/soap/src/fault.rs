//! SOAP faults: one type, two spellings.

use crate::{
    envelope::{self, Version},
    xml::Writer,
};

/// Whose fault, in the words of SOAP 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The message is wrong; sending it again will not help. SOAP 1.1 says Client.
    Sender,
    /// We could not; sending it again may help. SOAP 1.1 says Server.
    Receiver,
    /// A mandatory header block was not understood.
    MustUnderstand,
    /// An envelope of another version.
    VersionMismatch,
}

/// A more exact code in a namespace of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subcode {
    /// Its namespace.
    pub namespace: String,
    /// Its local name.
    pub local: String,
}

/// A fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whose fault.
    pub code: Code,
    /// A more exact code.
    pub subcode: Option<Subcode>,
    /// What a person reads: language and text. SOAP 1.2 would allow several; clients made by gSOAP read only one.
    pub reason: (&'static str, String),
    /// What a program reads: one or more complete elements with their own namespace declarations.
    pub detail: Option<String>,
    /// Header blocks that were not understood: namespace and name.
    pub not_understood: Vec<(String, String)>,
}

impl Fault {
    /// A fault with an English reason.
    #[must_use]
    pub fn new(code: Code, reason: &str) -> Self {
        Self { code, subcode: None, reason: ("en", reason.to_owned()), detail: None, not_understood: Vec::new() }
    }

    /// Writes the whole message. `headers` writes header blocks of the answer, such as addressing.
    pub fn write(&self, version: Version, writer: &mut Writer, headers: Option<&dyn Fn(&mut Writer)>) {
        let own = |writer: &mut Writer| {
            if let Some(headers) = headers {
                headers(writer);
            }
            self.write_headers(version, writer);
        };
        let any = headers.is_some()
            || (version == Version::Soap12 && !self.not_understood.is_empty())
            || self.code == Code::VersionMismatch;
        let headers: Option<&dyn Fn(&mut Writer)> = if any { Some(&own) } else { None };
        envelope::write(version, writer, headers, |writer| {
            writer.start("soap:Fault");
            match version {
                Version::Soap12 => self.write_soap12(writer),
                Version::Soap11 => self.write_soap11(writer),
            }
            writer.close("soap:Fault");
        });
    }

    /// SOAP 1.2 Part 1, 5.4.7 and 5.4.8: what we support, and what we did not understand.
    fn write_headers(&self, version: Version, writer: &mut Writer) {
        if self.code == Code::VersionMismatch {
            writer.start("soap:Upgrade");
            for (prefix, uri) in [
                ("s12", "http://www.w3.org/2003/05/soap-envelope"),
                ("s11", "http://schemas.xmlsoap.org/soap/envelope/"),
            ] {
                writer.open("soap:SupportedEnvelope");
                writer.attribute(&format!("xmlns:{prefix}"), uri);
                writer.attribute("qname", &format!("{prefix}:Envelope"));
                writer.close_empty();
            }
            writer.close("soap:Upgrade");
        }
        if version == Version::Soap12 {
            for (uri, local) in &self.not_understood {
                writer.open("soap:NotUnderstood");
                writer.attribute("xmlns:h", uri);
                writer.attribute("qname", &format!("h:{local}"));
                writer.close_empty();
            }
        }
    }

    fn write_soap12(&self, writer: &mut Writer) {
        let code = match self.code {
            Code::Sender => "soap:Sender",
            Code::Receiver => "soap:Receiver",
            Code::MustUnderstand => "soap:MustUnderstand",
            Code::VersionMismatch => "soap:VersionMismatch",
        };
        writer.start("soap:Code");
        writer.string("soap:Value", code);
        if let Some(Subcode { namespace, local }) = &self.subcode {
            writer.start("soap:Subcode");
            writer.open("soap:Value");
            writer.attribute("xmlns:f", namespace);
            writer.inside();
            writer.text(&format!("f:{local}"));
            writer.close("soap:Value");
            writer.close("soap:Subcode");
        }
        writer.close("soap:Code");
        writer.start("soap:Reason");
        let (language, text) = &self.reason;
        writer.open("soap:Text");
        writer.attribute("xml:lang", language);
        writer.inside();
        writer.text(text);
        writer.close("soap:Text");
        writer.close("soap:Reason");
        if let Some(detail) = &self.detail {
            writer.start("soap:Detail");
            writer.raw(detail);
            writer.close("soap:Detail");
        }
    }

    /// SOAP 1.1, 4.4: the parts have no namespace.
    fn write_soap11(&self, writer: &mut Writer) {
        let code = match self.code {
            Code::Sender => "soap:Client",
            Code::Receiver => "soap:Server",
            Code::MustUnderstand => "soap:MustUnderstand",
            Code::VersionMismatch => "soap:VersionMismatch",
        };
        match &self.subcode {
            None => writer.string("faultcode", code),
            Some(Subcode { namespace, local }) => {
                writer.open("faultcode");
                writer.attribute("xmlns:f", namespace);
                writer.inside();
                writer.text(&format!("f:{local}"));
                writer.close("faultcode");
            }
        }
        writer.open("faultstring");
        let (language, text) = &self.reason;
        writer.attribute("xml:lang", language);
        writer.inside();
        writer.text(text);
        writer.close("faultstring");
        if let Some(detail) = &self.detail {
            writer.start("detail");
            writer.raw(detail);
            writer.close("detail");
        }
    }
}
