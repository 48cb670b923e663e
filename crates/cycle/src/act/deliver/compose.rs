//! Composing: from a campaign and a person to the bytes of a mail. Templates are compiled once; nothing here reads or
//! writes the database after that.

use std::collections::BTreeMap;

use mail::address::{Mailbox, domain_of};
use mail::links::{self, Link, Tracking, Utm};
use mail::message::{self, List, Message};
use mail::template::{Body, Fault, Rendered, Source, Template};
use platform::store::Snapshot;
use platform::{Error, Micros, Result, settings};
use records::orders;
use records::people::Person;
use records::values::currency::Currency;
use records::values::money::Money;
use serde::Serialize;

use super::post::Post;
use crate::act::campaigns::{Campaign, Format};
use crate::act::signed::{Key, Use};
use crate::act::{actions, mail_rules};

/// What is compiled, with everything that is the same for all recipients.
pub struct Composer {
    campaign: Campaign,
    name: String,
    is_service: bool,
    /// The text of the campaign under the empty name, and those of the arms that have their own.
    templates: BTreeMap<String, Template>,
    firm: Firm,
    key: Key,
    base_url: String,
    currency: Currency,
    needs_company: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Firm {
    name: String,
    postal_address: String,
}

/// Whom it is composed for.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    pub person: &'a Person,
    /// Name of the company, where a template asks for it.
    pub company: Option<&'a str>,
    pub arm: &'a str,
    pub message_id: &'a str,
    pub now: Micros,
}

/// The fields that a template may show, with what they mean; the editor lists them.
pub fn sample_values() -> &'static [(&'static str, &'static str)] {
    &[
        ("person.given_name", "First name"),
        ("person.family_name", "Family name"),
        ("person.name", "Whole name"),
        ("person.email", "Address"),
        ("person.company", "Company"),
        ("person.city", "City"),
        ("person.country", "Country, two letters"),
        ("person.language", "Language"),
        ("person.n_orders", "Orders so far"),
        ("person.revenue", "What they bought for, with currency"),
        ("person.last_order", "Day of the last order"),
        ("person.first_order", "Day of the first order"),
        ("person.custom.NAME", "A field of your own"),
        ("firm.name", "Your firm"),
        ("firm.postal_address", "Your address by post"),
        ("unsubscribe_url", "Link to leave; needed"),
        ("preferences_url", "Link to the preference centre"),
        ("offers_url", "Link to a page with the codes that the person may use"),
    ]
}

#[derive(Serialize)]
struct Values<'a> {
    person: Fields<'a>,
    firm: &'a Firm,
    campaign: CampaignFields<'a>,
    unsubscribe_url: String,
    preferences_url: String,
    offers_url: String,
    track: String,
}

#[derive(Serialize)]
struct CampaignFields<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Fields<'a> {
    given_name: Option<&'a str>,
    family_name: Option<&'a str>,
    name: &'a str,
    email: Option<&'a str>,
    company: Option<&'a str>,
    city: Option<&'a str>,
    postcode: Option<&'a str>,
    country: Option<&'a str>,
    language: Option<&'a str>,
    source: Option<&'a str>,
    birthday: Option<&'a str>,
    n_orders: i64,
    revenue: String,
    first_order: Option<String>,
    last_order: Option<String>,
    custom: &'a BTreeMap<String, String>,
}

