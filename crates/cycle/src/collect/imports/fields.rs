//! What a column of a file can hold: the fields of people, companies, products, orders and their lines, and the headers
//! under which other systems export them.

use serde::{Deserialize, Serialize};

/// What one row of the file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    People,
    Companies,
    Products,
    /// A line of an order; customer, product and order may all be new in it.
    Orders,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::People, Self::Companies, Self::Products, Self::Orders];

    pub fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Companies => "companies",
            Self::Products => "products",
            Self::Orders => "orders",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The record that a field without a prefix belongs to.
    fn own_prefix(self) -> &'static str {
        match self {
            Self::People => "person.",
            Self::Companies => "company.",
            Self::Products => "product.",
            Self::Orders => "order.",
        }
    }

    /// Whether unknown columns become fields that only this firm has.
    pub fn keeps_unknown_columns(self) -> bool {
        matches!(self, Self::People | Self::Companies)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Text,
    Email,
    Phone,
    Date,
    Number,
    YesNo,
}

/// One field that a column can be mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// `person.email`: the record and its field.
    pub name: &'static str,
    pub label: &'static str,
    pub holds: Holds,
    kinds: &'static [Kind],
    /// Headers, folded.
    headers: &'static [&'static str],
}

const P: &[Kind] = &[Kind::People, Kind::Orders];
const PO: &[Kind] = &[Kind::People];
const C: &[Kind] = &[Kind::Companies];
const PC: &[Kind] = &[Kind::People, Kind::Companies];
const PR: &[Kind] = &[Kind::Products, Kind::Orders];
const PRO: &[Kind] = &[Kind::Products];
const O: &[Kind] = &[Kind::Orders];
const OP: &[Kind] = &[Kind::Orders, Kind::Products];

const fn f(
    name: &'static str,
    label: &'static str,
    holds: Holds,
    kinds: &'static [Kind],
    headers: &'static [&'static str],
) -> Field {
    Field { name, label, holds, kinds, headers }
}

