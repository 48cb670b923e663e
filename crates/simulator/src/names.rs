//! Given names, family names and nicknames of the people who buy; the people themselves are invented.
//!
//! Names are grouped by language so that a given name mostly meets a family name that goes with it. It holds no rules
//! about who lives where: that is `places`.

use crate::random::Chance;

/// The names of one language.
struct Tongue {
    given: &'static [&'static str],
    family: &'static [&'static str],
}

/// The languages, in the order of the weights in [`crate::places::Country::tongue_weights`].
pub const N_TONGUES: usize = 10;

#[rustfmt::skip]
const TONGUES: [Tongue; N_TONGUES] = [
    // German
    Tongue {
        given: &[
            "Anna", "Katharina", "Johanna", "Sabine", "Elisabeth", "Christina", "Franziska", "Magdalena",
            "Ursula", "Friederike", "Heike", "Annegret", "Jutta", "Brigitte", "Susanne", "Martina", "Petra",
            "Claudia", "Alexandra", "Gabriele", "Charlotte", "Theresa", "Veronika", "Dorothea", "Antje",
            "Wiebke", "Lieselotte", "Margarete", "Stefanie", "Barbara", "Johannes", "Maximilian", "Sebastian",
            "Matthias", "Wolfgang", "Jürgen", "Günther", "Friedrich", "Andreas", "Thomas", "Michael",
            "Alexander", "Benjamin", "Christian", "Dominik", "Florian", "Gregor", "Hans-Peter", "Jörg",
            "Karl-Heinz", "Lukas", "Moritz", "Philipp", "Rüdiger", "Tobias", "Ulrich", "Volker", "Jonas",
            "Konstantin", "Leopold",
        ],
        family: &[
            "Ackermann", "Althoff", "Bachmeier", "Becker", "Bergmann", "Birkenfeld", "Böhm", "Brückner",
            "Dietrich", "Dornbusch", "Ebersbach", "Eichinger", "Engelhardt", "Faßbender", "Feldkamp", "Fuchs",
            "Gerlach", "Großmann", "Grünwald", "Haberland", "Hartmann", "Heidenreich", "Hofstetter",
            "Holzapfel", "Hübner", "Jansen", "Kaltenbach", "Kellermann", "Kirchner", "Köhler", "Kranich",
            "Kühn", "Lindemann", "Lohse", "Löwenthal", "Mehring", "Möller", "Müller", "Neuhaus", "Oberländer",
            "Ostertag", "Pfeiffer", "Rademacher", "Reichelt", "Rosenkranz", "Sauerland", "Schäfer",
            "Schönfeld", "Schubert", "Seidel", "Sonntag", "Steinbrecher", "Thalberg", "Uhlmann", "Vogt",
            "Wagenknecht", "Weiß", "Wintermeyer", "Zeller", "Zimmermann",
        ],
    },
    // Nordic
    Tongue {
        given: &[
            "Astrid", "Ingrid", "Sigrid", "Freja", "Linnéa", "Kerstin", "Solveig", "Maja", "Elin", "Annika",
            "Birgitta", "Gunilla", "Malin", "Saga", "Tuva", "Lars", "Erik", "Gustav", "Nils", "Søren",
            "Björn", "Henrik", "Anders", "Mikkel", "Jens", "Håkan", "Oskar", "Leif", "Magnus", "Torsten",
        ],
        family: &[
            "Lindqvist", "Bergström", "Sjöberg", "Nyström", "Ekholm", "Dahlgren", "Åkesson", "Öberg",
            "Hedlund", "Wallin", "Sandvik", "Halvorsen", "Tveit", "Solberg", "Kjær", "Mortensen",
            "Østergaard", "Nørgaard", "Thorsen", "Mattsson", "Lundgren", "Hallberg", "Forsberg", "Engström",
            "Strand", "Haugen", "Virtanen", "Korhonen", "Mäkinen", "Lehtonen",
        ],
    },
    // French
    Tongue {
        given: &[
            "Amélie", "Camille", "Chloé", "Élodie", "Geneviève", "Hélène", "Juliette", "Margaux", "Noémie",
            "Océane", "Sylvie", "Véronique", "Zoé", "Mathilde", "Delphine", "Antoine", "Baptiste", "Étienne",
            "François", "Guillaume", "Jean-Luc", "Julien", "Laurent", "Mathieu", "Olivier", "Pascal", "Rémi",
            "Sébastien", "Théo", "Yannick",
        ],
        family: &[
            "Beaumont", "Bellerose", "Blanchard", "Boucher", "Carpentier", "Charpentier", "Chevalier",
            "Delacroix", "Desjardins", "Dubois", "Fontaine", "Fournier", "Gauthier", "Girard", "Lacombe",
            "Lambert", "Laurent", "Lefèvre", "Lemoine", "Marchand", "Mercier", "Moreau", "Noël", "Pelletier",
            "Perrin", "Renaud", "Rousseau", "Thibault", "Vasseur", "Villeneuve",
        ],
    },
    // Dutch
    Tongue {
        given: &[
            "Anouk", "Femke", "Marloes", "Sanne", "Lotte", "Maaike", "Hanneke", "Willemijn", "Jolanda",
            "Esmée", "Daan", "Joost", "Maarten", "Pieter", "Ruben", "Sander", "Thijs", "Wouter", "Bram",
            "Cornelis",
        ],
        family: &[
            "van Dijk", "de Vries", "van den Berg", "Bakker", "Visser", "Mulder", "de Groot", "Hendriks",
            "Dekker", "Vermeulen", "van der Meer", "Kuipers", "Hoekstra", "Brouwer", "ten Have", "Wouters",
            "Postma", "Schouten", "Zijlstra", "Kloosterman",
        ],
    },
    // English
    Tongue {
        given: &[
            "Alice", "Beatrice", "Catherine", "Eleanor", "Elizabeth", "Fiona", "Georgina", "Harriet",
            "Imogen", "Jennifer", "Margaret", "Niamh", "Rebecca", "Siobhan", "Victoria", "Alistair", "Andrew",
            "Christopher", "Daniel", "Edward", "Gareth", "Jonathan", "Nicholas", "Patrick", "Robert",
            "Samuel", "Stephen", "Timothy", "William", "Rhys",
        ],
        family: &[
            "Ashworth", "Barlow", "Blackwood", "Carmichael", "Cartwright", "Davies", "Ellison", "Fairfax",
            "Fletcher", "Gallagher", "Hargreaves", "Holloway", "Jenkins", "Kavanagh", "Langley",
            "MacAllister", "Merriweather", "O'Connor", "O'Sullivan", "Pemberton", "Pritchard", "Radcliffe",
            "Shaw", "Sinclair", "Thackeray", "Underwood", "Wainwright", "Whitaker", "Winslow", "Yates",
        ],
    },
    // Turkish
    Tongue {
        given: &[
            "Ayşe", "Elif", "Emine", "Fatma", "Gülay", "Hatice", "Nilüfer", "Özlem", "Selin", "Zeynep",
            "Ahmet", "Burak", "Cem", "Deniz", "Emre", "Hakan", "İbrahim", "Mehmet", "Mustafa", "Yusuf",
        ],
        family: &[
            "Yılmaz", "Kaya", "Demir", "Şahin", "Çelik", "Öztürk", "Aydın", "Arslan", "Doğan", "Kılıç",
            "Aslan", "Koç", "Kurt", "Özdemir", "Polat", "Erdoğmuş", "Güneş", "Yıldız", "Tekin", "Aksoy",
        ],
    },
    // Polish and Balkan
    Tongue {
        given: &[
            "Agnieszka", "Małgorzata", "Katarzyna", "Magda", "Zofia", "Ivana", "Jelena", "Milica", "Nataša",
            "Dragana", "Łukasz", "Tomasz", "Krzysztof", "Wojciech", "Paweł", "Goran", "Miloš", "Aleksandar",
            "Zoran", "Stanisław",
        ],
        family: &[
            "Kowalska", "Nowak", "Wiśniewski", "Wójcik", "Kamiński", "Lewandowski", "Zieliński", "Szymański",
            "Dąbrowska", "Jankowski", "Petrović", "Jovanović", "Marković", "Kovačević", "Đorđević", "Horvat",
            "Babić", "Novák", "Dvořák", "Černý",
        ],
    },
    // Italian, Spanish and Portuguese
    Tongue {
        given: &[
            "Chiara", "Francesca", "Giulia", "Alessandra", "Lucía", "Carmen", "Inês", "Beatriz", "Concepción",
            "Dolores", "Giovanni", "Matteo", "Lorenzo", "Giuseppe", "Alejandro", "Francisco", "Javier",
            "José", "João", "Tiago",
        ],
        family: &[
            "Bianchi", "Colombo", "De Luca", "Esposito", "Ferrara", "Lombardi", "Marchetti", "Ricci",
            "Romano", "Santoro", "García", "Fernández", "Muñoz", "Navarro", "Ibáñez", "Almeida", "Carvalho",
            "Magalhães", "Pereira", "Simões",
        ],
    },
    // Arabic, Persian and African
    Tongue {
        given: &[
            "Amira", "Fatima", "Layla", "Noor", "Samira", "Yasmin", "Shirin", "Parisa", "Adaeze", "Ngozi",
            "Abena", "Wanjiru", "Ahmed", "Hassan", "Karim", "Mohammed", "Omar", "Tariq", "Reza", "Dariush",
            "Chidi", "Kwame", "Emeka", "Tendai", "Abdullah",
        ],
        family: &[
            "Haddad", "Khoury", "Mansour", "Nasser", "Rahmani", "Saleh", "Al-Amin", "Ben Youssef", "Hosseini",
            "Karimi", "Moradi", "Tehrani", "Okafor", "Adeyemi", "Nwosu", "Mensah", "Boateng", "Kamau",
            "Otieno", "Diallo", "Traoré", "Moyo", "Tesfaye", "Abdi", "El Idrissi",
        ],
    },
    // South and East Asian
    Tongue {
        given: &[
            "Ananya", "Deepika", "Kavita", "Lakshmi", "Priya", "Hana", "Yuki", "Mei", "Linh", "Thuy",
            "Ji-woo", "Soo-jin", "Arjun", "Rajesh", "Sanjay", "Vikram", "Nikhil", "Hiroshi", "Kenji", "Wei",
            "Jun", "Minh", "Tuan", "Min-jun", "Hao",
        ],
        family: &[
            "Agarwal", "Banerjee", "Chatterjee", "Desai", "Iyer", "Krishnan", "Mehta", "Patel", "Reddy",
            "Sharma", "Fujimoto", "Nakamura", "Takahashi", "Watanabe", "Chen", "Huang", "Zhang", "Zhou",
            "Nguyen", "Tran", "Pham", "Park", "Choi", "Kang", "Perera",
        ],
    },
];

