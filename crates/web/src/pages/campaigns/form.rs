//! The fields of the editor: what is written as a letter, as MJML or as plain text, and how one becomes another.

use cycle::act::campaigns::{self, Content, Format, Letter, Variant};
use platform::{Error, Problem};

use crate::forms::Fields;

/// The form that is no format of a mail: plain words that become MJML.
const LETTER: &str = "letter";

pub(super) fn is_letter(fields: &Fields) -> bool {
    fields.get("format") == LETTER
}

/// The other ways in which the same mail can be written: the value of the button and its words.
pub(super) fn other_ways(fields: &Fields) -> Vec<(&'static str, &'static str)> {
    let mut ways = Vec::new();
    if !is_letter(fields) && letter_typed(fields).is_some() {
        ways.push((LETTER, "Write it as a letter"));
    }
    if is_letter(fields) {
        ways.push(("mjml", "Write the MJML yourself"));
        ways.push(("text", "Plain text only"));
    }
    ways
}

/// The letter that the form holds, whatever it is written as; None where that is no letter.
fn letter_typed(fields: &Fields) -> Option<Letter> {
    let text = |name: &str| fields.get(name).replace("\r\n", "\n");
    match fields.get("format") {
        LETTER => Some(Letter {
            text: text("letter_text"),
            button: text("letter_button"),
            address: text("letter_address"),
        }),
        "text" => Some(Letter { text: text("body"), ..Letter::default() }),
        _ => Letter::read(&text("body")),
    }
}

/// The same mail written in another way; arms with words of their own keep them where they can.
pub(super) fn rewritten(fields: &Fields, way: &str) -> Fields {
    let mut content = content_of(fields);
    let Some(letter) = letter_typed(fields) else { return fields.clone() };
    match way {
        "text" => {
            content.format = Format::Text;
            content.body = letter.to_text();
            for variant in content.variants.iter_mut().filter(|variant| !variant.body.trim().is_empty()) {
                variant.body = Letter::read(&variant.body).map_or_else(String::new, |words| words.to_text());
            }
        }
        _ => {
            content.format = Format::Mjml;
            content.body = letter.to_mjml();
        }
    }
    let mut kept = if way == LETTER { fields_of(&content) } else { fields_as(&content) };
    for name in ["version", "action_id"] {
        kept.push(name.to_string(), fields.get(name).to_string());
    }
    kept
}

/// The content as the fields of its form: as a letter where it is one.
pub(super) fn fields_of(content: &Content) -> Fields {
    let letter =
        Some(&content.body).filter(|_| content.format == Format::Mjml).and_then(|body| Letter::read(body));
    let of_arm = |variant: &Variant| match variant.body.trim() {
        "" => Some(String::new()),
        _ => Letter::read(&variant.body).map(|words| words.text),
    };
    let arms: Option<Vec<String>> = content.variants.iter().map(of_arm).collect();
    let (Some(letter), Some(arms)) = (letter, arms) else { return fields_as(content) };
    let mut as_letter = content.clone();
    for (variant, text) in as_letter.variants.iter_mut().zip(arms) {
        variant.body = text;
    }
    let kept = fields_as(&as_letter);
    let pairs = kept
        .iter()
        .map(|(name, value)| (name.to_string(), if name == "format" { LETTER } else { value }.to_string()))
        .chain([
            ("letter_text".to_string(), letter.text),
            ("letter_button".to_string(), letter.button),
            ("letter_address".to_string(), letter.address),
        ]);
    Fields::from_pairs(pairs.collect())
}

/// The content as it is kept.
fn fields_as(content: &Content) -> Fields {
    let mut pairs: Vec<(String, String)> = [
        ("subject", &content.subject),
        ("preheader", &content.preheader),
        ("body", &content.body),
        ("from_name", &content.from_name),
        ("from_email", &content.from_email),
        ("reply_to", &content.reply_to),
        ("utm_campaign", &content.utm_campaign),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value.clone()))
    .collect();
    pairs.push(("format".to_string(), content.format.name().to_string()));
    pairs.push(("topic".to_string(), content.topic.clone().unwrap_or_default()));
    for (number, variant) in content.variants.iter().enumerate() {
        pairs.push((format!("variants.{number}.arm"), variant.arm.clone()));
        pairs.push((format!("variants.{number}.subject"), variant.subject.clone()));
        pairs.push((format!("variants.{number}.body"), variant.body.clone()));
    }
    Fields::from_pairs(pairs)
}

/// What the form says.
pub(super) fn content_of(fields: &Fields) -> Content {
    let text = |name: &str| fields.get(name).to_string();
    let letter = Some(fields).filter(|fields| is_letter(fields)).and_then(letter_typed);
    let of_arm = |typed: String| match &letter {
        Some(letter) if !typed.trim().is_empty() => Letter { text: typed, ..letter.clone() }.to_mjml(),
        _ => typed,
    };
    let variants = (0..=campaigns::MOST_VARIANTS)
        .filter(|number| fields.filled(&format!("variants.{number}.arm")).is_some())
        .map(|number| Variant {
            arm: text(&format!("variants.{number}.arm")),
            subject: text(&format!("variants.{number}.subject")),
            body: of_arm(text(&format!("variants.{number}.body"))),
        })
        .collect();
    Content {
        subject: text("subject"),
        preheader: text("preheader"),
        format: Format::from_name(fields.get("format")).unwrap_or(Format::Mjml),
        body: letter.as_ref().map_or_else(|| text("body"), Letter::to_mjml),
        variants,
        from_name: text("from_name"),
        from_email: text("from_email"),
        reply_to: text("reply_to"),
        topic: fields.filled("topic").map(str::to_string),
        utm_campaign: text("utm_campaign"),
    }
}

/// **Errors** at the fields of a letter that would lose something.
pub(super) fn checked(fields: &Fields) -> platform::Result<()> {
    if !is_letter(fields) {
        return Ok(());
    }
    let mut problems = Vec::new();
    let mut problem = |field: &str, message: &str| {
        problems.push(Problem { field: field.to_string(), message: message.to_string() });
    };
    let (button, address) = (fields.trimmed("letter_button"), fields.trimmed("letter_address"));
    if fields.trimmed("letter_text").is_empty() {
        problem("letter_text", "a mail needs a text");
    }
    if button.is_empty() && !address.is_empty() {
        problem("letter_button", "say what stands on the button, or take the address away");
    }
    if !button.is_empty()
        && !["https://", "http://", "mailto:", "{{"].iter().any(|begin| address.starts_with(begin))
    {
        problem("letter_address", "say where the button leads, such as https://shop.example/winter");
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_mail_is_a_letter_and_stays_the_same_mail_however_it_is_written() {
        let starter = Content::starter();
        let fields = fields_of(&starter);
        assert!(is_letter(&fields));
        assert_eq!(fields.get("letter_button"), "Have a look");
        assert_eq!(content_of(&fields), starter);
        let by_hand = rewritten(&fields, "mjml");
        assert_eq!((by_hand.get("format"), content_of(&by_hand)), ("mjml", starter.clone()));
        assert_eq!(content_of(&rewritten(&by_hand, "letter")), starter);
        let text = rewritten(&fields, "text");
        assert_eq!(text.get("format"), "text");
        assert!(text.get("body").contains("Have a look: https://example.com/"));
    }

    #[test]
    fn a_button_without_an_address_is_refused_at_its_field() {
        let typed = Fields::of(&[("format", "letter"), ("letter_text", "Words"), ("letter_button", "Look")]);
        let Err(Error::Invalid(problems)) = checked(&typed) else { panic!("it was taken") };
        assert_eq!(problems[0].field, "letter_address");
    }
}
