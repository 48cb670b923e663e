//! What the shop sells: the goods of a small coffee and tea roastery, each with price, cost, tax and popularity.

/// One article. Prices are gross, in minor units of the shop's currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Product {
    pub sku: &'static str,
    pub name: &'static str,
    pub category: &'static str,
    pub price_minor: i64,
    pub cost_minor: i64,
    pub vat_percent: u32,
    /// How often it is taken, relative to the other articles.
    pub popularity: f64,
}

/// The article that is listed twice under different spellings: its index, the other SKU and the other name.
pub const MISSPELT: (usize, &str, &str) = (13, "CF 250 NORD", "Nordlicht-Espresso 250 g");

const fn article(
    sku: &'static str,
    name: &'static str,
    category: &'static str,
    price_minor: i64,
    vat_percent: u32,
    popularity: f64,
) -> Product {
    let cost_minor = price_minor * if vat_percent == 7 { 41 } else { 56 } / 100;
    Product { sku, name, category, price_minor, cost_minor, vat_percent, popularity }
}

/// All articles, cheapest first; the order matters because a basket takes what its budget allows.
pub const PRODUCTS: [Product; 44] = [
    article("AC-FILT-40", "Kaffeefilter Größe 4, 40 Stück", "Accessories", 290, 19, 4.0),
    article("SW-KAND", "Brauner Kandis 250 g", "Sweets", 340, 7, 2.0),
    article("SW-CANT", "Cantuccini mit Mandeln 150 g", "Sweets", 390, 7, 4.0),
    article("TE-KAM-50", "Kamillenblüten 50 g", "Tea", 420, 7, 3.0),
    article("SW-SCHO", "Schokolade Meersalz 70 %", "Sweets", 450, 7, 5.0),
    article("TE-PFE-75", "Pfefferminze Nordhof 75 g", "Tea", 490, 7, 4.0),
    article("TE-ROO-100", "Rooibos Vanille 100 g", "Tea", 540, 7, 4.0),
    article("CF-PROB-70", "Probierpäckchen Filterkaffee 70 g", "Coffee", 590, 7, 5.0),
    article("TE-FRU-150", "Früchtetee Gartenlaube 150 g", "Tea", 620, 7, 4.0),
    article("TE-OST-100", "Ostfriesen-Mischung Deichkrone 100 g", "Tea", 690, 7, 6.0),
    article("TE-EAR-100", "Earl Grey Leuchtturm 100 g", "Tea", 720, 7, 5.0),
    article("TE-ASS-100", "Assam Mangalam 100 g", "Tea", 780, 7, 4.0),
    article("CF-250-HAUS", "Hausmischung Morgenrot 250 g", "Coffee", 790, 7, 12.0),
    article("CF-250-NORD", "Nordlicht Espresso 250g", "Coffee", 850, 7, 11.0),
    article("CF-250-DECA", "Entkoffeiniert Stille Stunde 250 g", "Coffee", 890, 7, 5.0),
    article("CF-250-BRA", "Brasil Fazenda Clara 250 g", "Coffee", 920, 7, 8.0),
    article("TE-GRU-100", "Grüntee Sencha Kirschhain 100 g", "Tea", 960, 7, 4.0),
    article("CF-250-PERU", "Peru Alto Sol 250 g", "Coffee", 990, 7, 6.0),
    article("CF-250-ETH", "Äthiopien Yirga 250 g", "Coffee", 1090, 7, 8.0),
    article("TE-DAR-100", "Darjeeling First Flush Tumsong 100 g", "Tea", 1190, 7, 4.0),
    article("AC-DOSE", "Vorratsdose Weißblech 500 g", "Accessories", 1250, 19, 2.0),
    article("CF-250-KEN", "Kenia Nyeri AA 250 g", "Coffee", 1290, 7, 5.0),
    article("TE-OOL-100", "Oolong Wolkenberg 100 g", "Tea", 1390, 7, 2.0),
    article("AC-LOEF", "Messlöffel Messing", "Accessories", 1450, 19, 2.0),
    article("CF-250-GEI", "Panama Geisha Mirador 250 g", "Coffee", 1690, 7, 2.0),
    article("AC-BECH", "Becher Steingut blau", "Accessories", 1790, 19, 3.0),
    article("TE-MAT-30", "Matcha Uji Zeremonie 30 g", "Tea", 1990, 7, 3.0),
    article("GI-PROB-4", "Probierset Vier Länder 4 x 70 g", "Gifts", 2190, 7, 5.0),
    article("CF-1000-HAUS", "Hausmischung Morgenrot 1 kg", "Coffee", 2490, 7, 9.0),
    article("CF-1000-NORD", "Nordlicht Espresso 1 kg", "Coffee", 2690, 7, 9.0),
    article("AC-HAND", "Handfilter Porzellan", "Accessories", 2790, 19, 3.0),
    article("CF-1000-BRA", "Brasil Fazenda Clara 1 kg", "Coffee", 2950, 7, 6.0),
    article("GI-TEE-6", "Teekiste Sechs Sorten", "Gifts", 3290, 7, 4.0),
    article("CF-1000-ETH", "Äthiopien Yirga 1 kg", "Coffee", 3490, 7, 4.0),
    article("AC-KANN", "Teekanne Glas 1,2 l", "Accessories", 3690, 19, 2.0),
    article("AC-PRES", "Stempelkanne Edelstahl 1 l", "Accessories", 4490, 19, 2.0),
    article("GI-ADV", "Adventskalender Kaffee 24 Sorten", "Gifts", 4990, 7, 3.0),
    article("KU-ROEST", "Röstkurs am Samstag", "Courses", 6900, 19, 1.5),
    article("AC-MUEH", "Handmühle Kegelmahlwerk", "Equipment", 8900, 19, 1.5),
    article("KU-BARI", "Barista-Kurs Grundlagen", "Courses", 9900, 19, 1.2),
    article("EQ-WASS", "Wasserkocher Schwanenhals", "Equipment", 11900, 19, 1.0),
    article("EQ-WAAG", "Kaffeewaage mit Timer", "Equipment", 14900, 19, 0.8),
    article("EQ-MUEH-E", "Elektrische Mühle Feinwerk", "Equipment", 24900, 19, 0.6),
    article("EQ-SIEB", "Siebträger Einkreiser Aurora", "Equipment", 54900, 19, 0.3),
];

/// How many articles there are.
pub const N_PRODUCTS: usize = PRODUCTS.len();

/// How many articles, counted from the cheapest, cost no more than a budget; at least one.
pub fn n_affordable(budget_minor: f64) -> usize {
    PRODUCTS.partition_point(|product| product.price_minor as f64 <= budget_minor).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_stand_by_price_and_have_their_own_numbers() {
        assert!(PRODUCTS.is_sorted_by_key(|p| p.price_minor));
        let mut numbers: Vec<_> = PRODUCTS.iter().map(|p| p.sku).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), PRODUCTS.len());
        assert_eq!(PRODUCTS[MISSPELT.0].sku, "CF-250-NORD");
    }
}
