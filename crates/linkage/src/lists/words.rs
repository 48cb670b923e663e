//! Words that say little: legal forms of companies, kinds of roads, doors and floors.
//!
//! Short lists of our own, folded as fields are compared.

/// Legal forms and what stands beside them at the end of a company's name.
#[rustfmt::skip]
const LEGAL_FORMS: &[&str] = &[
    // English
    "inc", "incorporated", "llc", "llp", "lp", "ltd", "limited", "corp", "corporation", "co", "company", "plc", "pllc", "pty",
    "pte", "group", "cic", "unlimited", "pc", "pvt",
    // German
    "gmbh", "ag", "kg", "kgaa", "ohg", "gbr", "ug", "ev", "eg", "ek", "se", "mbh", "gesellschaft", "haftungsbeschrankt", "gruppe", "ewiv",
    // French, Spanish, Portuguese, Italian
    "sa", "sas", "sasu", "sarl", "eurl", "snc", "sci", "scop", "sl", "slu", "sau", "sll", "cv", "lda", "ltda", "sgps", "srl", "srls", "spa", "sapa", "societe", "cie",
    // Dutch, Scandinavian, Finnish
    "bv", "nv", "vof", "bvba", "ab", "hb", "as", "asa", "ans", "aps", "is", "oy", "oyj", "ky", "ehf", "hf",
    // Polish, Czech, Slovak, Hungarian, Balkan, Baltic, Greek, Turkish
    "zoo", "spzoo", "sp", "sro", "vos", "kft", "rt", "zrt", "nyrt", "bt", "doo", "dd", "ad", "eood", "ood", "ead", "uab", "sia", "ou", "ae", "epe", "sti", "tic",
];

/// Short and long forms of roads; the words are left out of a street that has another.
#[rustfmt::skip]
const ROADS: &[&str] = &[
    "street", "st", "str", "avenue", "ave", "av", "aves", "road", "rd", "drive", "dr", "lane", "ln", "boulevard", "blvd", "blv", "court", "ct",
    "place", "pl", "way", "terrace", "ter", "circle", "cir", "circuit", "crescent", "cres", "close", "square", "sq", "highway", "hwy", "parkway", "pkwy",
    "trail", "trl", "strasse", "platz", "weg", "gasse", "allee", "rue", "chemin", "route", "calle", "avenida", "avda", "plaza", "via", "viale", "piazza",
    "rua", "straat", "laan", "plein", "ulica", "ul", "gata", "gatan", "vej", "vagen", "katu", "utca",
];

const DIRECTIONS: &[&str] = &["n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west"];

/// Words after which the rest of a street is a door within the house.
const DOORS: &[&str] = &[
    "apt",
    "apartment",
    "unit",
    "suite",
    "ste",
    "flat",
    "floor",
    "fl",
    "room",
    "rm",
    "app",
    "appt",
    "whg",
    "wohnung",
    "etage",
    "stock",
    "between",
    "btw",
    "near",
    "off",
    "at",
];

pub(crate) fn is_legal_form(word: &str) -> bool {
    LEGAL_FORMS.contains(&word)
}

pub(crate) fn is_road(word: &str) -> bool {
    ROADS.contains(&word)
}

pub(crate) fn is_direction(word: &str) -> bool {
    DIRECTIONS.contains(&word)
}

pub(crate) fn is_door(word: &str) -> bool {
    DOORS.contains(&word)
}

/// Providers that give mailboxes to anybody: their domain says nothing about who writes.
pub(crate) fn is_free_provider(domain: &str) -> bool {
    const FREE: &[&str] = &[
        "gmail",
        "googlemail",
        "yahoo",
        "ymail",
        "hotmail",
        "outlook",
        "live",
        "msn",
        "icloud",
        "me",
        "mac",
        "aol",
        "gmx",
        "web",
        "mail",
        "t-online",
        "freenet",
        "proton",
        "protonmail",
        "posteo",
        "orange",
        "wanadoo",
        "free",
        "laposte",
        "libero",
        "virgilio",
        "tiscali",
        "seznam",
        "wp",
        "o2",
        "onet",
        "interia",
        "yandex",
        "qq",
        "163",
        "comcast",
        "verizon",
        "att",
        "btinternet",
        "sky",
        "bluewin",
        "zoho",
        "fastmail",
        "example",
    ];
    FREE.contains(&domain.split('.').next().unwrap_or_default())
}

/// Mailboxes of an office, behind which any colleague may be.
pub(crate) fn is_office(local: &str) -> bool {
    const OFFICES: &[&str] = &[
        "info", "office", "contact", "kontakt", "sales", "admin", "hello", "mail", "service", "support",
        "team", "post", "buero", "noreply",
    ];
    OFFICES.contains(&local)
}
