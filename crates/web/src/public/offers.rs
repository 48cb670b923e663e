//! Where a mail may lead that has no shop behind it: the codes that its reader may use today, and how.
//!
//! A code is shown to whoever holds the link; it is used up where the order is taken, not here.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use cycle::act::offers::{self, Discount, Offer};
use cycle::act::signed::Use;
use cycle::calendar::Day;
use records::values::money::Money;

use super::Frame;
use crate::error::Result;
use crate::respond;
use crate::state::App;

/// Codes that one page shows.
const MOST_SHOWN: i64 = 20;

#[derive(Template)]
#[template(path = "public/offers.html")]
struct Page {
    frame: Frame,
    codes: Vec<Shown>,
}

struct Shown {
    code: String,
    discount: String,
    terms: String,
}

pub(crate) async fn show(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Result {
    let now = app.clock().now();
    let found = app.store.read(move |snapshot| {
        let frame = super::frame(snapshot, &headers)?;
        let reader = match super::reader(snapshot, Use::Landing, &token, now)? {
            Ok(reader) => reader,
            Err(why) => return Ok(Err((why, frame))),
        };
        let codes = offers::usable_by(snapshot, &reader.person_id, Day::of(now), MOST_SHOWN)?;
        let codes = codes.into_iter().map(|(code, offer)| shown(code.code, &offer)).collect();
        Ok(Ok(Page { frame, codes }))
    });
    match found.await? {
        Ok(page) => respond::page(&page).map(super::quiet),
        Err((why, frame)) => why.page(frame),
    }
}

fn shown(code: String, offer: &Offer) -> Shown {
    let money = |minor: i64| Money::new(minor, offer.currency).to_string();
    let discount = match offer.discount {
        Discount::Percent(permille) if permille % 10 == 0 => format!("{} % off", permille / 10),
        Discount::Percent(permille) => format!("{}.{} % off", permille / 10, permille % 10),
        Discount::Amount(minor) => format!("{} off", money(minor)),
    };
    let mut terms = format!("Until {}.", offer.valid_until);
    if offer.least_order_minor > 0 {
        terms = format!("For an order of {} or more. {terms}", money(offer.least_order_minor));
    }
    Shown { code, discount, terms }
}
