//! Services: requests and responses as enums, the port type as a trait, and the tables of the contract.

use std::fmt::Write;

use super::{Output, generic, literal};
use crate::{
    model::{Contract, Operation},
    names,
};

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Response,
}

impl Way {
    fn element(self, operation: &Operation) -> usize {
        match self {
            Self::Request => operation.input,
            Self::Response => operation.output,
        }
    }
}

impl Output<'_> {
    /// Everything of a service but its types.
    pub(super) fn service(self, contract: &Contract, text: &mut String) {
        self.messages(contract, Way::Request, text);
        self.messages(contract, Way::Response, text);
        self.port_type(contract, text);
        self.answer(contract, text);
        self.operations(contract, text);
        self.contract(contract, text);
    }

    fn element_type(self, element: usize, lifetime: &str) -> String {
        self.kind_type(self.plan.model.elements[element].kind, lifetime)
    }

    fn element_static(self, element: usize) -> String {
        self.path(self.plan.model.elements[element].module, &self.plan.elements[element])
    }

    fn borrowing(self, contract: &Contract, way: Way) -> bool {
        contract.operations.iter().any(|it| self.plan.kind_borrows(self.plan.model.elements[way.element(it)].kind))
    }

    fn messages(self, contract: &Contract, way: Way, text: &mut String) {
        let borrowing = self.borrowing(contract, way);
        let (name, what) = match way {
            Way::Request => ("Request", "What may be asked"),
            Way::Response => ("Response", "What may be answered"),
        };
        let (life, any) = (generic(borrowing, "'a"), generic(borrowing, "'_"));
        let (mut variants, mut decode, mut encode, mut operation) = <(String, String, String, String)>::default();
        for (number, it) in contract.operations.iter().enumerate() {
            let element = way.element(it);
            let (variant, table) = (names::pascal(&it.name), self.element_static(element));
            let _ = writeln!(variants, "/// `{}`.\n{variant}({}),", it.name, self.element_type(element, "'a"));
            let _ = writeln!(decode, "{number} => Ok(Self::{variant}(Decode::decode(d)?)),");
            let _ = writeln!(encode, "Self::{variant}(value) => w.root(&{table}, value),");
            let _ = writeln!(operation, "Self::{variant}(_) => {number},");
        }
        let own = if borrowing { "impl<'a> Request<'a>" } else { "impl Request" }.replace("Request", name);
        let decoder = if borrowing { "'a" } else { "'_" };
        let _ = writeln!(
            text,
            "/// {what}: one variant for each operation, in the order of the contract.
            #[derive(Debug, Clone, PartialEq)] pub enum {name}{life} {{ {variants} }}
            {own} {{
                /// Reads the body of an operation; the decoder stands inside its element.
                pub fn decode(operation: usize, d: &mut Decoder<{decoder}>) -> xml::Result<Self> {{
                    match operation {{ {decode} _ => Err(d.unreachable()), }}
                }}
            }}
            impl {name}{any} {{
                /// Writes the body.
                pub fn encode(&self, w: &mut Writer) {{ match self {{ {encode} }} }}
                /// The number of its operation.
                #[must_use] pub fn operation(&self) -> usize {{ match self {{ {operation} }} }}
            }}"
        );
    }

    fn port_type(self, contract: &Contract, text: &mut String) {
        let _ = writeln!(
            text,
            "/// The port type `{}`: one function for each operation.
            pub trait {} {{
                /// What an operation fails with.
                type Error;",
            contract.port_type,
            names::pascal(&contract.port_type)
        );
        for it in &contract.operations {
            let _ = writeln!(
                text,
                "/// `{}`.
                fn {}(&self, request: {}) -> impl Future<Output = Result<{}, Self::Error>> + Send;",
                it.name,
                names::snake(&it.name),
                self.element_type(it.input, "'_"),
                self.element_type(it.output, "'static"),
            );
        }
        let _ = writeln!(text, "}}");
    }

    fn answer(self, contract: &Contract, text: &mut String) {
        let mut arms = String::new();
        for it in &contract.operations {
            let (variant, function) = (names::pascal(&it.name), names::snake(&it.name));
            let _ =
                writeln!(arms, "Request::{variant}(request) => Response::{variant}(port.{function}(request).await?),");
        }
        let _ = writeln!(
            text,
            "/// Lets a port answer a request.
            ///
            /// # Errors
            /// Whatever the port fails with.
            pub async fn answer<P: {} + Sync>(port: &P, request: Request{}) -> Result<Response{}, P::Error> {{
                Ok(match request {{ {arms} }})
            }}",
            names::pascal(&contract.port_type),
            generic(self.borrowing(contract, Way::Request), "'_"),
            generic(self.borrowing(contract, Way::Response), "'static"),
        );
    }

    fn operations(self, contract: &Contract, text: &mut String) {
        let _ = writeln!(text, "/// The operations in the order of the contract.");
        let _ = writeln!(text, "pub static OPERATIONS: &[schema::Operation] = &[");
        for it in &contract.operations {
            let headers: Vec<String> = it.headers.iter().map(|it| format!("&{}", self.element_static(*it))).collect();
            let faults: Vec<String> =
                it.faults.iter().map(|it| format!("({:?}, &{})", it.0, self.element_static(it.1))).collect();
            let _ = writeln!(
                text,
                "schema::Operation {{ name: {:?}, action: {:?}, input: &{}, output: &{}, headers: &[{}], faults: &[{}] }},",
                it.name,
                it.action,
                self.element_static(it.input),
                self.element_static(it.output),
                headers.join(", "),
                faults.join(", ")
            );
        }
        let _ = writeln!(text, "];");
    }

    fn contract(self, contract: &Contract, text: &mut String) {
        let elements: Vec<String> =
            contract.elements.iter().map(|it| format!("&{}", self.element_static(*it))).collect();
        let _ = writeln!(
            text,
            "/// The contract `{path}`.
            pub static CONTRACT: schema::Contract = schema::Contract {{
                path: {path:?}, service: {:?}, port_type: {:?}, namespace: {:?}, operations: OPERATIONS,
                elements: &[{}], documents: DOCUMENTS,
            }};
            /// The documents it is published as.
            pub static DOCUMENTS: &[schema::Document] = &[",
            contract.service,
            contract.port_type,
            contract.namespace,
            elements.join(", "),
            path = contract.path,
        );
        for path in &contract.documents {
            let file = literal(&self.root.join(path).to_string_lossy());
            let _ = writeln!(text, "schema::Document {{ path: {path:?}, text: include_str!({file}) }},");
        }
        let _ = writeln!(text, "];");
    }
}
