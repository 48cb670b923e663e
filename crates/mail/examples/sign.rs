//! Signs a message, to be given to other people's verifiers:
//! `cargo run -p mail --example sign -- DOMAIN SELECTOR KEY.pem < message.eml > signed.eml`.
//!
//! More keys may follow in groups of three. The DNS records go to the error output, a line each.

use std::io::{Read, Write};

use mail::dkim::Signer;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut message = Vec::new();
    std::io::stdin().read_to_end(&mut message).expect("a message comes in");
    for group in arguments.chunks(3) {
        let [domain, selector, key] = group else { panic!("DOMAIN SELECTOR KEY.pem") };
        let pem = std::fs::read_to_string(key).expect("the key can be read");
        let signer = Signer::from_pem(domain, selector, &pem).expect("a key that can sign");
        let (name, record) = signer.dns_record();
        eprintln!("{name}. {record}");
        message = signer.sign(&message, 1_700_000_000_000_000).expect("a message with headers");
    }
    std::io::stdout().write_all(&message).expect("somebody reads it");
}
