//! The mails of the year: written, checked for every recipient, approved where many get them, and sent to the outbox.

use super::Year;
use super::grounds::SENDER;
use super::ideas::Mail;
use cycle::act::campaigns::{self, Content, Format, State};
use platform::{Error, Result};

const HEAD: &str = r##"<mjml><mj-body background-color="#f4f4f5"><mj-section background-color="#ffffff"><mj-column>
<mj-text font-size="20px" font-weight="600">Hello {{ person.given_name | default("there") }},</mj-text>"##;
const FOOT: &str = r##"</mj-column></mj-section><mj-section><mj-column>
<mj-text font-size="13px" color="#52525b" align="center">{{ firm.name }} · {{ firm.postal_address }}<br/>
<a href="{{ preferences_url }}">Choose what you get</a> · <a href="{{ unsubscribe_url }}">Leave</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"##;

impl Year<'_> {
    /// Writes the mail of an action and launches it; with it the action.
    ///
    /// **Errors** at `segment` where nobody is in the audience; with a conflict where the check list refuses it.
    pub(super) fn send(&self, action_id: &str, mail: &Mail) -> Result<()> {
        let (id, content) = (action_id.to_string(), written(mail));
        let campaign = self.write(move |tx| campaigns::create(tx, &id, &content))?;
        let (base_url, destination) = (self.post.base_url(), self.post.destination());
        let found = campaigns::check(self.store, base_url, &destination, &campaign.id)?;
        if found.n_audience == 0 {
            return Err(Error::invalid("segment", "nobody is in it"));
        }
        let id = campaign.id;
        self.write(move |tx| {
            let is_checked = campaigns::get(tx, &id)?.state == State::Checked;
            if is_checked && campaigns::needs_approval(tx, found.n_recipients)? {
                campaigns::approve(tx, &id)?;
            }
            campaigns::launch(tx, &id).map(drop)
        })
    }
}

fn written(mail: &Mail) -> Content {
    let (text, button) = (mail.text, mail.button);
    let body = format!(
        "{HEAD}\n<mj-text font-size=\"16px\" line-height=\"1.5\">{text}</mj-text>\n\
         <mj-button href=\"https://shop.example/\" background-color=\"#1d4ed8\">{button}</mj-button>\n{FOOT}"
    );
    Content {
        subject: mail.subject.to_string(),
        format: Format::Mjml,
        body,
        from_name: SENDER.0.to_string(),
        from_email: SENDER.1.to_string(),
        ..Content::default()
    }
}
