//! Names of companies: the name as written, its legal form, and a key under which one company's spellings meet.
//!
//! The name keeps its spelling (`IBM`, `eBay`); only the key forgets case, accents, punctuation and the legal form. It
//! does not decide that two companies are one: `Müller GmbH` and `Müller AG` share a key and may be two firms, which the
//! comparison of duplicates judges with the legal form beside it.
//!
//! **Source:** common abbreviations of legal forms as in ISO 20275 (Entity Legal Forms).

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use thiserror::Error;

use super::fold::{fold, tidy};
use super::quoted::quoted;

/// The longest name. **Units:** bytes.
const MAX_BYTES: usize = 500;

/// Why a text is not the name of a company.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the company name is empty")]
    Empty,
    /// Signs only.
    #[error("{} is not a company name: it has no letter or digit", quoted(.value))]
    NoLetters {
        /// The text as it came.
        value: String,
    },
    /// Longer than any name.
    #[error("{} is too long for a company name (at most {MAX_BYTES} bytes)", quoted(.value))]
    TooLong {
        /// The beginning of the text.
        value: String,
    },
}

/// The name of a company.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CompanyName {
    name: String,
    key: String,
    legal_form: Option<&'static str>,
}

impl CompanyName {
    /// The name as written, tidy.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folded name without its legal form: `Müller & Söhne GmbH` is `muller and sohne`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The legal form in its usual spelling, if the name ends (or begins) with one that is known.
    pub fn legal_form(&self) -> Option<&'static str> {
        self.legal_form
    }
}

impl fmt::Display for CompanyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Legal forms that end a name: the usual spelling, then folded spellings (dots gone) divided by `|`.
const LEGAL_FORMS: &[(&str, &str)] = &[
    ("GmbH & Co. KG", "gmbh and co kg|gmbh co kg|gmbh u co kg|gmbh und co kg|gmbh and cokg"),
    ("GmbH & Co. KGaA", "gmbh and co kgaa"),
    ("AG & Co. KG", "ag and co kg"),
    ("AG & Co. KGaA", "ag and co kgaa"),
    ("UG & Co. KG", "ug haftungsbeschrankt and co kg|ug and co kg"),
    ("SE & Co. KGaA", "se and co kgaa"),
    ("SE & Co. KG", "se and co kg"),
    ("GmbH", "gmbh|g m b h|gesellschaft mit beschrankter haftung|gesmbh|ges m b h|mbh|gesellschaft mbh"),
    ("gGmbH", "ggmbh"),
    ("UG", "ug haftungsbeschrankt|ug"),
    ("AG", "ag|aktiengesellschaft|a g"),
    ("KG", "kg|kommanditgesellschaft"),
    ("KGaA", "kgaa"),
    ("OHG", "ohg"),
    ("OG", "og"),
    ("GbR", "gbr"),
    ("e.K.", "ek|e k|e kfm|ekfm|ekfr"),
    ("e.V.", "ev|e v"),
    ("eG", "eg|e g"),
    ("SE", "se|societas europaea"),
    ("Ltd", "ltd|limited|limted|ltd co"),
    ("Pvt Ltd", "pvt ltd|private limited|pvt limited|private ltd"),
    ("Pte Ltd", "pte ltd|pte limited"),
    ("Pty Ltd", "pty ltd|pty limited|proprietary limited|proprietary ltd|pty"),
    ("Co., Ltd", "co ltd|company limited|co limited|company ltd|co llc"),
    ("PLC", "plc|public limited company|p l c"),
    ("Public Co., Ltd", "public company limited|pcl|public co ltd"),
    ("LLC", "llc|l l c|limited liability company|ltd liability co|limited liability co"),
    ("LLP", "llp|l l p|limited liability partnership"),
    ("LP", "lp|l p|limited partnership"),
    ("Inc.", "inc|incorporated|co inc|company inc"),
    ("Corp.", "corp|corporation"),
    ("Co.", "co|company"),
    ("DAC", "dac|designated activity company"),
    ("CIC", "cic"),
    ("ULC", "ulc"),
    ("S.A.", "sa|s a|sociedad anonima|societe anonyme"),
    ("S.A.U.", "sau"),
    ("S.A. de C.V.", "sa de cv|s a de c v"),
    ("S. de R.L.", "s de rl|s de rl de cv"),
    ("S.A.S.", "sas|s a s|sasu|societe par actions simplifiee"),
    ("S.à r.l.", "sarl|sa rl|s a r l|s ar l|societe a responsabilite limitee|eurl"),
    ("S.A.R.L.-S", "sarl s"),
    ("SNC", "snc"),
    ("SCI", "sci"),
    ("SCA", "sca"),
    ("SCS", "scs"),
    ("SICAV", "sicav"),
    ("S.L.", "sl|s l|sociedad limitada|slu|s l u|slp"),
    ("S.r.l.", "srl|s r l|societa a responsabilita limitata|srls|s r l s"),
    ("S.p.A.", "spa|s p a|societa per azioni"),
    ("S.a.s.", "sas di"),
    ("Lda", "lda|limitada|unipessoal lda"),
    ("Ltda", "ltda|ltda me|eireli"),
    ("S.A.", "s a s a"),
    ("B.V.", "bv|b v|besloten vennootschap|bvba"),
    ("N.V.", "nv|n v|naamloze vennootschap"),
    ("C.V.", "cv|c v"),
    ("V.O.F.", "vof|v o f"),
    ("AB", "ab|aktiebolag|aktiebolaget"),
    ("AB (publ)", "ab publ|aktiebolag publ"),
    ("HB", "hb|handelsbolag"),
    ("A/S", "as|a s|aktieselskab"),
    ("ApS", "aps|anpartsselskab"),
    ("I/S", "is|i s"),
    ("ASA", "asa"),
    ("Oy", "oy|osakeyhtio|oy ab"),
    ("Oyj", "oyj|oyj abp"),
    ("ehf.", "ehf"),
    ("hf.", "hf"),
    ("OÜ", "ou|osauhing"),
    ("SIA", "sia"),
    ("UAB", "uab"),
    ("Sp. z o.o.", "sp z oo|sp z o o|spolka z oo|spolka z ograniczona odpowiedzialnoscia|spzoo"),
    ("Sp. z o.o. Sp. k.", "sp z oo sp k|sp z o o sp k|sp z oo sp komandytowa"),
    ("Sp. k.", "sp k|spk|spolka komandytowa"),
    ("S.A. (PL)", "spolka akcyjna"),
    ("s.r.o.", "sro|s r o|spol s r o|spol sro"),
    ("a.s.", "akciova spolecnost|akciova spolocnost"),
    ("d.o.o.", "doo|d o o"),
    ("d.d.", "dd|d d"),
    ("Kft.", "kft|korlatolt felelossegu tarsasag"),
    ("Zrt.", "zrt"),
    ("Nyrt.", "nyrt"),
    ("Bt.", "bt"),
    ("EOOD", "eood"),
    ("OOD", "ood"),
    ("AD", "ead"),
    ("S.R.L.", "societate cu raspundere limitata"),
    ("A.Ş.", "anonim sirketi|a s ti"),
    ("Ltd. Şti.", "ltd sti|limited sirketi"),
    ("A.E.", "ae|a e"),
    ("E.P.E.", "epe"),
    ("IKE", "ike"),
    ("OOO", "ooo"),
    ("K.K.", "kk|k k|kabushiki kaisha"),
    ("G.K.", "gk|godo kaisha"),
    ("Sdn. Bhd.", "sdn bhd"),
    ("Bhd.", "bhd|berhad"),
    ("Tbk", "tbk"),
    ("FZE", "fze"),
    ("FZCO", "fzco|fz llc|fzc"),
    ("WLL", "wll|w l l"),
    ("JSC", "jsc|joint stock company"),
    ("PJSC", "pjsc|public joint stock company"),
    ("Trust", "ltd trust"),
];

