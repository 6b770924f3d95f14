//! From definitions to services: which operation takes and gives which element, by which action.

use super::{BindingMessage, BindingOperation, Definitions, Message, PortMessage, PortOperation, PortType, Wsdl};
use crate::{
    error::{Error, Place},
    schema::Name,
};

/// A service with its only port type.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) port_type: String,
    pub(crate) operations: Vec<Operation>,
    pub(crate) place: Place,
}

/// An operation, with elements by name.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) input: Name,
    pub(crate) output: Name,
    pub(crate) headers: Vec<Name>,
    pub(crate) faults: Vec<(String, Name)>,
    pub(crate) place: Place,
}

/// The services of a document. `all` are the documents that names may lead to, itself among them.
pub(crate) fn services(wsdl: &Wsdl, all: &[&Wsdl]) -> Result<Vec<Service>, Error> {
    let scope = Scope { wsdl, all };
    wsdl.definitions.services.iter().map(|it| scope.service(&it.name, &it.ports)).collect()
}

/// A WSDL document among those it may refer to.
#[derive(Clone, Copy)]
struct Scope<'w> {
    wsdl: &'w Wsdl,
    all: &'w [&'w Wsdl],
}

impl<'w> Scope<'w> {
    fn service(self, name: &str, ports: &[super::Port]) -> Result<Service, Error> {
        let place = self.place("service", name);
        let mut bound = Vec::new();
        for port in ports {
            let qualified = self.name(&port.binding, &place)?;
            let found = self.find(&qualified, |it| &it.bindings, |it| &it.name);
            let (at, binding) = found.ok_or_else(|| self.missing(&place, "wsdl:binding", &qualified))?;
            bound.push((at, binding, at.name(&binding.port_type, &at.place("binding", &binding.name))?));
        }
        if bound.iter().any(|it| it.2 != bound[0].2) {
            let advice = "make it two services in two folders";
            return Err(Error::at(&place, format!("service {name}"), "has ports of several port types", advice));
        }
        let soap12 = bound.iter().find(|it| it.1.soap12.is_some());
        let Some((at, binding, port_type)) = soap12.or_else(|| bound.iter().find(|it| it.1.soap11.is_some())) else {
            return Err(Error::at(&place, format!("service {name}"), "has no SOAP binding", "give it one"));
        };
        let found = at.find(port_type, |it| &it.port_types, |it| &it.name);
        let (port_at, declared) = found.ok_or_else(|| self.missing(&place, "wsdl:portType", port_type))?;
        let operations = port_at.operations(declared, *at, &binding.operations)?;
        Ok(Service { name: name.to_owned(), port_type: declared.name.clone(), operations, place })
    }

    fn operations(self, port: &PortType, at: Self, bound: &[BindingOperation]) -> Result<Vec<Operation>, Error> {
        port.operations
            .iter()
            .map(|operation| {
                let place = self.place("operation", &operation.name);
                let binding = bound.iter().find(|it| it.name == operation.name).ok_or_else(|| {
                    let construct = format!("operation {}", operation.name);
                    Error::at(&place, construct, "is not in the binding", "bind it")
                })?;
                self.operation(operation, at, binding, place)
            })
            .collect()
    }

    fn operation(
        self,
        operation: &PortOperation,
        at: Self,
        binding: &BindingOperation,
        place: Place,
    ) -> Result<Operation, Error> {
        let soap = binding.soap12.as_ref().or(binding.soap11.as_ref());
        let one_way = || {
            let construct = format!("operation {}", operation.name);
            Error::at(&place, construct, "is not a request with an answer", "give it an input and an output")
        };
        let input = operation.input.as_ref().ok_or_else(one_way)?;
        let output = operation.output.as_ref().ok_or_else(one_way)?;
        let (input, headers) = self.body(input, at, binding.input.as_ref(), &place)?;
        let (output, reply_headers) = self.body(output, at, binding.output.as_ref(), &place)?;
        if !reply_headers.is_empty() {
            let construct = format!("operation {}", operation.name);
            return Err(Error::at(&place, construct, "headers of an answer are not covered", "put them in the body"));
        }
        let fault = |it: &PortMessage| {
            let element = self.only_part(&it.message, &[], None, &place)?;
            Ok((it.name.clone().unwrap_or_default(), element))
        };
        Ok(Operation {
            name: operation.name.clone(),
            action: soap.and_then(|it| it.action.clone()).unwrap_or_default(),
            input,
            output,
            headers,
            faults: operation.faults.iter().map(fault).collect::<Result<_, Error>>()?,
            place,
        })
    }

