//! Finds the token of a request to the API, and lets no request through without one.
//!
//! Cookies are not looked at: a page elsewhere can make a browser send cookies, never a token, so the API needs no other
//! guard against forged requests.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use platform::By;
use platform::auth::tokens;

use crate::api::Caller;
use crate::error::{Failure, Result};
use crate::state::App;

pub(crate) async fn require(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match find(&app, request.headers()).await {
        // No database keeps this character in a text, and no key of a record has it.
        Ok(Some(_)) if request.uri().to_string().contains("%00") => {
            let words = "an address has no place for the character NUL";
            Failure::Http(StatusCode::BAD_REQUEST, words.to_string()).into_response()
        }
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Ok(None) => {
            let mut response = Failure::NoToken.into_response();
            let scheme = HeaderValue::from_static("Bearer realm=\"rondel\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
            response
        }
        Err(failure) => failure.into_response(),
    }
}

async fn find(app: &App, headers: &HeaderMap) -> Result<Option<Caller>> {
    let Some(secret) = secret_of(headers) else { return Ok(None) };
    let Some((token, user)) = app.store.read(move |s| tokens::find(s, &secret)).await? else {
        return Ok(None);
    };
    if token.needs_touch(app.store.now()) {
        let id = token.id.clone();
        app.store.write(By::system(), move |tx| tokens::touch(tx, &id)).await?;
    }
    Ok(Some(Caller { role: token.role_of(&user), user, token }))
}

fn secret_of(headers: &HeaderMap) -> Option<String> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && secret.starts_with(tokens::PREFIX)).then(|| secret.to_string())
}
