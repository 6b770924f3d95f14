//! Where notices may be sent: whoever subscribes names an address, and must not be able to reach what only we can reach.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs},
    str::FromStr,
};

use reqwest::Url;

/// Somebody who knows which addresses a name has.
pub trait Resolver: Send + Sync {
    /// The addresses of a name. May wait for the network.
    ///
    /// # Errors
    /// It has none, or nobody knows.
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Resolver for System {
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok((name, 0).to_socket_addrs()?.map(|it| it.ip()).collect())
    }
}

/// Addresses that begin alike: `10.1.0.0/16`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn holds(&self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no address and no network such as 10.1.0.0/16");
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |it| it.parse().map_err(|_| wrong()))?;
        if bits <= most { Ok(Self { address, bits }) } else { Err(wrong()) }
    }
}

/// What may be reached.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// `http` too, and not only `https`.
    pub plain: bool,
    /// Networks that may be reached although they are not public.
    pub networks: Vec<Network>,
}

const NO_ADDRESS: &str = "The target is no address, or has a user, a password or a fragment.";
const NOT_SAFE: &str = "The target is not an https address.";
const NOT_PUBLIC: &str = "The target cannot be reached from here.";

impl Reach {
    /// What an address says of itself: its parts, and where it is no name, whether it is public.
    ///
    /// # Errors
    /// Why nothing is sent there.
    pub fn parse(&self, target: &str) -> Result<Url, &'static str> {
        let url = Url::parse(target).map_err(|_| NO_ADDRESS)?;
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // A parser that corrects what it reads could see another host than one that does not.
        let authority = target.split_once("://").is_some_and(|(scheme, rest)| {
            scheme.eq_ignore_ascii_case(url.scheme()) && !rest.is_empty() && !rest.starts_with('/')
        });
        if !bare || !authority || target.contains(['\\', '\t', '\n', '\r', ' ']) {
            return Err(NO_ADDRESS);
        }
        if url.scheme() != "https" && !(self.plain && url.scheme() == "http") {
            return Err(NOT_SAFE);
        }
        match literal(&url) {
            Some(address) if !self.allows(address) => Err(NOT_PUBLIC),
            Some(_) | None => Ok(url),
        }
    }

    /// Whether everything that a name leads to may be reached.
    ///
    /// # Errors
    /// Why nothing is sent there.
    pub fn vet(&self, target: &str, resolver: &dyn Resolver) -> Result<(), &'static str> {
        let url = self.parse(target)?;
        if literal(&url).is_some() {
            return Ok(());
        }
        let name = url.host_str().unwrap_or_default();
        let found = resolver.addresses(name).map_err(|_| NOT_PUBLIC)?;
        if self.allows_all(&found) { Ok(()) } else { Err(NOT_PUBLIC) }
    }

    /// Whether all of some addresses may be reached. A name with one that may not is not to be trusted with the others.
    #[must_use]
    pub fn allows_all(&self, addresses: &[IpAddr]) -> bool {
        !addresses.is_empty() && addresses.iter().all(|it| self.allows(*it))
    }

    fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.networks.iter().any(|it| it.holds(address.to_canonical()))
    }
}

/// The address that stands where a name may stand.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether an address belongs to somebody on the public network.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match a {
        // This network, private, loopback.
        0 | 10 | 127 => true,
        // Shared by providers behind one address.
        100 => (64..128).contains(&b),
        // Link-local, where clouds keep their secrets.
        169 => b == 254,
        172 => (16..32).contains(&b),
        // Private; protocol assignments and documentation; relays.
        192 => b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        // Benchmarks; documentation.
        198 => b == 18 || b == 19 || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        // Multicast, reserved, broadcast.
        224..=255 => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match (a, b) {
        // Translated to IPv4.
        (0x0064, 0xff9b) if [c, d, e, f] == [0; 4] => inner(g, h),
        // Protocol assignments and tunnels, documentation.
        (0x2001, 0..0x0200 | 0x0db8) | (0x3fff, 0..0x1000) => false,
        // IPv4 in another coat.
        (0x2002, _) => inner(b, c),
        // Nothing else is given out yet.
        (0x2000..0x4000, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_reached() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:a9fe",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "193.3.3.3",
            "2a00:1450::1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn addresses_are_what_they_look_like() {
        let strict = Reach::default();
        for wrong in [
            "",
            "nope",
            "ftp://a.example/",
            "http://a.example/",
            "https://",
            "https:///x",
            "https:a.example",
            "https:/a.example",
            "https://u@a.example/",
            "https://u:p@a.example/",
            "https://:p@a.example/",
            "https://a.example/#x",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fe80::1]/",
            "https://0/",
            "https://a.example\\@127.0.0.1/",
            "https://a.exa\tmple/",
            "file:///etc/passwd",
            "gopher://a.example/",
            "javascript:1",
        ] {
            assert!(strict.parse(wrong).is_err(), "{wrong}");
        }
        assert!(strict.parse("https://a.example:8443/in?x=1").is_ok());
        assert!(strict.parse("https://1.1.1.1/").is_ok());
        let open = Reach { plain: true, networks: vec!["127.0.0.1".parse().unwrap(), "10.1.0.0/16".parse().unwrap()] };
        assert!(open.parse("http://127.0.0.1:1/").is_ok() && open.parse("http://10.1.255.1/").is_ok());
        assert!(open.parse("http://127.0.0.2/").is_err() && open.parse("http://10.2.0.1/").is_err());
    }

    #[test]
    fn networks_are_addresses_with_a_length() {
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "a.example", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().holds("8.8.8.8".parse().unwrap()));
        assert!(!"::/0".parse::<Network>().unwrap().holds("8.8.8.8".parse().unwrap()));
    }

    struct Names(Vec<&'static str>);

    impl Resolver for Names {
        fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            Ok(self.0.iter().map(|it| it.parse().unwrap()).collect())
        }
    }

    #[test]
    fn a_name_with_one_inner_address_is_not_trusted() {
        let reach = Reach::default();
        let vet = |all: &[&'static str]| reach.vet("https://a.example/", &Names(all.to_vec())).is_ok();
        assert!(vet(&["1.1.1.1", "2606:4700::1111"]));
        assert!(!vet(&["1.1.1.1", "127.0.0.1"]));
        assert!(!vet(&["::ffff:169.254.169.254"]));
        assert!(!vet(&[]), "a name without addresses");
    }
}