/// Legal forms that begin a name in their countries.
const LEADING_FORMS: &[(&str, &str)] = &[
    ("AB", "ab"),
    ("PT", "pt"),
    ("CV", "cv"),
    ("OOO", "ooo"),
    ("ZAO", "zao"),
    ("PAO", "pao"),
    ("UAB", "uab"),
    ("SIA", "sia"),
    ("Oy", "oy"),
    ("A/S", "a s"),
];

/// The most words in a spelling of a legal form.
const MAX_FORM_WORDS: usize = 6;

static BY_SPELLING: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut found = HashMap::with_capacity(512);
    for (form, spellings) in LEGAL_FORMS {
        for spelling in spellings.split('|') {
            found.entry(spelling).or_insert(*form);
        }
    }
    found
});

/// The company name in a text.
///
/// **Errors:** empty, neither letter nor digit, too long.
///
/// ```
/// let name = records::values::company_name::parse("  Müller & Söhne  G.m.b.H. ").unwrap();
/// assert_eq!((name.name(), name.key()), ("Müller & Söhne G.m.b.H.", "muller and sohne"));
/// assert_eq!(name.legal_form(), Some("GmbH"));
/// ```
pub fn parse(text: &str) -> Result<CompanyName, Problem> {
    let trimmed = text.trim();
    if trimmed.len() > MAX_BYTES {
        return Err(Problem::TooLong { value: trimmed.chars().take(100).collect() });
    }
    let name = tidy(trimmed).into_owned();
    if name.is_empty() {
        return Err(Problem::Empty);
    }
    if !name.chars().any(char::is_alphanumeric) {
        return Err(Problem::NoLetters { value: name });
    }
    let folded = fold(&without_dots(&name));
    let (rest, legal_form) = split_form(&folded);
    let key = if rest.is_empty() { name.to_lowercase() } else { rest.to_owned() };
    Ok(CompanyName { name, key, legal_form })
}

/// Dots and slashes between single letters go (`B.V.`, `A/S`), for they part no words.
fn without_dots(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut signs = name.chars().peekable();
    let mut run = 0;
    while let Some(sign) = signs.next() {
        let is_joint = (sign == '.' && run > 0) || (sign == '/' && run == 1);
        let ends_number = out.ends_with(|before: char| before.is_ascii_digit());
        if is_joint && !ends_number && (run == 1 || !signs.peek().is_some_and(|next| next.is_alphanumeric()))
        {
            run = 0;
            continue;
        }
        run = if sign.is_alphanumeric() { run + 1 } else { 0 };
        out.push(sign);
    }
    out
}

