//! Signatures: the published examples of canonical forms, a verifier written anew, and messages that nobody should send.
//!
//! The keys are of these tests only. By hand the same messages were given to another implementation, see decision 0009.

use super::*;

const RSA: &str = include_str!("../../tests/data/dkim_rsa.pem");
const ED25519: &str = include_str!("../../tests/data/dkim_ed25519.pem");

fn signer(pem: &str) -> Signer {
    Signer::from_pem("shop.example", "r1", pem).expect("a key of the tests")
}

#[test]
fn the_canonical_forms_are_those_of_rfc_6376_section_3_4_5() {
    let message = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
    let (headers, body) = split(message).expect("a message");
    let mut canonical = Vec::new();
    headers.iter().for_each(|header| relaxed_header(header, &mut canonical));
    assert_eq!(canonical, b"a:X\r\nb:Y Z\r\n");
    assert_eq!(relaxed_body(body), b" C\r\nD E\r\n");
    assert_eq!(relaxed_body(b""), b"");
    assert_eq!(relaxed_body(b"\r\n\r\n"), b"");
    assert_eq!(relaxed_body(b"a"), b"a\r\n");
}

#[test]
fn the_body_hash_is_that_of_rfc_8463_appendix_a() {
    let body = b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    let hash = ring::digest::digest(&ring::digest::SHA256, &relaxed_body(body));
    assert_eq!(BASE64.encode(hash), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
}

/// The text that a signature seals and the signature, taken apart with other means than those of the signer.
fn sealed(signed: &str) -> (String, Vec<u8>) {
    let (head, _) = signed.split_once("\r\n\r\n").expect("headers and body");
    let unfolded = head.replace("\r\n\t", " ").replace("\r\n ", " ");
    let lines: Vec<(&str, String)> = unfolded
        .split("\r\n")
        .map(|line| line.split_once(':').expect("a header"))
        .map(|(name, value)| (name, value.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    let signature = lines.iter().find(|(name, _)| *name == "DKIM-Signature").expect("a signature").1.clone();
    let tag = |wanted: &str| {
        let pair = signature.split(';').map(str::trim).find(|pair| pair.starts_with(&format!("{wanted}=")));
        pair.expect("the tag is there")[wanted.len() + 1..].replace(' ', "")
    };
    let mut text = String::new();
    let mut rest = lines.clone();
    for name in tag("h").split(':') {
        if let Some(at) = rest.iter().rposition(|(known, _)| known.eq_ignore_ascii_case(name)) {
            let (name, value) = rest.remove(at);
            text.push_str(&format!("{}:{value}\r\n", name.to_lowercase()));
        }
    }
    let (without, _) = signature.rsplit_once("b=").expect("the seal stands last");
    text.push_str(&format!("dkim-signature:{without}b="));
    (text, BASE64.decode(tag("b")).expect("base64"))
}

#[test]
fn an_rsa_signature_seals_headers_and_body() {
    let message = crate::message::tests::message().to_bytes().expect("a message");
    let signer = signer(RSA);
    let signed =
        String::from_utf8(signer.sign(&message, 1_700_000_000_000_000).expect("signed")).expect("ASCII");
    let (text, seal) = sealed(&signed);
    let Key::Rsa(key) = &signer.key else { panic!("an RSA key") };
    let public = ring::signature::UnparsedPublicKey::new(
        &ring::signature::RSA_PKCS1_2048_8192_SHA256,
        key.public_key().as_ref(),
    );
    public.verify(text.as_bytes(), &seal).expect("the signature holds");
    for header in ["list-unsubscribe:", "list-unsubscribe-post:", "subject:", "from:", "date:", "message-id:"]
    {
        assert!(text.contains(header), "{header} is sealed");
    }
    let (_, body) = message.split_at(message.windows(4).position(|w| w == b"\r\n\r\n").expect("a body") + 4);
    let hash = BASE64.encode(ring::digest::digest(&ring::digest::SHA256, &relaxed_body(body)));
    assert!(signed.contains(&format!("bh={hash};")));
    public.verify(text.replace("one-click", "x").as_bytes(), &seal).expect("nothing was changed");
    public.verify(text.replace("One-Click", "x").as_bytes(), &seal).expect_err("a changed header breaks it");
    assert!(signed.split("\r\n").all(|line| line.len() < 100), "lines stay short");
}

#[test]
fn an_ed25519_signature_seals_the_hash_of_rfc_8463() {
    let message = crate::message::tests::message().to_bytes().expect("a message");
    let signer = signer(ED25519);
    let signed =
        String::from_utf8(signer.sign(&message, 1_700_000_000_000_000).expect("signed")).expect("ASCII");
    let (text, seal) = sealed(&signed);
    let Key::Ed25519(key) = &signer.key else { panic!("an Ed25519 key") };
    let public =
        ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key.public_key().as_ref());
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    public.verify(hash.as_ref(), &seal).expect("the signature holds");
}

#[test]
fn two_keys_give_two_signatures_that_both_stand() {
    let message = crate::message::tests::message().to_bytes().expect("a message");
    let once = signer(RSA).sign(&message, 1_700_000_000_000_000).expect("signed");
    let twice = signer(ED25519).sign(&once, 1_700_000_000_000_000).expect("signed");
    assert!(twice.ends_with(&once) && once.ends_with(&message));
}

#[test]
fn the_dns_record_holds_the_public_key() {
    let (name, record) = signer(RSA).dns_record();
    assert_eq!(name, "r1._domainkey.shop.example");
    assert!(record.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"), "{record}");
    let (_, record) = signer(ED25519).dns_record();
    assert_eq!(record.len(), "v=DKIM1; k=ed25519; p=".len() + 44, "{record}");
}

#[test]
fn what_cannot_be_signed_is_refused() {
    for bad in [
        "",
        "x",
        "From: a@b.de\r\n",
        "From: a@b.de\n\nx",
        "Subject: x\r\n\r\nx",
        "no colon\r\n\r\nx",
        "\r\n\r\n",
    ] {
        assert!(signer(ED25519).sign(bad.as_bytes(), 0).is_err(), "{bad:?}");
    }
}

#[test]
fn a_key_that_is_none_says_what_it_is() {
    for (pem, words) in [
        ("", "no line begins"),
        ("-----BEGIN PRIVATE KEY-----", "no line begins with -----END"),
        ("-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----", "base64"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "neither"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "not a private key"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "password"),
    ] {
        let problem = Signer::from_pem("shop.example", "r1", pem).expect_err(words);
        assert!(problem.message.contains(words), "{problem}");
    }
    assert_eq!(Signer::from_pem("sh op", "r1", RSA).expect_err("no domain").field, "domain");
    assert_eq!(Signer::from_pem("shop.example", "r;1", RSA).expect_err("no selector").field, "selector");
}
