//! Addresses of servers elsewhere: read in one place, so that all agree on what the host is.

use std::net::IpAddr;

use reqwest::Url;

/// The address of a server over HTTP, without user, query and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(Url);

impl Address {
    /// Nothing, if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // What a browser would mend is not what was meant.
        let (scheme, rest) = text.split_once("://")?;
        let is_plain =
            !rest.contains(|it: char| it.is_whitespace() || it.is_control() || it == '\\') && !rest.starts_with('/');
        let url = Url::parse(text).ok().filter(|_| is_plain && !scheme.is_empty())?;
        let is_bare =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        (matches!(url.scheme(), "http" | "https") && url.has_host() && is_bare).then_some(Self(url))
    }

    /// Whether it leads further than to the server.
    pub(super) fn has_path(&self) -> bool {
        self.0.path() != "/"
    }

    /// Whether everybody on the way may read along: nothing is encrypted, and there is a way.
    pub(super) fn is_open(&self) -> bool {
        self.0.scheme() == "http" && !self.is_own_machine()
    }

    /// Whether it is reached without a network.
    fn is_own_machine(&self) -> bool {
        let host = self.host();
        host == "localhost" || host.parse().is_ok_and(|it: IpAddr| it.is_loopback())
    }

    /// The name of the host, or its number.
    fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default().trim_matches(['[', ']'])
    }

    /// Host and port.
    pub(super) fn host_and_port(&self) -> (String, u16) {
        (self.host().to_owned(), self.0.port_or_known_default().unwrap_or(443))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_host_and_a_port() {
        for (text, host, port) in [
            ("https://brugerdatabasen.stil.dk", "brugerdatabasen.stil.dk", 443),
            ("http://127.0.0.1:8080", "127.0.0.1", 8080),
            ("https://[::1]", "::1", 443),
            (" http://[::1]:1/v2.0/ ", "::1", 1),
            ("HTTPS://Skola.Example:444/api/v1", "skola.example", 444),
            ("https://skole.æøå.example", "skole.xn--5cab8c.example", 443),
        ] {
            let address = Address::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(address.host_and_port(), (host.to_owned(), port), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in [
            "",
            "skola.example",
            "skola.example:443",
            "https:skola.example",
            "https://",
            "https:///skola.example",
            "https://a b",
            "https://a\\b",
            "https://user@a/",
            "https://user:secret@a/",
            "https://:secret@a/",
            "https://a/?x",
            "https://a/#x",
            "https://a:99999",
            "https://[::1",
            "ftp://a",
            "file:///etc",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_is_open_that_stays_on_the_machine() {
        let is_open = |text: &str| Address::parse(text).unwrap().is_open();
        for own in
            ["http://localhost", "http://127.0.0.1:1/x", "http://[::1]/", "http://[0:0:0:0:0:0:0:1]:8", "https://a"]
        {
            assert!(!is_open(own), "{own}");
        }
        for open in
            ["http://a", "http://localhost.example", "http://127.0.0.1.example", "http://10.0.0.1", "http://[::2]"]
        {
            assert!(is_open(open), "{open}");
        }
    }
}
