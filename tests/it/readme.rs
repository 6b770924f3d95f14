//! What README.md says is so: its commands are commands, its settings are all settings there are, and no others.

use std::{collections::BTreeMap, fs};

use skolebro::config::Config;

use crate::cli::skolebro;

fn readme() -> String {
    fs::read_to_string("README.md").unwrap()
}

/// The first block of code under a heading.
fn block(heading: &str) -> String {
    let text = readme();
    let below = text.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no {heading}")).1;
    let block = below.split("```").nth(1).unwrap();
    block.split_once('\n').unwrap().1.to_owned()
}

fn help(command: &[&str]) -> String {
    let output = skolebro().args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?} is no command");
    String::from_utf8(output.stdout).unwrap()
}

/// Every command, and every option of it, is one.
#[test]
fn its_commands_are_commands() {
    let block = block("Commands");
    let mut options = 0;
    for line in block.lines() {
        let (program, line) = line.split_once(' ').unwrap();
        let (command, rest) = line.trim_start().split_once(' ').unwrap();
        assert_eq!(program, "skolebro");
        let mut told = help(&[command]);
        let mut has_value = false;
        for word in rest.split_whitespace().map(|it| it.trim_start_matches(['[', '('])) {
            let bare = word.trim_end_matches([']', ')']);
            if bare.starts_with('-') {
                let is_there = [' ', ',', '\n'].iter().any(|it| told.contains(&format!("{bare}{it}")));
                assert!(is_there, "{command} {bare}");
                (options, has_value) = (options + 1, bare == word);
            } else if !std::mem::take(&mut has_value) {
                for name in bare.split('|').filter(|it| it.starts_with(|it: char| it.is_ascii_lowercase())) {
                    told = help(&[command, name]);
                }
            }
        }
    }
    assert!(block.lines().count() >= 12 && options > 20, "{options} options");
    let tasks = fs::read_to_string("xtask/src/main.rs").unwrap();
    for task in readme().split("cargo xtask ").skip(1) {
        let task = task.split(|it: char| !it.is_ascii_lowercase()).next().unwrap();
        assert!(tasks.contains(&format!("\ncargo xtask {task} ")), "cargo xtask {task}");
    }
}

/// A section of the configuration, in the form in which it stands in a file: `[listen]`, `[[caller]]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Section(Vec<(String, bool)>);

impl Section {
    fn child(&self, key: &str, is_list: bool) -> Self {
        Self([&self.0[..], &[(key.to_owned(), is_list)]].concat())
    }

    fn path(&self) -> String {
        self.0.iter().map(|it| it.0.as_str()).collect::<Vec<_>>().join(".")
    }

    /// What keys the program knows here: it lists them to whoever writes a wrong one. None where this is no section.
    fn keys(&self) -> Option<Vec<String>> {
        let mut text = String::new();
        for end in 1..=self.0.len() {
            let path = Self(self.0[..end].to_vec()).path();
            text.push_str(&if self.0[end - 1].1 { format!("[[{path}]]\n") } else { format!("[{path}]\n") });
        }
        text.push_str("xyzzy = 1\n");
        let told = toml::from_str::<Config>(&text).err()?;
        let quoted: Vec<&str> = told.message().split('`').skip(1).step_by(2).collect();
        let (wrong, known) = quoted.split_first()?;
        let is_it = told.message().starts_with("unknown field") && *wrong == "xyzzy";
        is_it.then(|| known.iter().map(|it| (*it).to_owned()).collect())
    }

    /// This section and those in it, each with its keys. A section in another is none of its keys.
    fn all(&self, into: &mut BTreeMap<String, Vec<String>>) -> bool {
        let Some(keys) = self.keys() else { return false };
        let mut is_section = |key: &String| [false, true].into_iter().any(|it| self.child(key, it).all(into));
        let keys = keys.into_iter().filter(|it| !is_section(it)).collect();
        into.insert(self.path(), keys);
        true
    }
}

/// The sections of README's block, each with its text. A table in a section may stand for itself, and may be commented out.
fn described() -> BTreeMap<String, String> {
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    let mut section = String::new();
    for line in block("Configuration").lines() {
        let header = line.trim_start_matches("# ");
        if header.starts_with('[') {
            section = header.trim_start_matches('[').split(']').next().unwrap().to_owned();
        }
        sections.entry(section.clone()).or_default().push_str(&format!("{line}\n"));
    }
    sections
}

#[test]
fn its_settings_are_all_settings_and_no_others() {
    if let Err(why) = toml::from_str::<Config>(&block("Configuration")) {
        panic!("the block of README.md is no configuration: {why}");
    }
    let (mut known, described) = (BTreeMap::new(), described());
    assert!(Section(Vec::new()).all(&mut known));
    assert!(known.len() >= 15 && known["listen"].iter().any(|it| it == "address"), "{known:?}");
    let mut wrong = Vec::new();
    for (section, keys) in &known {
        let text = described.get(section).map_or("", String::as_str);
        let words: Vec<&str> = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').collect();
        for key in keys {
            let has_own = described.contains_key(&format!("{section}.{key}"));
            if !has_own && !words.contains(&key.as_str()) {
                wrong.push(format!("[{section}] {key} is not told"));
            }
        }
        for line in text.lines().map(|it| it.trim_start_matches("# ")) {
            let key = line.split_once(" = ").map_or("", |it| it.0);
            let is_key =
                !key.is_empty() && key.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
            if is_key && !keys.iter().any(|it| it == key) {
                wrong.push(format!("[{section}] {key} is no setting"));
            }
        }
    }
    let sections = described.keys().filter(|it| !it.is_empty() && !known.contains_key(*it));
    for section in sections {
        let (parent, key) = section.rsplit_once('.').unwrap_or(("", section));
        if !known.get(parent).is_some_and(|it| it.iter().any(|it| it == key)) {
            wrong.push(format!("[{section}] is no section"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
