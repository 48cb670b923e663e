//! The links of a message: found, looked over, tagged for the web statistics, and led through our own address.
//!
//! Nothing is fetched. A link that holds a mark of a template is left as it is: where it leads is known per recipient only.

use crate::template::marks;

/// **Units**: bytes in which the end of a link is looked for.
const MAX_WORDS: usize = 2_000;

/// What is done with the links of a message.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub utm: Option<Utm>,
    pub tracking: Tracking,
}

/// Whether clicks are led through our own address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracking {
    #[default]
    Direct,
    /// Through `{{ track }}/N`.
    Through,
}

/// The tags that web statistics read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Utm {
    pub source: String,
    pub medium: String,
    pub campaign: String,
    pub content: Option<String>,
}

/// A link as it stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads, tagged.
    pub url: String,
    /// What can be pressed.
    pub words: String,
}

/// Something to look at in a link, in the order of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub url: String,
    pub message: String,
}

/// HTML whose links were rewritten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) html: String,
    pub(crate) links: Vec<Link>,
}

/// Tags the links of marked HTML and leads them through our own address, as the rules say.
pub(crate) fn rewrite(html: &str, rules: &Rules, set_aside: &mut dyn FnMut(&str) -> String) -> Found {
    let mut found = Found { html: String::with_capacity(html.len() + html.len() / 4), links: Vec::new() };
    let mut at = 0;
    for place in places(html) {
        let url = decoded(&html[place.start..place.end]);
        // A link that leads nowhere stays as it was written, so that it is found when links are looked over.
        if !is_web(&url) || marks::holds_mark(&url) || leaves_the_list(&url) || is_torn(&url) {
            continue;
        }
        let url = rules.utm.as_ref().map_or_else(|| url.clone(), |utm| tagged(&url, utm));
        found.html.push_str(&html[at..place.start]);
        at = place.end;
        match rules.tracking {
            Tracking::Direct => found.html.push_str(&encoded(&url)),
            Tracking::Through => {
                let known = found.links.iter().position(|link| link.url == url);
                let number = known.unwrap_or_else(|| {
                    found.links.push(Link { url, words: words_of(html, place.after) });
                    found.links.len() - 1
                });
                let track = set_aside("{{ track }}");
                found.html.push_str(&format!("{track}/{number}"));
            }
        }
    }
    found.html.push_str(&html[at..]);
    found
}

/// Looks over the links of HTML as it was written or rendered, without asking the network.
pub fn remarks(html: &str) -> Vec<Remark> {
    let anchors = anchors(html);
    let mut remarks = Vec::new();
    for place in places(html) {
        let url = decoded(&html[place.start..place.end]);
        if let Some(message) = what_is_wrong(&url, &anchors) {
            remarks.push(Remark { url, message });
        }
    }
    remarks
}

/// All addresses of HTML in their order, as they stand in `href`.
pub fn addresses(html: &str) -> Vec<String> {
    places(html).iter().map(|place| decoded(&html[place.start..place.end])).collect()
}

/// The address with the tags added. What the query says already stays; the fragment stays at the end.
pub fn tagged(url: &str, utm: &Utm) -> String {
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let (path, query) = rest.split_once('?').map_or((rest, ""), |(path, query)| (path, query));
    let mut query = query.trim_end_matches('&').to_owned();
    let tags = [
        ("utm_source", Some(utm.source.as_str())),
        ("utm_medium", Some(utm.medium.as_str())),
        ("utm_campaign", Some(utm.campaign.as_str())),
        ("utm_content", utm.content.as_deref()),
    ];
    for (name, value) in tags {
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        let said = query.split('&').any(|pair| pair.split('=').next() == Some(name));
        if !said {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(&format!("{name}={}", percent_encoded(value)));
        }
    }
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let fragment = fragment.map_or_else(String::new, |fragment| format!("#{fragment}"));
    format!("{path}{query}{fragment}")
}

fn what_is_wrong(url: &str, anchors: &[String]) -> Option<String> {
    let url = url.trim();
    let lower = url.to_lowercase();
    if url.is_empty() {
        return Some("this link leads nowhere".to_owned());
    }
    if url.contains("{{") || marks::holds_mark(url) {
        return None;
    }
    if let Some(anchor) = url.strip_prefix('#') {
        let known = anchors.iter().any(|known| known == anchor);
        return (!known).then(|| format!("nothing in the message is called {anchor:?}"));
    }
    if lower.starts_with("mailto:") {
        let address = decoded(&url[7..]);
        let address = address.split('?').next().unwrap_or("");
        return crate::address::for_the_wire(address).err();
    }
    if lower.starts_with("tel:") || lower.starts_with("sms:") {
        return None;
    }
    if !is_web(&lower) {
        return Some(without_scheme(&lower));
    }
    if url.contains(char::is_whitespace) {
        return Some("an address of the web holds no spaces".to_owned());
    }
    let Some(host) = host_of(url) else { return Some("this address has no host".to_owned()) };
    if host == "localhost" || !host.contains('.') || host.starts_with("127.") {
        return Some(format!("{host} can only be reached from this network"));
    }
    None
}