/// Given names and what friends call their bearers.
#[rustfmt::skip]
const NICKNAMES: &[(&str, &str)] = &[
    ("Katharina", "Kathi"), ("Johanna", "Hanna"), ("Elisabeth", "Lisa"), ("Christina", "Tina"),
    ("Franziska", "Franzi"), ("Magdalena", "Lena"), ("Ursula", "Uschi"), ("Friederike", "Rike"),
    ("Annegret", "Anne"), ("Brigitte", "Gitte"), ("Susanne", "Susi"), ("Martina", "Tina"),
    ("Alexandra", "Alex"), ("Gabriele", "Gabi"), ("Charlotte", "Lotte"), ("Theresa", "Resi"),
    ("Veronika", "Vroni"), ("Dorothea", "Doro"), ("Lieselotte", "Lilo"), ("Margarete", "Grete"),
    ("Stefanie", "Steffi"), ("Barbara", "Babs"), ("Johannes", "Hannes"), ("Maximilian", "Max"),
    ("Sebastian", "Basti"), ("Matthias", "Matze"), ("Wolfgang", "Wolf"), ("Friedrich", "Fritz"),
    ("Andreas", "Andi"), ("Thomas", "Tom"), ("Michael", "Michi"), ("Alexander", "Alex"), ("Benjamin", "Ben"),
    ("Christian", "Chris"), ("Dominik", "Dom"), ("Florian", "Flo"), ("Hans-Peter", "HP"),
    ("Karl-Heinz", "Kalle"), ("Philipp", "Phil"), ("Tobias", "Tobi"), ("Ulrich", "Uli"),
    ("Konstantin", "Kosta"), ("Leopold", "Poldi"), ("Birgitta", "Gitta"), ("Gustav", "Gösta"),
    ("Anders", "Andy"), ("Magnus", "Mange"), ("Geneviève", "Gen"), ("Juliette", "Jules"),
    ("Véronique", "Véro"), ("Mathilde", "Mathou"), ("Guillaume", "Guy"), ("Sébastien", "Seb"),
    ("Mathieu", "Mat"), ("Jean-Luc", "Jeannot"), ("Willemijn", "Wil"), ("Jolanda", "Jo"), ("Maarten", "Mart"),
    ("Pieter", "Piet"), ("Cornelis", "Kees"), ("Beatrice", "Bea"), ("Catherine", "Kate"), ("Eleanor", "Nell"),
    ("Elizabeth", "Liz"), ("Georgina", "Georgie"), ("Jennifer", "Jenny"), ("Margaret", "Peggy"),
    ("Rebecca", "Becky"), ("Victoria", "Vicky"), ("Andrew", "Andy"), ("Christopher", "Chris"),
    ("Daniel", "Dan"), ("Edward", "Ted"), ("Jonathan", "Jon"), ("Nicholas", "Nick"), ("Patrick", "Paddy"),
    ("Robert", "Bob"), ("Samuel", "Sam"), ("Stephen", "Steve"), ("Timothy", "Tim"), ("William", "Bill"),
    ("Nilüfer", "Nil"), ("Mehmet", "Memo"), ("İbrahim", "İbo"), ("Agnieszka", "Aga"), ("Małgorzata", "Gosia"),
    ("Katarzyna", "Kasia"), ("Tomasz", "Tomek"), ("Krzysztof", "Krzysiek"), ("Wojciech", "Wojtek"),
    ("Aleksandar", "Aca"), ("Stanisław", "Staszek"), ("Francesca", "Franca"), ("Alessandra", "Sandra"),
    ("Concepción", "Concha"), ("Dolores", "Lola"), ("Giovanni", "Gianni"), ("Giuseppe", "Beppe"),
    ("Alejandro", "Álex"), ("Francisco", "Paco"), ("José", "Pepe"), ("Mohammed", "Mo"), ("Abdullah", "Abdul"),
    ("Adaeze", "Ada"), ("Deepika", "Deepa"), ("Lakshmi", "Laxmi"), ("Rajesh", "Raj"), ("Vikram", "Vik"),
    ("Nikhil", "Nik"), ("Hiroshi", "Hiro"),
];

