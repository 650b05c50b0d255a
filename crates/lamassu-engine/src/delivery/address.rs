//! Which addresses may be connected to: public ones, and those that an administrator opened.
//!
//! Sources: the special-purpose registries of IANA for IPv4 and IPv6, RFC 6052 (NAT64), RFC 3056 (6to4).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::Deserialize;

/// A network: all addresses that share the first bits with this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// The text is not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network; write it as 10.1.0.0/16 or fd00::/8")]
pub struct InvalidNetwork(String);

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let parsed = text.split_once('/').and_then(|(address, prefix)| {
            let address: IpAddr = address.parse().ok()?;
            let prefix_bits: u8 = prefix.parse().ok()?;
            let bits_max = if address.is_ipv4() { 32 } else { 128 };
            (prefix_bits <= bits_max).then_some(Self { address, prefix_bits })
        });
        parsed.ok_or_else(|| InvalidNetwork(text.to_owned()))
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(text: String) -> Result<Self, InvalidNetwork> {
        text.parse()
    }
}

impl Network {
    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let bits = u32::from(self.prefix_bits);
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same_start(own, other, bits),
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.leading_zeros() >= bits
            }
            _ => false,
        }
    }
}

fn same_start(one: Ipv4Addr, other: Ipv4Addr, bits: u32) -> bool {
    (u32::from(one) ^ u32::from(other)).leading_zeros() >= bits
}

/// What of IPv4 is not for everybody.
const NOT_PUBLIC: [([u8; 4], u32); 17] = [
    ([0, 0, 0, 0], 8),        // this network, and "any"
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // behind carriers; metadata of one cloud
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // metadata of one cloud
    ([169, 254, 0, 0], 16),   // link-local; metadata of most clouds
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments; metadata of one cloud
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 88, 99, 0], 24),   // 6to4 relays of old
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved
    ([255, 255, 255, 255], 32),
];

/// What of the public part of IPv6, 2000::/3, is not for everybody.
const NOT_PUBLIC_V6: [([u16; 3], u32); 3] = [
    ([0x2001, 0, 0], 23),      // protocol assignments: Teredo, benchmarks, ORCHID
    ([0x2001, 0x0db8, 0], 32), // documentation
    ([0x3fff, 0, 0], 20),      // documentation
];

/// Whether an address may be connected to: it is public, or lies in one of the networks opened.
pub fn is_allowed(address: IpAddr, opened: &[Network]) -> bool {
    // An IPv4 address in IPv6's clothes is the same machine.
    let address = address.to_canonical();
    is_public(address) || opened.iter().any(|network| network.contains(address))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !NOT_PUBLIC.iter().any(|&(network, bits)| same_start(network.into(), address, bits))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let embedded = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match parts {
        // NAT64: the gateway goes on to the IPv4 address at the end.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        // 6to4: as above, after the first two bytes.
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        [first, ..] if first & 0xe000 != 0x2000 => false,
        _ => !NOT_PUBLIC_V6.iter().any(|&([a, b, c], bits)| {
            let network = u128::from(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0));
            (network ^ u128::from(address)).leading_zeros() >= bits
        }),
    }
}
