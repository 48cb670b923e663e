//! What customers write: complaints and answers to surveys, in words that show what they are about and how they are meant.
//!
//! The subject and the tone are drawn first and are the truth; the words follow them. From some day of the year on a new
//! carrier delivers late: of those who write, more write about that, and angrily.

use super::happenings::{Happening, What};
use super::{World, moment};
use crate::random::{Chance, Purpose};

/// What a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Delivery,
    Parcel,
    Taste,
    Price,
    Staff,
    Website,
    Grinder,
    Mail,
}

/// How it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Glad,
    Plain,
    Angry,
}

/// A text with the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub subject: Subject,
    pub tone: Tone,
    pub text: String,
}

/// Days after the end of the history from which the new carrier delivers late.
pub const LATE_CARRIER_AFTER: u32 = 270;

impl Subject {
    pub const ALL: [Subject; 8] = [
        Subject::Delivery,
        Subject::Parcel,
        Subject::Taste,
        Subject::Price,
        Subject::Staff,
        Subject::Website,
        Subject::Grinder,
        Subject::Mail,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Subject::Delivery => "delivery",
            Subject::Parcel => "parcel",
            Subject::Taste => "taste",
            Subject::Price => "price",
            Subject::Staff => "staff",
            Subject::Website => "website",
            Subject::Grinder => "grinder",
            Subject::Mail => "mail",
        }
    }

    /// What is said about it gladly, angrily, and either way.
    fn words(self) -> [&'static [&'static str]; 3] {
        match self {
            Subject::Delivery => DELIVERY,
            Subject::Parcel => PARCEL,
            Subject::Taste => TASTE,
            Subject::Price => PRICE,
            Subject::Staff => STAFF,
            Subject::Website => WEBSITE,
            Subject::Grinder => GRINDER,
            Subject::Mail => MAIL,
        }
    }
}

impl Tone {
    pub fn name(self) -> &'static str {
        match self {
            Tone::Glad => "glad",
            Tone::Plain => "plain",
            Tone::Angry => "angry",
        }
    }
}

impl World {
    /// What somebody wrote; None where the happening has no words.
    pub fn said(&self, happening: &Happening) -> Option<Said> {
        let mut chance =
            Chance::new(self.around.seed, Purpose::Words, moment(happening.person, happening.day));
        let is_late = happening.day >= self.company.calendar().n_days + LATE_CARRIER_AFTER;
        let (subject, tone) = match happening.what {
            What::Complained { about } if about.contains("bothered") => (Subject::Mail, Tone::Angry),
            What::Complained { .. } => (complained(&mut chance, is_late), Tone::Angry),
            What::Answered { score } => answered(&mut chance, score, is_late),
            _ => return None,
        };
        Some(Said { subject, tone, text: text(&mut chance, subject, tone) })
    }
}

fn complained(chance: &mut Chance, is_late: bool) -> Subject {
    let delivery = if is_late { 4.0 } else { 0.5 };
    let of = [Subject::Delivery, Subject::Parcel, Subject::Grinder, Subject::Website];
    of[chance.weighted(&[delivery, 2.0, 0.5, 0.5])]
}

fn answered(chance: &mut Chance, score: u32, is_late: bool) -> (Subject, Tone) {
    if is_late && chance.happens(0.4) {
        return (Subject::Delivery, Tone::Angry);
    }
    let of = [
        Subject::Delivery,
        Subject::Parcel,
        Subject::Taste,
        Subject::Price,
        Subject::Staff,
        Subject::Website,
        Subject::Grinder,
    ];
    let subject = of[chance.weighted(&[1.0, 0.6, 2.5, 1.2, 1.2, 1.0, 1.0])];
    let tone = match score {
        8.. => [Tone::Glad, Tone::Plain][chance.weighted(&[0.85, 0.15])],
        5..=7 => [Tone::Glad, Tone::Plain, Tone::Angry][chance.weighted(&[0.3, 0.4, 0.3])],
        _ => Tone::Angry,
    };
    (subject, tone)
}

/// One or two sentences of the tone and one that goes with either.
fn text(chance: &mut Chance, subject: Subject, tone: Tone) -> String {
    let [glad, angry, either] = subject.words();
    let mut sentences = Vec::new();
    match tone {
        Tone::Glad => sentences.push(chance.pick(glad)),
        Tone::Angry => sentences.push(chance.pick(angry)),
        Tone::Plain => sentences.push(chance.pick(either)),
    }
    sentences.push(chance.pick(either));
    if tone == Tone::Angry && chance.happens(0.5) {
        sentences.push(chance.pick(angry));
    }
    sentences.dedup();
    sentences.join(" ")
}