#[rustfmt::skip]
pub const FIELDS: &[Field] = &[
    f("person.external_id", "Customer number", Holds::Text, P, &["customer no", "customer number", "customer id",
      "customerid", "customer", "household id", "client id", "contact id", "person id", "member id", "user id", "id",
      "kundennummer", "kunden nr", "kundennr", "numero client", "klantnummer", "account number", "card no"]),
    f("person.given_name", "First name", Holds::Text, P, &["first name", "firstname", "given name", "forename",
      "vorname", "prenom", "nombre", "voornaam", "fornamn"]),
    f("person.family_name", "Last name", Holds::Text, P, &["last name", "lastname", "family name", "surname",
      "nachname", "nom", "apellido", "apellidos", "achternaam", "efternamn", "cognome"]),
    f("person.name", "Name", Holds::Text, P, &["name", "full name", "customer name", "contact", "contact name",
      "client", "client name", "kunde", "kundenname"]),
    f("person.email", "E-mail", Holds::Email, P, &["e mail", "email", "mail", "email address", "e mail address",
      "e mail adresse", "emailadresse", "courriel", "correo", "customer email"]),
    f("person.phone", "Phone", Holds::Phone, PO, &["phone", "telephone", "telefon", "tel", "mobile", "mobil", "handy",
      "phone number", "telefonnummer", "mobile phone", "cell"]),
    f("person.birthday", "Birthday", Holds::Date, PO, &["birthday", "birth date", "birthdate", "date of birth", "dob",
      "geburtstag", "geburtsdatum"]),
    f("person.language", "Language", Holds::Text, PO, &["language", "sprache", "locale", "langue"]),
    f("person.source", "Source", Holds::Text, PO, &["source", "lead source", "channel", "acquisition channel", "herkunft",
      "quelle"]),
    f("person.customer_since", "Customer since", Holds::Date, PO, &["customer since", "created", "created at",
      "registered", "signup date", "kunde seit", "since"]),
    f("person.newsletter", "Newsletter consent", Holds::YesNo, PO, &["newsletter", "opt in", "optin", "subscribed",
      "marketing consent", "accepts marketing", "email consent"]),
    f("person.tags", "Tags", Holds::Text, PO, &["tags", "labels", "schlagworte"]),
    f("person.note", "Note", Holds::Text, PO, &["note", "notes", "comment", "comments", "remark", "bemerkung", "notiz"]),
    f("person.company", "Company of the person", Holds::Text, P, &["company", "company name", "firma", "organisation",
      "organization", "employer", "account", "account name", "entreprise", "bedrijf", "unternehmen"]),
    f("person.country", "Country", Holds::Text, O, &["country", "land", "pays", "pais", "country code",
      "customer country", "shipping country", "billing country"]),
    f("address.street", "Street", Holds::Text, PC, &["street", "address", "address 1", "address line 1", "strasse",
      "adresse", "rue", "street address"]),
    f("address.postcode", "Postcode", Holds::Text, PC, &["postcode", "post code", "postal code", "zip", "zip code", "plz",
      "postleitzahl", "code postal"]),
    f("address.city", "City", Holds::Text, PC, &["city", "town", "ort", "stadt", "ville", "ciudad", "plaats"]),
    f("address.country", "Country", Holds::Text, PC, &["country", "land", "pays", "pais", "country code",
      "office location"]),
    f("company.external_id", "Company number", Holds::Text, C, &["company no", "company number", "company id",
      "account id", "account number", "firmennummer", "id", "lei"]),
    f("company.name", "Company name", Holds::Text, C, &["company", "company name", "name", "account", "account name",
      "firma", "organisation", "organization", "legal name"]),
    f("company.domain", "Domain", Holds::Text, C, &["domain", "company domain", "email domain"]),
    f("company.website", "Website", Holds::Text, C, &["website", "web", "url", "homepage", "webseite"]),
    f("company.industry", "Industry", Holds::Text, C, &["industry", "sector", "branche", "branch"]),
    f("company.n_employees", "Employees", Holds::Number, C, &["employees", "n employees", "number of employees",
      "mitarbeiter", "headcount", "company size"]),
    f("company.phone", "Phone", Holds::Phone, C, &["phone", "telephone", "telefon", "tel"]),
    f("company.source", "Source", Holds::Text, C, &["source", "herkunft", "quelle"]),
    f("product.sku", "SKU", Holds::Text, PR, &["sku", "stockcode", "stock code", "product id", "productid", "item id",
      "article no", "article number", "artikelnummer", "artikel nr", "product code", "item no", "ean", "upc"]),
    f("product.name", "Product", Holds::Text, PR, &["product", "product name", "description", "item", "item name",
      "article", "artikel", "bezeichnung", "produkt", "name"]),
    f("product.category", "Category", Holds::Text, PR, &["category", "product category", "department", "kategorie",
      "warengruppe", "product group", "series"]),
    f("product.price", "Price", Holds::Number, PRO, &["price", "sales price", "list price", "unit price", "preis",
      "verkaufspreis"]),
    f("product.renews_months", "Paid by period: months", Holds::Number, PRO, &["renews months", "paid for months",
      "billing period months", "contract months", "laufzeit monate"]),
    f("order.number", "Order number", Holds::Text, O, &["order no", "order number", "order id", "orderid", "order",
      "invoiceno", "invoice no", "invoice number", "invoice", "basket id", "transaction id", "receipt", "bestellnummer",
      "auftragsnummer", "rechnungsnummer", "opportunity id", "bestellung"]),
    f("order.date", "Order date", Holds::Date, O, &["order date", "invoicedate", "invoice date", "date", "ordered at",
      "transaction timestamp", "timestamp", "purchase date", "transaction date", "bestelldatum", "rechnungsdatum", "datum",
      "close date", "created at", "time"]),
    f("order.status", "Status", Holds::Text, O, &["status", "order status", "state", "bestellstatus"]),
    f("order.channel", "Sales channel", Holds::Text, O, &["sales channel", "channel", "order channel", "shop", "store id",
      "store", "vertriebskanal"]),
    f("order.currency", "Currency", Holds::Text, OP, &["currency", "currency code", "waehrung", "wahrung", "devise"]),
    f("order.credit_for", "Credit for order", Holds::Text, O, &["credit for", "refund of", "original order",
      "returned order", "gutschrift zu"]),
    f("line.quantity", "Quantity", Holds::Number, O, &["quantity", "qty", "amount of items", "menge", "anzahl", "units",
      "quantite", "cds"]),
    f("line.unit_price", "Unit price", Holds::Number, O, &["unit price", "unitprice", "price", "price each", "einzelpreis",
      "preis", "prix unitaire"]),
    f("line.amount", "Line amount", Holds::Number, O, &["amount", "line total", "total", "sales value", "value", "revenue",
      "betrag", "summe", "close value", "line amount", "dollars", "net amount"]),
    f("line.discount", "Discount on the line", Holds::Number, O, &["discount", "rabatt", "line discount", "remise"]),
];

impl Field {
    /// Whether files of this kind have the field.
    pub fn is_of(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// How well a folded header names this field: 2 exactly, 1 as the end of a longer header, 0 not.
    pub(super) fn fits(&self, header: &str) -> u8 {
        if self.headers.contains(&header) {
            return 2;
        }
        let ends = |known: &&str| {
            known.len() > 3 && header.strip_suffix(*known).is_some_and(|rest| rest.ends_with(' '))
        };
        u8::from(self.headers.iter().any(ends))
    }
}

/// The field of this name for files of this kind; the record may be left out where it is clear (`email`, `quantity`).
pub fn field(kind: Kind, name: &str) -> Option<&'static Field> {
    let of_kind = || FIELDS.iter().filter(move |field| field.is_of(kind));
    let own = format!("{}{name}", kind.own_prefix());
    let ending = format!(".{name}");
    of_kind()
        .find(|field| field.name == name || field.name == own)
        .or_else(|| of_kind().find(|field| field.name.ends_with(&ending)))
}

/// The fields of a kind, in the order in which a form shows them.
pub fn fields_of(kind: Kind) -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(move |field| field.is_of(kind))
}