    /// The body element and the header elements of a message.
    fn body(
        self,
        message: &PortMessage,
        at: Self,
        binding: Option<&BindingMessage>,
        place: &Place,
    ) -> Result<(Name, Vec<Name>), Error> {
        let (mut headers, mut taken, mut parts) = (Vec::new(), Vec::new(), None);
        if let Some(binding) = binding {
            let soap12 = binding.body12.is_some();
            for header in if soap12 { &binding.headers12 } else { &binding.headers11 } {
                headers.push(at.part(&header.message, &header.part, place)?);
                if at.name(&header.message, place)? == self.name(&message.message, place)? {
                    taken.push(header.part.as_str());
                }
            }
            let body = if soap12 { binding.body12.as_ref() } else { binding.body11.as_ref() };
            parts = body.and_then(|it| it.parts.as_deref());
        }
        Ok((self.only_part(&message.message, &taken, parts, place)?, headers))
    }

    /// The element of the only part of a message that is not a header.
    fn only_part(self, message: &str, taken: &[&str], named: Option<&str>, place: &Place) -> Result<Name, Error> {
        let (_, declared) = self.message(message, place)?;
        let parts = declared.parts.iter().map(|it| it.name.as_str());
        let rest: Vec<&str> = match named {
            Some(named) => named.split_whitespace().collect(),
            None => parts.filter(|it| !taken.contains(it)).collect(),
        };
        let [part] = rest[..] else {
            let place = self.place("message", &declared.name);
            let reason = "a body of several parts, or of none, is not covered";
            return Err(Error::at(&place, format!("message {}", declared.name), reason, "leave one part for the body"));
        };
        self.part(message, part, place)
    }

    fn part(self, message: &str, part: &str, place: &Place) -> Result<Name, Error> {
        let (at, declared) = self.message(message, place)?;
        let place = at.place("message", &declared.name);
        let construct = format!("part {part} of message {}", declared.name);
        let Some(found) = declared.parts.iter().find(|it| it.name == part) else {
            return Err(Error::at(&place, construct, "is not declared", "declare it"));
        };
        let Some(element) = &found.element else {
            return Err(Error::at(&place, construct, "names no element", "write parts by element"));
        };
        at.name(element, &place)
    }

    fn message(self, message: &str, place: &Place) -> Result<(Self, &'w Message), Error> {
        let name = self.name(message, place)?;
        let found = self.find(&name, |it| &it.messages, |it| &it.name);
        found.ok_or_else(|| self.missing(place, "wsdl:message", &name))
    }

    fn find<T>(
        self,
        name: &Name,
        list: impl Fn(&Definitions) -> &Vec<T>,
        named: impl Fn(&T) -> &str,
    ) -> Option<(Self, &'w T)> {
        self.all.iter().filter(|it| it.namespace == name.namespace).find_map(|wsdl| {
            let found = list(&wsdl.definitions).iter().find(|it| named(it) == name.local)?;
            Some((Self { wsdl, all: self.all }, found))
        })
    }

    fn name(self, text: &str, place: &Place) -> Result<Name, Error> {
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        let namespace = self.wsdl.prefixes.get(prefix).cloned();
        let namespace = match namespace {
            Some(uri) => uri,
            None if prefix.is_empty() => String::new(),
            None => {
                let advice = "declare the prefix on wsdl:definitions";
                return Err(Error::at(place, text, "its prefix is not declared on wsdl:definitions", advice));
            }
        };
        Ok(Name { namespace, local: local.to_owned() })
    }

    fn place(self, kind: &str, name: &str) -> Place {
        self.wsdl.places.get(&(kind.to_owned(), name.to_owned())).unwrap_or(&self.wsdl.root).clone()
    }

    fn missing(self, place: &Place, kind: &str, name: &Name) -> Error {
        Error::at(place, format!("{kind} {name}"), "is not declared", "declare it or import its document")
    }
}
