//! Links: tagging keeps what was there, tracking leaves alone what must stay direct, and mistakes are named.

use super::*;

fn utm() -> Utm {
    Utm { source: "rondel".into(), medium: "email".into(), campaign: "spring sale".into(), content: None }
}

#[test]
fn tags_keep_the_query_and_the_fragment() {
    for (url, said) in [
        ("https://x.de", "https://x.de?utm_source=rondel&utm_medium=email&utm_campaign=spring%20sale"),
        (
            "https://x.de/a?b=1#c",
            "https://x.de/a?b=1&utm_source=rondel&utm_medium=email&utm_campaign=spring%20sale#c",
        ),
        (
            "https://x.de/?utm_source=own&",
            "https://x.de/?utm_source=own&utm_medium=email&utm_campaign=spring%20sale",
        ),
        ("https://x.de/#?", "https://x.de/?utm_source=rondel&utm_medium=email&utm_campaign=spring%20sale#?"),
    ] {
        assert_eq!(tagged(url, &utm()), said);
        assert_eq!(tagged(&tagged(url, &utm()), &utm()), said, "tagging twice changes nothing");
    }
}

#[test]
fn only_plain_web_links_are_led_through() {
    let html = "<a href='https://x.de/?a=1&amp;b=2'>one</a> <!-- <a href='https://no.de'> --> <A HREF=\"HTTPS://y.de\">two</A>\
        <a href=mailto:a@x.de>m</a><a href=\"https://x.de/unsubscribe\">u</a><a href=\"#top\">t</a><link href=\"https://css.de\">\
        <a href=\"https://\">n</a><a data-href=\"https://z.de\" href=\"https://x.de/?a=1&b=2\">again</a>";
    let rules = Rules { utm: None, tracking: Tracking::Through };
    let found = rewrite(html, &rules, &mut |expression| expression.to_owned());
    let urls: Vec<&str> = found.links.iter().map(|l| l.url.as_str()).collect();
    assert_eq!(urls, ["https://x.de/?a=1&b=2", "HTTPS://y.de"]);
    assert!(found.html.starts_with("<a href='{{ track }}/0'>one</a>"), "{}", found.html);
    assert!(found.html.contains("HREF=\"{{ track }}/1\""), "{}", found.html);
    assert!(found.html.ends_with("href=\"{{ track }}/0\">again</a>"), "{}", found.html);
    for kept in [
        "mailto:a@x.de",
        "https://x.de/unsubscribe",
        "#top",
        "https://css.de",
        "href=\"https://\"",
        "data-href=\"https://z.de\"",
    ] {
        assert!(found.html.contains(kept), "{kept}");
    }
}

#[test]
fn mistakes_in_links_are_named() {
    for (href, words) in [
        ("", "nowhere"),
        ("www.x.de", "begin with https://"),
        ("/shop", "begin with https://"),
        ("#gone", "called \"gone\""),
        ("https:/x.de", "two slashes"),
        ("https://", "no host"),
        ("https://x .de", "spaces"),
        ("javascript:alert(1)", "javascript"),
        ("http://localhost:8080/", "this network"),
        ("mailto:nobody", "not an e-mail address"),
    ] {
        let found = remarks(&format!("<a id=top href=\"{href}\">x</a>"));
        assert_eq!(found.len(), 1, "{href}");
        assert!(found[0].message.contains(words), "{href}: {}", found[0].message);
    }
    assert_eq!(
        remarks("<h1 id='top'>x</h1><a href='#top'>a</a><a href='tel:+49'>b</a><a href='{{ x }}'>c</a>"),
        []
    );
    assert_eq!(
        remarks("<a href='https://b\u{fc}cher.example/?q=1'>a</a><a href='mailto:a@x.de?subject=b'>c</a>"),
        []
    );
}

#[test]
fn torn_html_is_read_without_harm() {
    for html in [
        "<a href",
        "<a href=",
        "<a href='",
        "<a href=\"https://x.de",
        "<",
        "<a",
        "<!--",
        "<a href==>x",
        "<a / href=https://x.de/>",
    ] {
        let rules = Rules { utm: Some(utm()), tracking: Tracking::Through };
        let _ = rewrite(html, &rules, &mut |expression| expression.to_owned());
        let _ = remarks(html);
    }
}