/// Parts a folded name from its legal form; a name that is nothing else keeps it.
fn split_form(folded: &str) -> (&str, Option<&'static str>) {
    let mut starts = [0_usize; MAX_FORM_WORDS];
    let mut n_starts = 0;
    let mut end = folded.len();
    while n_starts < MAX_FORM_WORDS {
        let Some(space) = folded[..end].rfind(' ') else { break };
        starts[n_starts] = space + 1;
        n_starts += 1;
        end = space;
    }
    for &start in starts[..n_starts].iter().rev() {
        if let Some(form) = BY_SPELLING.get(&folded[start..]) {
            return (folded[..start].trim_end(), Some(form));
        }
    }
    for (form, spelling) in LEADING_FORMS {
        if let Some(rest) = folded.strip_prefix(spelling).and_then(|rest| rest.strip_prefix(' ')) {
            return (rest, Some(form));
        }
    }
    (folded, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_company_meet_in_its_key() {
        for (text, key, form) in [
            ("Müller & Söhne GmbH", "muller and sohne", Some("GmbH")),
            ("MULLER AND SOHNE G.m.b.H.", "muller and sohne", Some("GmbH")),
            ("Haas GmbH & Co. KG", "haas", Some("GmbH & Co. KG")),
            ("Acme, Inc.", "acme", Some("Inc.")),
            ("ACME INCORPORATED", "acme", Some("Inc.")),
            ("Acme Co., Ltd.", "acme", Some("Co., Ltd")),
            ("Philips N.V.", "philips", Some("N.V.")),
            ("Novo Nordisk A/S", "novo nordisk", Some("A/S")),
            ("Equinor ASA", "equinor", Some("ASA")),
            ("AB Volvo", "volvo", Some("AB")),
            ("Volvo AB (publ)", "volvo", Some("AB (publ)")),
            ("Total S.A.", "total", Some("S.A.")),
            ("Ferrari S.p.A.", "ferrari", Some("S.p.A.")),
            ("Rossi S.r.l.", "rossi", Some("S.r.l.")),
            ("Lux S.à r.l.", "lux", Some("S.à r.l.")),
            ("Kowalski Sp. z o.o.", "kowalski", Some("Sp. z o.o.")),
            ("Novák s.r.o.", "novak", Some("s.r.o.")),
            ("Nokia Oyj", "nokia", Some("Oyj")),
            ("Tata Pvt. Ltd.", "tata", Some("Pvt Ltd")),
            ("BHP Pty Ltd", "bhp", Some("Pty Ltd")),
            ("PT Telkom", "telkom", Some("PT")),
            ("Limited", "limited", None),
            ("3M Company", "3m", Some("Co.")),
            ("Booking.com B.V.", "booking com", Some("B.V.")),
            ("IBM", "ibm", None),
            ("北京有限公司", "bei jing you xian gong si", None),
        ] {
            let name = parse(text).unwrap();
            assert_eq!((name.key(), name.legal_form()), (key, form), "{text}");
        }
    }

    #[test]
    fn the_key_of_a_name_does_not_change_when_parsed_again() {
        for text in ["Müller  &  Söhne GmbH", "AB Volvo", "A.B.C. Ltd", "…x…"] {
            let name = parse(text).unwrap();
            assert_eq!(parse(name.name()), Ok(name));
        }
        assert_eq!(
            parse("--").unwrap_err().to_string(),
            "“--” is not a company name: it has no letter or digit"
        );
    }

    /// The brief names of the legal entities were made by others, who also drop words such as "group" and keep
    /// some forms (A/S): over the names that only lose words at their end, five keys of six are the brief name.
    #[test]
    fn keys_of_legal_entities_are_close_to_their_published_brief_names() {
        let shared = std::env::var("RONDEL_SHARED").unwrap_or_else(|_| "../../../shared".into());
        let path = std::path::PathBuf::from(shared).join("data/legal_entities/gleif_sample.csv");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: {} is not there", path.display());
            return;
        };
        let (mut n_rows, mut n_alike) = (0, 0);
        for line in text.lines().skip(1).filter(|line| !line.contains('"')) {
            let columns: Vec<&str> = line.split(',').collect();
            let [_, name, _, _, canonical, brief] = columns.as_slice() else { continue };
            let Ok(company) = parse(name) else { panic!("{name} was refused") };
            if !canonical.starts_with(brief) || brief.is_empty() || !brief.is_ascii() {
                continue;
            }
            n_rows += 1;
            if company.key().replace(' ', "") == fold(brief).replace(' ', "") {
                n_alike += 1;
            }
        }
        println!("{n_alike} of {n_rows} keys are the published brief name");
        // The rest are forms that the published names keep (A/S, AB, L.P., Pty) or words they drop (group, holdings).
        assert!(n_rows > 16_000 && n_alike * 100 >= n_rows * 83, "{n_alike} of {n_rows}");
    }
}
