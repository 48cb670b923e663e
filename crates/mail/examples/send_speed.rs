//! How many messages a second go to a mail server on this machine, each built, signed with RSA-2048 and handed over:
//! `cargo run --release -p mail --example send_speed`.
//!
//! The server is part of this program, in a thread per connection, and counts what it takes. Prints one line of JSON.
//! Takes the number of messages and of connections as arguments, and `host:port` of another server as the third.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mail::address::{Mailbox, return_path};
use mail::dkim::Signer;
use mail::message::{List, Message, message_id};
use mail::smtp::{Envelope, Outcome, Security, Sender, Settings};

const KEY: &str = include_str!("../tests/data/dkim_rsa.pem");
static N_TAKEN: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |n: usize, usual: usize| arguments.get(n).map_or(usual, |text| text.parse().expect("a number"));
    let (n, n_connections) = (number(0, 20_000), number(1, 4));
    let place = arguments.get(2).cloned().unwrap_or_else(sink);
    let (host, port) = place.rsplit_once(':').expect("host:port");
    let mut settings = Settings::new(host, port.parse().expect("a port"), Security::Plain, "client.example");
    settings.max_connections = n_connections;
    settings.messages_per_connection = 1_000;
    let sender = Sender::new(settings).expect("settings that hold");
    let signer = Signer::from_pem("shop.example", "r1", KEY).expect("a key");
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..n_connections {
            scope.spawn(|| {
                loop {
                    let k = next.fetch_add(1, Ordering::Relaxed);
                    if k >= n {
                        break;
                    }
                    send(&sender, &signer, k);
                }
            });
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{}",
        serde_json::json!({"what": "send", "messages": n, "connections": n_connections, "seconds": seconds,
            "per_second": n as f64 / seconds, "taken_by_own_sink": N_TAKEN.load(Ordering::Relaxed)})
    );
}

fn send(sender: &Sender, signer: &Signer, k: usize) {
    let key = format!("msg_{k:026}");
    let paragraph =
        "<p>Dear Ada, you have been with us for a long time, and we would like to say thank you.</p>\n";
    let message = Message {
        from: Mailbox::new(Some("The Shop"), "news@shop.example"),
        to: Mailbox::new(Some("Ada"), &format!("ada{k}@example.com")),
        reply_to: None,
        subject: format!("Ada, 20 % for you ({k})"),
        html: Some(paragraph.repeat(100)),
        text: "Dear Ada, you have been with us for a long time.\n".repeat(40),
        message_id: message_id(&key, "shop.example"),
        sent_at: 1_700_000_000_000_000,
        list: Some(List {
            id: "news.shop.example".into(),
            unsubscribe_url: format!("https://crm.shop.example/u/{key}"),
            unsubscribe_mailto: None,
            feedback_id: None,
        }),
    };
    let bytes = message.to_bytes().expect("a message");
    let signed = signer.sign(&bytes, message.sent_at).expect("signed");
    let envelope = Envelope {
        return_path: return_path("bounce", &key, "shop.example").expect("a key for an address"),
        recipient: message.to.address.clone(),
    };
    match sender.send(&envelope, &signed, &mut || Ok(())) {
        Outcome::Accepted(_) => {}
        other => panic!("message {k}: {other:?}"),
    }
}

fn sink() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("it has an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || take(&stream));
        }
    });
    place
}

fn take(stream: &TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    writer.write_all(b"220 sink\r\n").ok()?;
    let mut line = Vec::new();
    let mut in_data = false;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let answer: &[u8] = match (in_data, line.as_slice()) {
            (true, b".\r\n") => {
                in_data = false;
                N_TAKEN.fetch_add(1, Ordering::Relaxed);
                b"250 taken\r\n"
            }
            (true, _) => continue,
            (false, command) => match command.get(..4)? {
                b"EHLO" => b"250-sink\r\n250 PIPELINING\r\n",
                b"DATA" => {
                    in_data = true;
                    b"354 go on\r\n"
                }
                b"QUIT" => b"221 bye\r\n",
                _ => b"250 fine\r\n",
            },
        };
        writer.write_all(answer).ok()?;
    }
}
