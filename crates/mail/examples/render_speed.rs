//! How long subject, HTML and text for a million recipients take: `cargo run --release -p mail --example render_speed`.
//!
//! Prints one line of JSON. Takes the number of recipients and of threads as arguments.

use std::time::Instant;

use mail::links::{Rules, Tracking, Utm};
use mail::template::{Body, Source, Template};
use serde_json::json;

const MJML: &str = r##"<mjml><mj-head><mj-preview>{{ person.given_name | default("Hello") }}, twenty per cent for you</mj-preview>
<mj-attributes><mj-all font-family="Helvetica, Arial, sans-serif" /></mj-attributes></mj-head><mj-body background-color="#f4f4f4">
<mj-section background-color="#ffffff"><mj-column><mj-image src="https://shop.example/logo.png" alt="The shop" width="120px" /></mj-column></mj-section>
<mj-section background-color="#ffffff"><mj-column>
<mj-text font-size="20px">Dear {{ person.given_name | default("customer") }},</mj-text>
<mj-text>you have been with us since {{ person.since }}. {% if person.orders > 3 %}You are one of our most loyal customers, and
we would like to say thank you.{% else %}We hope that you have found what you were looking for.{% endif %}</mj-text>
<mj-text>Among the things that you looked at: {% for item in person.items %}<b>{{ item }}</b>{% if not loop.last %}, {% endif %}{% endfor %}.</mj-text>
<mj-button href="https://shop.example/spring?from=mail">To the spring offers</mj-button></mj-column></mj-section>
<mj-section><mj-column><mj-text><a href="https://shop.example/one">One</a> <a href="https://shop.example/two">Two</a></mj-text></mj-column>
<mj-column><mj-text><a href="https://shop.example/three">Three</a></mj-text></mj-column></mj-section>
<mj-section><mj-column><mj-text font-size="11px">The Shop, 1 Market Street. <a href="{{ unsubscribe_url }}">Unsubscribe</a> or
<a href="{{ preferences_url }}">choose what you get</a>.</mj-text></mj-column></mj-section></mj-body></mjml>"##;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>().expect("a number"));
    let n = arguments.next().unwrap_or(1_000_000);
    let n_threads = arguments.next().unwrap_or(2);
    let utm =
        Utm { source: "rondel".into(), medium: "email".into(), campaign: "spring".into(), content: None };
    let source = Source {
        subject: "{{ person.given_name | default(\"Hello\") }}, 20 % for you",
        body: Body::Mjml(MJML),
        text: None,
    };
    let rules = Rules { utm: Some(utm), tracking: Tracking::Through };
    let template = Template::compile(&source, &rules).expect("the template compiles");
    let started = Instant::now();
    let bytes: usize = std::thread::scope(|scope| {
        let template = &template;
        let work =
            |first: usize| move || (first..n).step_by(n_threads).map(|k| render(template, k)).sum::<usize>();
        let threads: Vec<_> = (0..n_threads).map(|first| scope.spawn(work(first))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread renders")).sum()
    });
    let seconds = started.elapsed().as_secs_f64();
    let answer = json!({"what": "render", "recipients": n, "threads": n_threads, "seconds": seconds,
        "per_second": n as f64 / seconds, "megabytes": bytes as f64 / 1e6});
    println!("{answer}");
}

fn render(template: &Template, k: usize) -> usize {
    let secret = b"a secret of thirty-two bytes ....";
    let token = mail::tokens::sign(secret, "message", &[&format!("msg_{k:026}")], None);
    let name = if k.is_multiple_of(10) { None } else { Some(format!("Name{k}")) };
    let values = json!({
        "person": {"given_name": name, "since": "May 2019", "orders": k % 7, "items": ["chair", "lamp & shade", "table"]},
        "track": format!("https://crm.shop.example/c/{token}"),
        "unsubscribe_url": format!("https://crm.shop.example/u/{token}"),
        "preferences_url": format!("https://crm.shop.example/p/{token}"),
    });
    let rendered = template.render(&values).expect("everybody can be written to");
    rendered.subject.len() + rendered.text.len() + rendered.html.map_or(0, |html| html.len())
}
