//! Documents as a set: which folder owns which, what includes and imports lead to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    definitions::{self, Service, Wsdl},
    error::{Error, Place},
    load::{Source, folder, locate},
    schema::{self, Document, XS, home},
};

/// All documents below one root.
#[derive(Debug)]
pub(crate) struct Set {
    /// Every schema, once for each namespace it is read into.
    pub(crate) documents: Vec<Document>,
    pub(crate) services: Vec<Bound>,
}

/// A service with where it comes from.
#[derive(Debug)]
pub(crate) struct Bound {
    /// `wsdl/unilogin/wsiinst/6`.
    pub(crate) folder: String,
    pub(crate) namespace: String,
    pub(crate) service: Service,
    /// Paths of the documents it is made of, the WSDL first.
    pub(crate) documents: Vec<String>,
}

impl Set {
    /// Reads every source.
    pub(crate) fn read(sources: &[Source]) -> Result<Self, Error> {
        let mut contracts: Vec<String> = sources
            .iter()
            .filter(|it| it.is_wsdl() && it.path.starts_with("wsdl/"))
            .map(|it| folder(&it.path).to_owned())
            .collect();
        contracts.dedup();
        let mut reader =
            SetReader { sources, contracts, documents: Vec::new(), wsdls: Vec::new(), included: BTreeSet::new() };
        for source in sources {
            reader.source(source)?;
        }
        reader.check_imports()?;
        let services = reader.services()?;
        Ok(Self { documents: reader.documents, services })
    }
}

struct SetReader<'s> {
    sources: &'s [Source],
    contracts: Vec<String>,
    documents: Vec<Document>,
    wsdls: Vec<Wsdl>,
    /// Schemas without namespace that were read, with the namespace and folder they were read into.
    included: BTreeSet<(String, String, String)>,
}

impl SetReader<'_> {
    fn source(&mut self, source: &Source) -> Result<(), Error> {
        let tree = source.parse()?;
        let root = tree.root_element();
        let home = home(&source.path, &self.contracts).to_owned();
        if !source.is_wsdl() {
            // One without a namespace is read when it is included.
            if root.has_tag_name((XS, "schema")) && root.attribute("targetNamespace").is_some() {
                self.schema(root, &source.path, &home, None)?;
            }
            return Ok(());
        }
        self.wsdls.push(definitions::read(source, root)?);
        for schema in root.descendants().filter(|it| it.has_tag_name((XS, "schema"))) {
            self.schema(schema, &source.path, &home, None)?;
        }
        Ok(())
    }

    fn schema(
        &mut self,
        root: roxmltree::Node<'_, '_>,
        path: &str,
        home: &str,
        chameleon: Option<&str>,
    ) -> Result<(), Error> {
        let document = schema::read(root, path, home, chameleon)?;
        for include in &document.includes {
            self.include(&include.location, &include.place, &document)?;
        }
        self.documents.push(document);
        Ok(())
    }

    /// Follows an include to a schema without namespace; others are read by themselves.
    fn include(&mut self, location: &str, place: &Place, from: &Document) -> Result<(), Error> {
        let (sources, construct) = (self.sources, format!("xs:include of {location}"));
        let source = find(sources, &from.path, location, place, &construct)?;
        let tree = source.parse()?;
        let root = tree.root_element();
        match root.attribute("targetNamespace") {
            Some(namespace) if namespace == from.namespace => Ok(()),
            Some(_) => Err(Error::at(place, construct, "is of another namespace", "import it")),
            None => {
                let key = (source.path.clone(), from.namespace.clone(), from.folder.clone());
                if self.included.insert(key) {
                    self.schema(root, &source.path, &from.folder, Some(&from.namespace))?;
                }
                Ok(())
            }
        }
    }

    fn check_imports(&self) -> Result<(), Error> {
        for document in &self.documents {
            for import in &document.imports {
                let construct = format!("xs:import of {}", import.namespace);
                if let Some(location) = &import.location {
                    find(self.sources, &document.path, location, &import.place, &construct)?;
                }
                if !self.documents.iter().any(|it| it.namespace == import.namespace) {
                    let advice = "put its schema into the tree";
                    return Err(Error::at(&import.place, construct, "no schema declares that namespace", advice));
                }
            }
        }
        Ok(())
    }

    fn services(&self) -> Result<Vec<Bound>, Error> {
        let mut found: Vec<Bound> = Vec::new();
        for wsdl in &self.wsdls {
            let all = self.imported(wsdl)?;
            for service in definitions::services(wsdl, &all)? {
                let folder = folder(&wsdl.path).to_owned();
                if found.iter().any(|it| it.folder == folder) {
                    let advice = "give each service a folder of its own";
                    let construct = format!("service {}", service.name);
                    return Err(Error::at(&service.place, construct, "is the second one of its folder", advice));
                }
                let documents = self.reached(&all);
                found.push(Bound { folder, namespace: wsdl.namespace.clone(), service, documents });
            }
        }
        Ok(found)
    }

    /// A WSDL document and those it imports, itself first.
    fn imported<'w>(&'w self, wsdl: &'w Wsdl) -> Result<Vec<&'w Wsdl>, Error> {
        let mut all = vec![wsdl];
        let mut next = 0;
        while let Some(current) = all.get(next).copied() {
            next += 1;
            for (location, place) in &current.imports {
                let Some(location) = location else { continue };
                let source = find(self.sources, &current.path, location, place, &format!("wsdl:import of {location}"))?;
                let known = all.iter().any(|it| it.path == source.path);
                if let (false, Some(wsdl)) = (known, self.wsdls.iter().find(|it| it.path == source.path)) {
                    all.push(wsdl);
                }
            }
        }
        Ok(all)
    }

    /// The paths of WSDL documents and of every schema that they lead to.
    fn reached(&self, wsdls: &[&Wsdl]) -> Vec<String> {
        let mut by_namespace: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for document in &self.documents {
            by_namespace.entry(&document.namespace).or_default().push(&document.path);
        }
        let mut paths: Vec<String> = wsdls.iter().map(|it| it.path.clone()).collect();
        let mut next = 0;
        while let Some(current) = paths.get(next).cloned() {
            next += 1;
            for document in self.documents.iter().filter(|it| it.path == current) {
                let includes = document.includes.iter().filter_map(|it| locate(&current, &it.location));
                let imports = document.imports.iter().flat_map(|it| match &it.location {
                    Some(location) => locate(&current, location).into_iter().collect(),
                    None => by_namespace[it.namespace.as_str()].iter().map(|it| (*it).to_owned()).collect::<Vec<_>>(),
                });
                for path in includes.chain(imports) {
                    if !paths.contains(&path) {
                        paths.push(path);
                    }
                }
            }
        }
        paths
    }
}

fn find<'s>(
    sources: &'s [Source],
    from: &str,
    location: &str,
    place: &Place,
    construct: &str,
) -> Result<&'s Source, Error> {
    let path = locate(from, location);
    let found = path.and_then(|path| sources.iter().find(|it| it.path == path));
    found.ok_or_else(|| Error::at(place, construct, "is not below wsdl/ or xsd/", "put it there or mend the location"))
}
