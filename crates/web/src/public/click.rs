//! A link of a mail is followed: it is written down, and the browser goes on to where the link leads.
//!
//! Where it leads stands in the campaign and not in the address, so that nobody can send people elsewhere through us.
//! Programs that look at links ahead of people go on as well, but are counted apart.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::IntoResponse;
use cycle::act::clicks::{self, Visitor};
use cycle::act::signed::Use;
use platform::By;

use super::DeadEnd;
use crate::error::Result;
use crate::state::App;

/// Longest name of a program that is looked at. **Units:** bytes.
const AGENT_BYTES: usize = 500;

pub(crate) async fn follow(
    State(app): State<App>,
    Path((token, number)): Path<(String, i64)>,
    method: Method,
    headers: HeaderMap,
) -> Result {
    let now = app.clock().now();
    let found = app.store.read(move |snapshot| {
        let message_id = match super::opened(snapshot, Use::Click, &token, now)? {
            Ok(id) => id,
            Err(why) => return Ok(Err(why)),
        };
        let url = clicks::target(snapshot, &message_id, number)?;
        Ok(url.map(|url| (message_id, url)).ok_or(DeadEnd::Nobody))
    });
    let (message_id, url) = match found.await? {
        Ok(found) => found,
        Err(why) => return super::dead_end(&app, &headers, why).await,
    };
    let Some(location) = location(&url) else {
        return super::dead_end(&app, &headers, DeadEnd::Nobody).await;
    };
    let agent = text(&headers, "user-agent").chars().take(AGENT_BYTES).collect::<String>();
    let is_fetching_ahead = method == Method::HEAD || fetches_ahead(&headers);
    let written = app.store.write(By::system(), move |tx| {
        clicks::record(tx, &message_id, &url, Visitor { user_agent: &agent, is_fetching_ahead }).map(drop)
    });
    if let Err(error) = written.await {
        // The reader wants the page behind the link; that we cannot count is our trouble alone.
        tracing::error!(%error, "a click was not written down");
    }
    let go_on = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok(super::quiet((StatusCode::FOUND, go_on).into_response()))
}

/// What browsers and mail programs say when they fetch what nobody has asked for yet.
fn fetches_ahead(headers: &HeaderMap) -> bool {
    let names = ["purpose", "sec-purpose", "x-purpose", "x-moz"];
    names.iter().any(|name| {
        let said = text(headers, name).to_lowercase();
        said.contains("prefetch") || said.contains("preview") || said.contains("prerender")
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// The address as it may stand in a header; only addresses of the web are gone to.
fn location(url: &str) -> Option<HeaderValue> {
    let start = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    if !start.starts_with("https://") && !start.starts_with("http://") {
        return None;
    }
    let mut ascii = String::with_capacity(url.len());
    for byte in url.bytes() {
        match byte {
            b'!'..=b'~' => ascii.push(char::from(byte)),
            other => ascii.push_str(&format!("%{other:02X}")),
        }
    }
    HeaderValue::from_str(&ascii).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_gone_to() {
        assert_eq!(location("https://x.de/ä b").unwrap(), "https://x.de/%C3%A4%20b");
        assert_eq!(
            location("https://x.de/\r\nSet-Cookie: a=b").unwrap(),
            "https://x.de/%0D%0ASet-Cookie:%20a=b"
        );
        for elsewhere in ["javascript:alert(1)", "//x.de", "/inside", "", "https"] {
            assert!(location(elsewhere).is_none(), "{elsewhere}");
        }
    }

    #[test]
    fn those_who_fetch_ahead_say_so() {
        let headers = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))])
        };
        assert!(fetches_ahead(&headers("sec-purpose", "prefetch;prerender")));
        assert!(fetches_ahead(&headers("x-purpose", "preview")));
        assert!(!fetches_ahead(&headers("accept", "text/html")));
    }
}