fn without_scheme(lower: &str) -> String {
    let scheme = lower.split(':').next().filter(|scheme| scheme.len() < lower.len());
    match scheme {
        Some(scheme @ ("javascript" | "data" | "vbscript" | "file")) => {
            format!("mail programs do not follow {scheme}: links")
        }
        Some("http" | "https") => "two slashes belong behind http: and https:".to_owned(),
        _ => "begin with https://".to_owned(),
    }
}

struct Place {
    start: usize,
    end: usize,
    /// Behind the `>` of its element.
    after: usize,
}

/// The values of `href` in `<a>` and `<area>`, outside comments.
fn places(html: &str) -> Vec<Place> {
    let bytes = html.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = html[at..].find('<').map(|n| at + n) {
        if html[start..].starts_with("<!--") {
            at = html[start..].find("-->").map_or(html.len(), |n| start + n + 3);
            continue;
        }
        let end = end_of_element(bytes, start);
        let element = &html[start..end];
        let name = element[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        let leads = name.eq_ignore_ascii_case("a") || name.eq_ignore_ascii_case("area");
        if let Some((from, until)) = attribute(element, "href").filter(|_| leads) {
            found.push(Place { start: start + from, end: start + until, after: end });
        }
        at = end;
    }
    found
}

/// Names that an anchor may lead to.
fn anchors(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = html[at..].find('<').map(|n| at + n) {
        let end = end_of_element(html.as_bytes(), start);
        for name in ["id", "name"] {
            if let Some((from, until)) = attribute(&html[start..end], name) {
                found.push(html[start + from..start + until].to_owned());
            }
        }
        at = end;
    }
    found
}

pub(crate) fn end_of_element(bytes: &[u8], start: usize) -> usize {
    let mut quote = None;
    for (n, byte) in bytes.iter().enumerate().skip(start + 1) {
        match (quote, *byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'>') => return n + 1,
            _ => {}
        }
    }
    bytes.len()
}

/// Where the value of an attribute stands in its element, without the quotes.
pub(crate) fn attribute(element: &str, name: &str) -> Option<(usize, usize)> {
    let bytes = element.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        let byte = bytes[at];
        if !(byte.is_ascii_whitespace() || byte == b'/') {
            at += 1;
            continue;
        }
        while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b'/') {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() && !b"=>/".contains(&bytes[at]) {
            at += 1;
        }
        let found = &element[start..at];
        let mut value = at;
        while value < bytes.len() && bytes[value].is_ascii_whitespace() {
            value += 1;
        }
        if bytes.get(value) != Some(&b'=') {
            continue;
        }
        value += 1;
        while value < bytes.len() && bytes[value].is_ascii_whitespace() {
            value += 1;
        }
        let (from, until) = match bytes.get(value) {
            Some(quote @ (b'"' | b'\'')) => {
                let until =
                    bytes[value + 1..].iter().position(|b| b == quote).map_or(bytes.len(), |n| value + 1 + n);
                (value + 1, until)
            }
            _ => {
                let end = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
                let until = bytes[value..].iter().position(end).map_or(bytes.len(), |n| value + n);
                (value, until)
            }
        };
        if found.eq_ignore_ascii_case(name) {
            return Some((from, until));
        }
        at = until.max(at + 1);
    }
    None
}

/// The words between `<a>` and `</a>`.
fn words_of(html: &str, after: usize) -> String {
    let rest = &html[after..html.floor_char_boundary(after + MAX_WORDS)];
    let end = rest.find("</a").or_else(|| rest.find("</A")).unwrap_or(0);
    let words = marks::without_marks(&crate::plain_text::from_html(&rest[..end]));
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

fn is_web(url: &str) -> bool {
    let start = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    start.starts_with("https://") || start.starts_with("http://")
}

fn is_torn(url: &str) -> bool {
    url.contains(char::is_whitespace) || host_of(url).is_none()
}

/// The host of an address of the web, if it has a whole one.
fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?.split(':').next()?.to_lowercase();
    crate::address::domain_for_the_wire(&host).map(|_| host)
}

/// A link by which somebody leaves is never tagged and never counted.
fn leaves_the_list(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    ["unsubscribe", "opt-out", "optout", "preferences"].iter().any(|word| url.contains(word))
}

fn decoded(value: &str) -> String {
    crate::plain_text::decoded(value.trim())
}

fn encoded(url: &str) -> String {
    url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
