//! What the page of an action shows of its kind.

use cycle::act::actions::{Action, Kind, State};
use cycle::act::call_lists::{self, Outcome};
use cycle::act::campaigns;
use cycle::act::offers::{self, Discount, Offer};
use cycle::act::touch_points;
use platform::{Result, Snapshot};

use super::form::percent;
use crate::parts::Stat;
use crate::words;

/// The part of one kind; what does not belong to it is empty.
#[derive(Default)]
pub(super) struct KindPart {
    pub(super) title: &'static str,
    pub(super) text: String,
    pub(super) stats: Vec<Stat>,
    /// Where the work is done, with its label.
    pub(super) link: Option<(String, &'static str)>,
    /// Where codes can be redeemed by hand.
    pub(super) redeems: bool,
    pub(super) export: Option<String>,
}

pub(super) fn kind_part(snapshot: &mut Snapshot<'_>, action: &Action) -> Result<KindPart> {
    let has_begun =
        matches!(action.state, State::Running | State::Done | State::Stopped) && action.launched_at.is_some();
    Ok(match action.kind {
        Kind::Campaign => campaign(snapshot, action, has_begun)?,
        Kind::CallList => calls(snapshot, action, has_begun)?,
        Kind::Offer => offer(snapshot, action, has_begun)?,
        Kind::TouchPoint => touch_point(snapshot, action)?,
    })
}

fn campaign(snapshot: &mut Snapshot<'_>, action: &Action, has_begun: bool) -> Result<KindPart> {
    let part = KindPart { title: "The e-mail", ..KindPart::default() };
    let is_sent_elsewhere = has_begun && campaigns::of_action(snapshot, &action.id)?.is_none();
    Ok(match is_sent_elsewhere {
        true => KindPart {
            text: "No mail is written here: send it with another program to those who are treated."
                .to_string(),
            export: Some(format!("/actions/{}/people.csv", action.id)),
            ..part
        },
        false => KindPart {
            text: "Text, preview, test and sending.".to_string(),
            link: Some((format!("/actions/{}/campaign", action.id), "Open the campaign")),
            ..part
        },
    })
}

fn calls(snapshot: &mut Snapshot<'_>, action: &Action, has_begun: bool) -> Result<KindPart> {
    let Some(list) = call_lists::of_action(snapshot, &action.id)? else { return Ok(KindPart::default()) };
    let mut part = KindPart { title: "The call", text: list.script, ..KindPart::default() };
    if has_begun {
        let counts = call_lists::counts(snapshot, &action.id)?;
        let n_of = |wanted: fn(bool, Option<Outcome>) -> bool| -> i64 {
            counts.iter().filter(|(open, outcome, _)| wanted(*open, *outcome)).map(|(_, _, n)| n).sum()
        };
        let open = n_of(|open, _| open);
        part.stats = vec![
            Stat::new("To call", words::count(open), "Treated customers whose call is not over."),
            Stat::new(
                "Talked to",
                words::count(n_of(|open, outcome| {
                    !open && matches!(outcome, Some(Outcome::Reached | Outcome::Done))
                })),
                "Calls that ended with “reached” or “done”.",
            ),
            Stat::new(
                "Refused",
                words::count(n_of(|_, outcome| outcome == Some(Outcome::Refused))),
                "Customers who want no such calls.",
            ),
            Stat::new(
                "Not reached",
                words::count(n_of(|open, outcome| !open && outcome == Some(Outcome::NotReached))),
                "Customers for whom all attempts are used up.",
            ),
        ];
        part.link = Some((format!("/actions/{}/calls", action.id), "Work through the calls"));
    }
    Ok(part)
}

fn offer(snapshot: &mut Snapshot<'_>, action: &Action, has_begun: bool) -> Result<KindPart> {
    let Some(offer) = offers::of_action(snapshot, &action.id)? else { return Ok(KindPart::default()) };
    let mut part = KindPart { title: "The offer", text: offer_in_words(&offer), ..KindPart::default() };
    if has_begun {
        let standing = offers::standing(snapshot, &action.id)?;
        let money = |minor| words::money(minor, offer.currency.code());
        part.stats = vec![
            Stat::new("Codes", words::count(standing.n_issued), "One for each treated customer."),
            Stat::new(
                "Used",
                words::count(standing.n_redeemed),
                "Codes for which an order is recorded. A code used says who took the offer, not what it brought: some would \
                 have ordered anyway.",
            ),
            Stat::new("Ordered with a code", money(standing.ordered_minor), "Before the discount."),
            Stat::new("Discounts given", money(standing.given_minor), "Taken off by the shop."),
        ];
        part.redeems = action.state == State::Running || action.state == State::Done;
        part.export = Some(format!("/actions/{}/codes.csv", action.id));
    }
    Ok(part)
}

pub(super) fn offer_in_words(offer: &Offer) -> String {
    let money = |minor| words::money(minor, offer.currency.code());
    let off = match offer.discount {
        Discount::Percent(permille) => format!("{} % off", percent(permille)),
        Discount::Amount(minor) => format!("{} off", money(minor)),
    };
    let least = match offer.least_order_minor {
        0 => String::new(),
        minor => format!(" orders from {}", money(minor)),
    };
    let budget = match offer.budget_minor {
        Some(minor) => format!(", {} in all at most", money(minor)),
        None => String::new(),
    };
    format!("{off}{least}, from {} to {}{budget}.", offer.valid_from, offer.valid_until)
}

fn touch_point(snapshot: &mut Snapshot<'_>, action: &Action) -> Result<KindPart> {
    let Some(point) = touch_points::of_action(snapshot, &action.id)? else { return Ok(KindPart::default()) };
    let until = point.ended_on.map(|day| format!(" until {day}")).unwrap_or_default();
    Ok(KindPart {
        title: "The change",
        text: format!("{}: {} From {}{until}.", point.place, point.what, point.changed_on),
        export: action.audience_id.as_ref().map(|_| format!("/actions/{}/people.csv", action.id)),
        ..KindPart::default()
    })
}