/// Draws a given and a family name; in one case of twelve the two come from different languages.
pub fn draw(chance: &mut Chance, tongue_weights: &[f64; N_TONGUES]) -> (&'static str, &'static str) {
    let tongue = chance.weighted(tongue_weights);
    let other = if chance.happens(1.0 / 12.0) { chance.weighted(tongue_weights) } else { tongue };
    (chance.pick(TONGUES[tongue].given), chance.pick(TONGUES[other].family))
}

/// A family name alone, as firms are often called after their founder.
pub fn draw_family(chance: &mut Chance, tongue_weights: &[f64; N_TONGUES]) -> &'static str {
    let tongue = chance.weighted(tongue_weights);
    chance.pick(TONGUES[tongue].family)
}

/// What the bearer of a given name is called by friends, where a nickname is usual.
pub fn nickname(given: &str) -> Option<&'static str> {
    NICKNAMES.iter().find(|(full, _)| *full == given).map(|(_, short)| *short)
}

/// Writes a name in lower-case ASCII letters, as people do when they choose an e-mail address.
pub fn ascii(name: &str) -> String {
    let mut plain = String::with_capacity(name.len() + 2);
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => plain.push(letter),
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' | 'ø' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'å' => plain.push_str("aa"),
            'á' | 'à' | 'â' | 'ã' | 'ą' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => plain.push('e'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' => plain.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' => plain.push('o'),
            'ú' | 'ù' | 'û' => plain.push('u'),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'ñ' | 'ń' => plain.push('n'),
            'ş' | 'š' | 'ś' => plain.push('s'),
            'ž' | 'ź' | 'ż' => plain.push('z'),
            'ğ' => plain.push('g'),
            'ł' => plain.push('l'),
            'ř' => plain.push('r'),
            'ý' => plain.push('y'),
            'đ' => plain.push_str("dj"),
            '-' => plain.push('-'),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_nearly_three_hundred_given_and_family_names() {
        let given: HashSet<_> = TONGUES.iter().flat_map(|t| t.given).collect();
        let family: HashSet<_> = TONGUES.iter().flat_map(|t| t.family).collect();
        assert!(given.len() >= 270, "{} given names", given.len());
        assert!(family.len() >= 270, "{} family names", family.len());
    }

    #[test]
    fn every_name_can_be_written_in_an_address_without_losing_letters() {
        for name in TONGUES.iter().flat_map(|t| t.given.iter().chain(t.family)) {
            let letters = name.chars().filter(|c| c.is_alphabetic()).count();
            assert!(ascii(name).chars().filter(|c| c.is_alphabetic()).count() >= letters, "{name}");
        }
    }

    #[test]
    fn every_nickname_belongs_to_a_name_that_somebody_bears() {
        for (full, _) in NICKNAMES {
            assert!(TONGUES.iter().any(|t| t.given.contains(full)), "{full}");
        }
    }
}
