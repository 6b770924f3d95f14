//! Made-up documents: a tree, its canonical form as the specification tells it, and a source text that writes the same tree
//! in whatever ways XML has.

use std::collections::{BTreeMap, BTreeSet};

/// A source of numbers that is the same each time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number under `most`.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        ((mixed >> 33) as usize) % most
    }

    fn one_in(&mut self, most: usize) -> bool {
        self.below(most) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

type Scope = BTreeMap<&'static str, &'static str>;

/// A document, its elements in the order of their start tags.
pub(crate) struct Tree {
    elements: Vec<Element>,
}

struct Element {
    prefix: &'static str,
    local: &'static str,
    declared: Scope,
    scope: Scope,
    attributes: Vec<(&'static str, &'static str, String)>,
    children: Vec<Child>,
}

enum Child {
    Element(usize),
    Text(String),
    Comment(&'static str),
    Instruction(&'static str, &'static str),
}

const PREFIXES: &[&str] = &["", "a", "b", "c"];
const URIS: &[&str] = &["urn:1", "urn:2", "../relative", "http://x/?a&b", "urn:\"<\u{e6}"];
const NAMES: &[&str] = &["e", "é-1", "Id", "x.y_z"];
const CHARACTERS: &[char] = &['x', ' ', '\n', '\t', '\r', '<', '>', '&', '"', '\'', ']', 'ø', '\u{1f642}', ';', '-'];

impl Tree {
    pub(crate) fn made(dice: &mut Dice) -> Self {
        let mut tree = Self { elements: Vec::new() };
        tree.element(dice, &Scope::new(), 0);
        tree
    }

    fn element(&mut self, dice: &mut Dice, around: &Scope, depth: usize) -> usize {
        let (mut declared, mut scope) = (Scope::new(), around.clone());
        for _ in 0..dice.below(3) {
            let prefix = dice.of(PREFIXES);
            // Only the default namespace can be taken back.
            let uri = if prefix.is_empty() && dice.one_in(3) { "" } else { dice.of(URIS) };
            declared.insert(prefix, uri);
        }
        scope.extend(&declared);
        let bound = |dice: &mut Dice| {
            let prefix = dice.of(PREFIXES);
            if scope.contains_key(prefix) { prefix } else { "" }
        };
        let (mut attributes, mut taken) = (Vec::new(), BTreeSet::new());
        for _ in 0..dice.below(4) {
            let (prefix, local) = (if dice.one_in(5) { "xml" } else { bound(dice) }, dice.of(NAMES));
            let uri = if prefix.is_empty() { "" } else { scope.get(prefix).copied().unwrap_or("xml") };
            if taken.insert((uri, local)) {
                attributes.push((prefix, local, string(dice)));
            }
        }
        let number = self.elements.len();
        let (prefix, local) = (bound(dice), dice.of(NAMES));
        self.elements.push(Element { prefix, local, declared, scope: scope.clone(), attributes, children: Vec::new() });
        for _ in 0..dice.below(if depth < 4 { 5 } else { 1 }) {
            let child = match dice.below(8) {
                0 => Child::Comment(dice.of(&["", " - x", "a\nb", "<&>"])),
                1 => Child::Instruction(dice.of(&["p", "xml-p"]), dice.of(&["", "q r", "<?&\n>"])),
                2 | 3 => Child::Text(string(dice)),
                _ => Child::Element(self.element(dice, &scope, depth + 1)),
            };
            self.elements[number].children.push(child);
        }
        number
    }

    /// The canonical form of the element with this number.
    pub(crate) fn canonical(&self, number: usize, list: &[&str], comments: bool) -> String {
        let mut out = String::new();
        self.render(number, list, comments, &Scope::new(), &mut out);
        out
    }

    /// As chapter 3 of the specification has it: `rendered` is what the ancestors in the output have declared.
    fn render(&self, number: usize, list: &[&str], comments: bool, rendered: &Scope, out: &mut String) {
        let it = &self.elements[number];
        let mut used: BTreeSet<&str> = it.attributes.iter().map(|it| it.0).filter(|it| !it.is_empty()).collect();
        used.insert(it.prefix);
        used.extend(list.iter().map(|it| if *it == "#default" { "" } else { it }));
        used.remove("xml");
        let mut rendered = rendered.clone();
        let name = qualified(it.prefix, it.local);
        *out += &format!("<{name}");
        for prefix in it.scope.keys().filter(|it| used.contains(**it)) {
            let uri = it.scope[prefix];
            let before = rendered.insert(prefix, uri);
            if before.unwrap_or("") != uri {
                let colon = if prefix.is_empty() { "" } else { ":" };
                *out += &format!(" xmlns{colon}{prefix}=\"{}\"", value(uri));
            }
        }
        let mut attributes: Vec<_> = it.attributes.iter().collect();
        attributes.sort_by_key(|(prefix, local, _)| match *prefix {
            "" => ("", *local),
            "xml" => ("http://www.w3.org/XML/1998/namespace", *local),
            prefix => (it.scope[prefix], *local),
        });
        for (prefix, local, text) in attributes {
            *out += &format!(" {}=\"{}\"", qualified(prefix, local), value(text));
        }
        *out += ">";
        for child in &it.children {
            match child {
                Child::Element(child) => self.render(*child, list, comments, &rendered, out),
                Child::Text(text) => {
                    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                    *out += &text.replace('\r', "&#xD;");
                }
                Child::Comment(text) if comments => *out += &format!("<!--{text}-->"),
                Child::Comment(_) => {}
                Child::Instruction(target, "") => *out += &format!("<?{target}?>"),
                Child::Instruction(target, data) => *out += &format!("<?{target} {data}?>"),
            }
        }
        *out += &format!("</{name}>");
    }

    /// A source text, and where in it each element begins.
    pub(crate) fn source(&self, dice: &mut Dice) -> (String, Vec<usize>) {
        let (mut out, mut places) = (String::new(), vec![0; self.elements.len()]);
        out += dice.of(&["", "<?xml version=\"1.0\"?>", "<!-- x -->\r\n"]);
        self.write(0, dice, &mut out, &mut places);
        out += dice.of(&["", "\r\n", "<?p?><!--y-->"]);
        (out, places)
    }

    fn write(&self, number: usize, dice: &mut Dice, out: &mut String, places: &mut [usize]) {
        let it = &self.elements[number];
        places[number] = out.len();
        let name = qualified(it.prefix, it.local);
        let mut attributes: Vec<String> = Vec::new();
        for (prefix, uri) in &it.declared {
            let colon = if prefix.is_empty() { "" } else { ":" };
            attributes.push(format!("xmlns{colon}{prefix}{}", written_value(uri, dice)));
        }
        for (prefix, local, text) in &it.attributes {
            attributes.push(qualified(prefix, local) + &written_value(text, dice));
        }
        *out += &format!("<{name}");
        while !attributes.is_empty() {
            *out += dice.of(&[" ", "\n", "\t  ", "\r\n"]);
            *out += &attributes.swap_remove(dice.below(attributes.len()));
        }
        *out += dice.of(&["", "", " ", "\n"]);
        if it.children.is_empty() && dice.one_in(2) {
            *out += "/>";
            return;
        }
        *out += ">";
        for child in &it.children {
            match child {
                Child::Element(child) => self.write(*child, dice, out, places),
                Child::Text(text) => write_text(text, dice, out),
                Child::Comment(text) => {
                    *out += &format!("<!--{}-->", text.replace('\n', dice.of(&["\n", "\r", "\r\n"])))
                }
                Child::Instruction(target, "") => *out += &format!("<?{target}{}?>", dice.of(&["", " "])),
                Child::Instruction(target, data) => {
                    let data = data.replace('\n', dice.of(&["\n", "\r", "\r\n"]));
                    *out += &format!("<?{target}{}{data}?>", dice.of(&[" ", "\t\n"]));
                }
            }
        }
        *out += &format!("</{name}{}>", dice.of(&["", "", " ", "\r\n"]));
    }
}

fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
}

fn string(dice: &mut Dice) -> String {
    (0..dice.below(8)).map(|_| dice.of(CHARACTERS)).collect()
}

/// The canonical form of a value.
fn value(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    text.replace('\t', "&#x9;").replace('\n', "&#xA;").replace('\r', "&#xD;")
}

fn by_number(character: char, dice: &mut Dice) -> String {
    let code = u32::from(character);
    if dice.one_in(2) { format!("&#{code};") } else { format!("&#x{code:04x};") }
}

/// A value in some way of writing it, with its quotes.
fn written_value(text: &str, dice: &mut Dice) -> String {
    let quote = dice.of(&['"', '\'']);
    let mut out = String::from(dice.of(&["=", " = ", "\n="]));
    out.push(quote);
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => out += &by_number(character, dice),
            ' ' => out += dice.of(&[" ", "\t", "\n", "\r\n", "&#32;"]),
            '&' => out += dice.of(&["&amp;", "&#38;"]),
            '<' => out += dice.of(&["&lt;", "&#x3C;"]),
            '"' if quote == '"' => out += dice.of(&["&quot;", "&#34;"]),
            '\'' if quote == '\'' => out += "&apos;",
            other if dice.one_in(9) => out += &by_number(other, dice),
            other => out.push(other),
        }
    }
    // A line feed behind a carriage return would be one line end with it.
    out = out.replace("\r\n\n", "\r\n&#32;");
    out.push(quote);
    out
}

fn write_text(text: &str, dice: &mut Dice, out: &mut String) {
    for character in text.chars() {
        match character {
            '\r' => *out += &by_number(character, dice),
            '\n' => *out += dice.of(&["\r\n", "\n"]),
            '&' => *out += dice.of(&["&amp;", "<![CDATA[&]]>"]),
            '<' => *out += dice.of(&["&lt;", "<![CDATA[<]]>"]),
            '>' if out.ends_with(']') => *out += "&gt;",
            other if dice.one_in(9) => *out += &by_number(other, dice),
            other if dice.one_in(9) => *out += &format!("<![CDATA[{other}]]>"),
            other => out.push(other),
        }
    }
}