const DELIVERY: [&[&str]; 3] = [
    &[
        "The delivery was wonderfully fast, the courier rang the next morning.",
        "Great delivery, the courier came earlier than promised.",
        "I love how quickly the delivery arrives, the courier is very friendly.",
    ],
    &[
        "The delivery was far too late, the courier never came when promised. Terrible.",
        "I am angry: the delivery took two weeks and the courier left no note.",
        "Awful delivery, the tracking was wrong and the courier lost my order.",
        "Once more a late delivery, I am very disappointed with this courier.",
    ],
    &[
        "The delivery came with the courier on a Tuesday.",
        "I look at the tracking of the delivery each time.",
        "The courier delivers to my office, the tracking number comes by message.",
    ],
];
const PARCEL: [&[&str]; 3] = [
    &[
        "The parcel was beautifully packed, the box is lovely.",
        "Perfect packaging, nothing in the box was damaged.",
        "I like the new box, the packaging is excellent.",
    ],
    &[
        "Something in the parcel was broken, the box was crushed. Very annoying.",
        "The box was damaged and a bag in the parcel had burst, what a mess.",
        "Bad packaging: the glass in the box was broken again.",
        "The parcel arrived torn and wet, I am upset about the broken jar.",
    ],
    &[
        "The box held three bags and a jar.",
        "There is a lot of paper in the packaging of the parcel.",
        "The parcel is a cardboard box with paper packaging.",
    ],
];
const TASTE: [&[&str]; 3] = [
    &[
        "The espresso tastes wonderful, the roast is excellent.",
        "Delicious beans, the aroma of this roast is superb.",
        "I love the taste of the espresso, best beans in town.",
    ],
    &[
        "The beans taste bitter and stale, a horrible roast.",
        "The espresso was disappointing, the roast tasted burnt and awful.",
        "These beans are bad, the aroma is gone and the taste is unpleasant.",
    ],
    &[
        "I drink the espresso in the morning and the filter roast at noon.",
        "The beans are a dark roast with an aroma of cocoa.",
        "The roast date of the beans was two weeks ago.",
    ],
];
const PRICE: [&[&str]; 3] = [
    &[
        "A great price, the discount made me happy.",
        "Good value for money, the prices are fair.",
        "I am pleased with the price, the voucher worked perfectly.",
    ],
    &[
        "The price is outrageous, far too expensive now.",
        "Too expensive: the price went up again and the discount was refused. Bad.",
        "I feel cheated by the price, the voucher was a disappointment.",
    ],
    &[
        "The price for a kilo is on the invoice.",
        "I paid the price with a voucher and got no discount.",
        "I compare the price of a kilo with that of other shops.",
    ],
];
const STAFF: [&[&str]; 3] = [
    &[
        "Your colleague on the phone was very kind and helpful.",
        "Excellent service, the lady on the hotline solved it at once.",
        "Thank you for the friendly advice, the support answered nicely.",
    ],
    &[
        "The support was rude and nobody on the hotline helped me.",
        "Terrible service: I called the hotline three times and was ignored.",
        "The man on the phone was unfriendly, the support is useless.",
    ],
    &[
        "I called the hotline about an invoice and spoke with the support.",
        "The support wrote that a colleague would phone.",
        "Your colleague on the phone noted my question for the support.",
    ],
];
const WEBSITE: [&[&str]; 3] = [
    &[
        "The website is easy and pleasant, the checkout works perfectly.",
        "I like the new website, logging in and checkout are great.",
        "Fantastic website, my account and the checkout are so simple.",
    ],
    &[
        "The website crashed at the checkout, so frustrating.",
        "I hate the website, the login failed and the checkout lost my basket.",
        "The checkout on your website is terrible, my password was refused.",
    ],
    &[
        "I changed the password of my account on the website.",
        "The website asks for the login before the checkout.",
        "My account on the website shows the basket at the checkout.",
    ],
];
const GRINDER: [&[&str]; 3] = [
    &[
        "The grinder is brilliant, the burrs grind evenly. I am delighted.",
        "Great machine, the grinder is quiet and works perfectly.",
        "I am very happy with the grinder, a wonderful machine.",
    ],
    &[
        "The grinder broke after a week, the machine is useless.",
        "The machine leaks and the grinder is awfully loud. I am disappointed.",
        "Bad machine: the burrs of the grinder jammed and the motor failed.",
    ],
    &[
        "The grinder has steel burrs and the machine two boilers.",
        "I set the burrs of the grinder to eleven for the machine.",
        "The machine and the grinder stand in the kitchen.",
    ],
];
const MAIL: [&[&str]; 3] = [
    &["The newsletter is a pleasure to read."],
    &[
        "I do not want to be bothered by this newsletter, it is annoying.",
        "Stop these annoying mails, I never asked for the newsletter. I am angry.",
        "Your newsletter is a nuisance, the mails are terrible.",
    ],
    &["The newsletter came by mail twice this week.", "I get the mails of the newsletter every month."],
];
