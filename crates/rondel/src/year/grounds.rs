//! What the company states before its year begins: what allows it to write, who it is, what things cost, where it is heading.

use cycle::act::mail_rules;
use cycle::plan::budget;
use cycle::plan::personas;
use cycle::plan::preflight::{self, LawfulBasis};
use cycle::plan::strategy::{self, Focus};
use platform::store::Tx;
use platform::{Error, Result};

/// What an hour of the staff costs, and a thousand mails. **Units:** minor units.
pub(super) const HOUR_MINOR: i64 = 3_600;
pub(super) const THOUSAND_MAILS_MINOR: i64 = 2_000;

/// What the firm is called in the sender's line, and the address of it.
pub(super) const SENDER: (&str, &str) = ("Elm Street Coffee", "hello@shop.example");

const PERSONAS: [(&str, &str, &str); 2] = [
    (
        "Sunday brewer",
        "Buys two bags a month and tries what is new.",
        "Freshness, and a story to the coffee.",
    ),
    ("Office buyer", "Orders a lot at once, and for others.", "An invoice in time, and never to run out."),
];

pub(super) fn lay(tx: &mut Tx<'_>, owner_id: &str) -> Result<()> {
    state_bases(tx)?;
    let rules = mail_rules::Rules {
        from_name: SENDER.0.to_string(),
        from_email: SENDER.1.to_string(),
        postal_address: "Elm Street 1, 10115 Berlin".to_string(),
        ..mail_rules::get(tx)?
    };
    mail_rules::set(tx, &rules)?;
    budget::state_hourly_rate(tx, budget::CALLS, Some(HOUR_MINOR))?;
    budget::state_mail_price(tx, Some(THOUSAND_MAILS_MINOR))?;
    let strategy = strategy::Input {
        focus: Focus::Marketing,
        engagement: Some("Write when there is a reason, never more than once a week.".to_string()),
        objectives: Some("More of those who bought once shall buy again.".to_string()),
        tools: None,
        resources: Some("One person for half a day a week.".to_string()),
        champion_id: Some(owner_id.to_string()),
        tasks: Vec::new(),
    };
    strategy::keep(tx, 0, &strategy)?;
    for (name, description, needs) in PERSONAS {
        let persona = personas::Input {
            name: name.to_string(),
            description: Some(description.to_string()),
            needs: Some(needs.to_string()),
            segment_id: None,
        };
        personas::create(tx, &persona)?;
    }
    Ok(())
}

/// What allows the company to write and to call.
fn state_bases(tx: &mut Tx<'_>) -> Result<()> {
    for (key, basis, reason) in [
        ("marketing", LawfulBasis::LegitimateInterests, "Customers of the shop; who objects is left alone."),
        ("service", LawfulBasis::Contract, "It serves what was bought."),
    ] {
        let known = match preflight::get(tx, key) {
            Ok(purpose) => purpose,
            Err(Error::Missing { .. }) => continue,
            Err(error) => return Err(error),
        };
        let input = preflight::Input {
            name: known.name.clone(),
            lawful_basis: Some(basis),
            reason: Some(reason.to_string()),
            dpia_note: None,
        };
        preflight::state(tx, key, known.version, &input)?;
    }
    Ok(())
}