impl Composer {
    /// Compiles every text of the campaign.
    ///
    /// **Errors** at `subject`, `body` and the fields of the variants, with line and column.
    pub fn compile(
        snapshot: &mut Snapshot<'_>,
        campaign: &Campaign,
        key: Key,
        base_url: &str,
    ) -> Result<Self> {
        let action = actions::get(snapshot, &campaign.action_id)?;
        let firm_name: Option<String> = settings::get(snapshot, settings::FIRM_NAME)?;
        let rules = mail_rules::get(snapshot)?;
        let mut templates = BTreeMap::new();
        let mut problems = Vec::new();
        let arms =
            std::iter::once(String::new()).chain(campaign.content.variants.iter().map(|v| v.arm.clone()));
        for (number, arm) in arms.enumerate() {
            match template(campaign, &arm) {
                Ok(template) => drop(templates.insert(arm, template)),
                Err(faults) => problems.extend(faults.into_iter().map(|fault| problem(number, &fault))),
            }
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let needs_company = templates
            .values()
            .any(|template| template.variables().iter().any(|name| name == "person.company"));
        Ok(Self {
            campaign: campaign.clone(),
            name: action.name,
            is_service: action.purpose == actions::SERVICE,
            templates,
            firm: Firm { name: firm_name.unwrap_or_default(), postal_address: rules.postal_address },
            key,
            base_url: base_url.to_string(),
            currency: orders::workspace_currency(snapshot)?,
            needs_company,
        })
    }

    pub fn campaign(&self) -> &Campaign {
        &self.campaign
    }

    /// Whether a recipient's company has to be looked up.
    pub fn needs_company(&self) -> bool {
        self.needs_company
    }

    /// The links of an arm's mail, in the order of their numbers.
    pub fn links(&self, arm: &str) -> &[Link] {
        self.template(arm).links()
    }

    /// What was passed over, and what is wrong with links, of every text: (arm, words).
    pub fn remarks(&self) -> Vec<(String, String)> {
        let mut remarks = Vec::new();
        for (arm, template) in &self.templates {
            remarks.extend(template.remarks().iter().map(|fault| (arm.clone(), fault.to_string())));
            for remark in links::remarks(template.html().unwrap_or_default()) {
                remarks.push((arm.clone(), format!("{}: {}", remark.url, remark.message)));
            }
        }
        remarks
    }

    /// The texts in which nobody finds the way out: those without `unsubscribe_url`.
    pub fn without_way_out(&self) -> Vec<&str> {
        let lacks = |template: &Template| {
            !template.variables().iter().any(|name| name == "unsubscribe_url" || name == "preferences_url")
        };
        self.templates.iter().filter(|(_, template)| lacks(template)).map(|(arm, _)| arm.as_str()).collect()
    }

    fn template(&self, arm: &str) -> &Template {
        self.templates
            .get(arm)
            .or_else(|| self.templates.get(""))
            .expect("the campaign's own text is compiled")
    }

    /// Subject, HTML and text for one recipient.
    pub fn render(&self, to: Recipient<'_>) -> std::result::Result<Rendered, Fault> {
        let p = to.person;
        let address = |used_for| self.key.address(&self.base_url, used_for, to.message_id, to.now);
        let day = |at: Micros| platform::clock::in_words(at).chars().take(10).collect::<String>();
        let values = Values {
            person: Fields {
                given_name: p.given_name.as_deref(),
                family_name: p.family_name.as_deref(),
                name: &p.name,
                email: p.email.as_deref(),
                company: to.company,
                city: p.city.as_deref(),
                postcode: p.postcode.as_deref(),
                country: p.country.as_deref(),
                language: p.language.as_deref(),
                source: p.source.as_deref(),
                birthday: p.birthday.as_deref(),
                n_orders: p.n_orders,
                revenue: Money::new(p.revenue_minor, self.currency).to_string(),
                first_order: p.first_order_at.map(day),
                last_order: p.last_order_at.map(day),
                custom: &p.custom,
            },
            firm: &self.firm,
            campaign: CampaignFields { name: &self.name },
            unsubscribe_url: address(Use::Unsubscribe),
            preferences_url: address(Use::Preferences),
            offers_url: address(Use::Landing),
            track: address(Use::Click),
        };
        self.template(to.arm).render(&values)
    }

    /// The mail as it goes over the wire, signed where there is a key.
    pub fn message(
        &self,
        post: &Post,
        to: Recipient<'_>,
        address: &str,
    ) -> std::result::Result<Vec<u8>, String> {
        let rendered = self.render(to).map_err(|fault| fault.to_string())?;
        let content = &self.campaign.content;
        let from_domain = domain_of(&content.from_email);
        let unsubscribe_url = self.key.address(&self.base_url, Use::Unsubscribe, to.message_id, to.now);
        let list = List {
            id: format!("{}.{from_domain}", self.campaign.id.replace('_', "-")),
            unsubscribe_url,
            unsubscribe_mailto: None,
            feedback_id: Some(format!("{}:{}:rondel", self.campaign.id, self.campaign.action_id)),
        };
        let name = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
        let message = Message {
            from: Mailbox { name: name(&content.from_name), address: content.from_email.clone() },
            to: Mailbox { name: name(&readable(&to.person.name)), address: address.to_string() },
            reply_to: name(&content.reply_to).map(|address| Mailbox { name: None, address }),
            subject: rendered.subject,
            html: rendered.html,
            text: rendered.text,
            message_id: message::message_id(to.message_id, &from_domain),
            sent_at: to.now,
            list: (!self.is_service).then_some(list),
        };
        let bytes = message.to_bytes().map_err(|problem| problem.to_string())?;
        post.signed(bytes, to.now).map_err(|problem| problem.to_string())
    }
}

/// A name as it may stand in a header: what could end the line is left out, and an address is no name.
fn readable(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
    if plain.contains('@') { String::new() } else { plain }
}

fn template(campaign: &Campaign, arm: &str) -> std::result::Result<Template, Vec<Fault>> {
    let content = &campaign.content;
    let (subject, body) = content.of_arm(arm);
    let previewed;
    let body = match content.format {
        Format::Text => Body::Text(body),
        Format::Mjml => {
            previewed = with_preheader(body, &content.preheader);
            Body::Mjml(&previewed)
        }
    };
    let utm = (!content.utm_campaign.is_empty()).then(|| Utm {
        source: "rondel".to_string(),
        medium: "email".to_string(),
        campaign: content.utm_campaign.clone(),
        content: Some(arm.to_string()).filter(|arm| !arm.is_empty()),
    });
    Template::compile(
        &Source { subject, body, text: None },
        &links::Rules { utm, tracking: Tracking::Through },
    )
}

/// The preheader as MJML's preview, on the first line, so that the lines of the author keep their numbers.
fn with_preheader(body: &str, preheader: &str) -> String {
    if preheader.is_empty() || body.contains("<mj-preview") {
        return body.to_string();
    }
    let preview = format!("<mj-preview>{}</mj-preview>", preheader.replace('<', "&lt;"));
    match body.contains("<mj-head>") {
        true => body.replacen("<mj-head>", &format!("<mj-head>{preview}"), 1),
        false => body.replacen("<mjml>", &format!("<mjml><mj-head>{preview}</mj-head>"), 1),
    }
}

fn problem(number: usize, fault: &Fault) -> platform::Problem {
    let part = if fault.part == "subject" { "subject" } else { "body" };
    let field = match number {
        0 => part.to_string(),
        n => format!("variants.{}.{part}", n - 1),
    };
    platform::Problem { field, message: fault.to_string() }
}
