//! A letter: paragraphs and one button in plain words, for whoever does not write MJML.
//!
//! It is kept as the MJML that it becomes, so that nothing behind the editor knows of letters. Only MJML that is exactly what
//! a letter becomes is read as one again; anything else was written by hand and stays so.

use std::borrow::Cow;

/// What somebody writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letter {
    /// Paragraphs with an empty line between them; fields of the person as in every text of a campaign.
    pub text: String,
    /// The words on the button; empty where there is none.
    pub button: String,
    /// Where the button leads.
    pub address: String,
}

const HEAD: &str = r##"<mjml>
  <mj-body background-color="#f4f4f5">
    <mj-section background-color="#ffffff">
      <mj-column>
"##;
const FOOT: &str = r##"      </mj-column>
    </mj-section>
    <mj-section>
      <mj-column>
        <mj-text font-size="13px" color="#52525b" align="center">
          {{ firm.name }} · {{ firm.postal_address }}<br/>
          <a href="{{ preferences_url }}">Choose what you get</a> ·
          <a href="{{ unsubscribe_url }}">Leave</a>
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"##;
const PARAGRAPH: (&str, &str) = ("        <mj-text font-size=\"16px\" line-height=\"1.5\">", "</mj-text>\n");
const BUTTON: (&str, &str, &str) =
    ("        <mj-button href=\"", "\" background-color=\"#1d4ed8\">", "</mj-button>\n");
const LINE: &str = "<br/>";

impl Letter {
    /// The letter as MJML, with the sender's address and the way out below it.
    pub fn to_mjml(&self) -> String {
        let mut mjml = HEAD.to_string();
        let text = self.text.replace("\r\n", "\n");
        for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            let lines: Vec<String> =
                paragraph.lines().map(|line| outside_fields(line.trim(), escaped)).collect();
            mjml.extend([PARAGRAPH.0, &lines.join(LINE), PARAGRAPH.1]);
        }
        let (button, address) = (self.button.trim(), self.address.trim());
        if !button.is_empty() {
            let (address, button) = (outside_fields(address, escaped), outside_fields(button, escaped));
            mjml.extend([BUTTON.0, &address, BUTTON.1, &button, BUTTON.2]);
        }
        mjml.push_str(FOOT);
        mjml
    }

    /// The letter that becomes exactly this MJML; None for MJML that was written by hand.
    pub fn read(mjml: &str) -> Option<Letter> {
        let mut rest = mjml.strip_prefix(HEAD)?.strip_suffix(FOOT)?;
        let (mut letter, mut paragraphs) = (Letter::default(), Vec::new());
        while let Some(behind) = rest.strip_prefix(PARAGRAPH.0) {
            let (paragraph, next) = behind.split_once(PARAGRAPH.1)?;
            let lines: Vec<String> = paragraph.split(LINE).map(|line| outside_fields(line, plain)).collect();
            paragraphs.push(lines.join("\n"));
            rest = next;
        }
        if let Some(behind) = rest.strip_prefix(BUTTON.0) {
            let (address, behind) = behind.split_once(BUTTON.1)?;
            let (button, next) = behind.split_once(BUTTON.2)?;
            (letter.address, letter.button) = (outside_fields(address, plain), outside_fields(button, plain));
            rest = next;
        }
        letter.text = paragraphs.join("\n\n");
        (rest.is_empty() && letter.to_mjml() == mjml).then_some(letter)
    }

    /// The letter as plain text, with the way out below it.
    pub fn to_text(&self) -> String {
        let button = match self.button.trim() {
            "" => String::new(),
            button => format!("{button}: {}\n\n", self.address.trim()),
        };
        format!(
            "{}\n\n{button}{{{{ firm.name }}}} · {{{{ firm.postal_address }}}}\nLeave: {{{{ unsubscribe_url }}}}\n",
            self.text.trim()
        )
    }
}

/// Changes what stands outside of fields such as `{{ person.given_name }}` and of `{% if … %}`.
fn outside_fields(text: &str, change: impl Fn(&str) -> Cow<'_, str>) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let close = if rest[begin..].starts_with("{{") { "}}" } else { "%}" };
        let Some(length) = rest[begin..].find(close) else { break };
        let end = begin + length + close.len();
        changed.push_str(&change(&rest[..begin]));
        changed.push_str(&rest[begin..end]);
        rest = &rest[end..];
    }
    changed.push_str(&change(rest));
    changed
}

fn escaped(text: &str) -> Cow<'_, str> {
    let escape = |sign: char| match sign {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        _ => None,
    };
    if !text.contains(|sign| escape(sign).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match escape(sign) {
            Some(name) => safe.push_str(name),
            None => safe.push(sign),
        }
    }
    Cow::Owned(safe)
}

fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let signs = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    Cow::Owned(signs.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read_again_as_it_was_written() {
        let letter = Letter {
            text: "Hello {{ person.given_name | default(\"you & yours\") }},\n\nTea < coffee & \"cake\"?\nYes > no.".into(),
            button: "Beans & more".into(),
            address: "https://shop.example/?a=1&b=2".into(),
        };
        let mjml = letter.to_mjml();
        assert!(mjml.contains("Tea &lt; coffee &amp; &quot;cake&quot;?<br/>Yes &gt; no."), "{mjml}");
        assert!(mjml.contains("default(\"you & yours\")"), "fields stay as they are: {mjml}");
        assert_eq!(Letter::read(&mjml), Some(letter));
        let bare = Letter { text: "Only words".into(), ..Letter::default() };
        assert_eq!(Letter::read(&bare.to_mjml()), Some(bare.clone()));
        assert!(bare.to_text().contains("unsubscribe_url"));
    }

    #[test]
    fn mjml_that_was_written_by_hand_is_no_letter() {
        let mjml = Letter { text: "Words".into(), ..Letter::default() }.to_mjml();
        assert_eq!(Letter::read(&mjml.replace("16px", "17px")), None);
        assert_eq!(Letter::read(&mjml.replace("Words", "<b>Words</b>")), None);
        assert_eq!(Letter::read("<mjml></mjml>"), None);
    }

    #[test]
    fn what_is_typed_cannot_become_elements() {
        let letter = Letter {
            text: "</mj-text><mj-raw>{{ open".into(),
            button: "x\" href=\"y".into(),
            address: "https://a.example/\"><b>".into(),
        };
        let mjml = letter.to_mjml();
        assert!(!mjml.contains("<mj-raw>") && !mjml.contains("<b>"), "{mjml}");
        assert_eq!(Letter::read(&mjml), Some(letter));
    }
}
