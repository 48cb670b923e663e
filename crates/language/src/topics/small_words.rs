//! Small words of six languages beside English, which say nothing about what a text is about.
//!
//! A list is used only where texts of its language are among the collection: “hat” and “war” are small words in German and none in
//! English.

use std::collections::HashSet;

/// Texts that are looked at to find the languages.
const MOST_LOOKED_AT: usize = 2_000;
/// Share of the texts from which a language is taken to be among them.
const FEWEST: f64 = 0.05;

/// A language with its small words, and whether it joins them to the next word by an apostrophe (l'équipe, dell'ordine).
struct Language {
    words: &'static str,
    elides: bool,
}

const LANGUAGES: [Language; 6] = [
    Language { words: GERMAN, elides: false },
    Language { words: FRENCH, elides: true },
    Language { words: SPANISH, elides: false },
    Language { words: ITALIAN, elides: true },
    Language { words: DUTCH, elides: false },
    Language { words: PORTUGUESE, elides: false },
];

const GERMAN: &str = "aber alle allem allen aller alles als also am an andere anderen anderer anderes ans auch auf aus bei beim bereits \
    bin bis bist bitte da dabei dadurch dafür dagegen daher damit danach danke dann daran darauf darum das dass dasselbe davon davor \
    dazu dein deine dem den denn der deren des deshalb dessen die dies diese diesem diesen dieser dieses dir doch dort du durch ein \
    eine einem einen einer eines einfach einige einmal er erst es etwas euch euer eure für gab ganz gar geht gegen gerade gern \
    gerne gewesen gibt ging grüße gruß habe haben habt hallo hat hatte hatten hätte hier hin hinter ich ihm ihn ihnen ihr ihre ihrem \
    ihren ihrer im immer in ins irgendwie ist ja jede jedem jeden jeder jedes jedoch jetzt kann kannst kein keine keinem keinen \
    keiner können könnte könnten leider lg liebe lieber mal man mehr mein meine meinem meinen meiner mfg mich mir mit mittlerweile \
    möchte muss musste müssen nach nachdem nein nicht nichts noch nun nur ob obwohl oder ohne schon sehr sei seid sein seine seinem \
    seinen seiner seit selbst sich sie sind so sogar soll sollen sollte sollten somit sonst sowie über um und uns unser unsere \
    unserem unseren unserer unter usw viel viele vielen vom von vor wann war wäre waren warum was weder weil weiter welche welcher \
    welches wem wen wenig wenn wer werde werden weshalb wie wieder will wir wird wirklich wo wobei wollen wollte worden wurde würde \
    wurden würden zu zum zur zwar zwischen";

const FRENCH: &str = "ai aie ainsi alors après assez au aucun aucune aujourd'hui aura aurait aussi autre autres aux avaient avais avait \
    avant avec avez avoir avons beaucoup bien bonjour car ce ceci cela celle celles celui cependant ces cet cette ceux chaque chez \
    comme comment cordialement dans de déjà depuis des dès deux dois doit donc dont du elle elles en encore entre es est et étaient \
    étais était étant été être eu eux faire fait faites fois font ici il ils je jusque la là laquelle le lequel les leur leurs lors \
    lorsque lui ma mais malgré me même mêmes merci mes moi moins mon ne ni non nos notre nous on ont ou où par parce pas pendant peu \
    peut peux plus plusieurs pour pourquoi pourtant près puis puisque quand que quel quelle quelles quelque quelques quels qui quoi \
    sa sans se sera serait ses si soit sommes son sont sous souvent suis sur ta tant tel telle tes toi ton toujours tous tout toute \
    toutes très trop tu un une va vers veux voici voilà vont vos votre vous y";

const SPANISH: &str = "a ahora al algo alguien algún alguna algunas algunos ante antes aquí así aun aún aunque bastante bien buenas buenos \
    cada casi como con contra cual cuales cuando cuanto de debe deben del desde después donde dos durante e el él ella ellas ello \
    ellos en entonces entre era eran eres es esa esas ese eso esos esta está estaba estado están estar estas este esto estos estoy \
    fue fueron fui gracias gran ha había habían haber hace hacen hacer hacia han has hasta hay he hemos hizo hola incluso la las le \
    les lo los luego más me menos mi mis mismo mucha muchas mucho muchos muy nada ni ningún ninguna no nos nosotros nuestra nuestro \
    nunca o os otra otras otro otros para pero poco por porque pues puede pueden puedo que qué quien quién quiero saludos se sea \
    según ser si sí siempre sido sin sino sobre solo sólo son soy su sus también tan tanto te tengo ti tiene tienen todo toda todas \
    todos tu tus un una unas uno unos usted ustedes va vez voy y ya yo";

const ITALIAN: &str = "a ad ai al alla alle allo altra altre altri altro anche ancora appena aver avere aveva avevo avuto bene buongiorno che \
    chi ci ciao ciò circa col come con contro così cui da dai dal dalla dalle dallo degli dei del dell della delle dello dentro deve \
    devo di dopo dove due e ed era erano ero essere fa fare fatto fino fra gli grazie ha hai hanno ho i il in invece io la le lei lo \
    loro lui ma mai me meno mentre mi mia mie miei mio molta molte molti molto ne negli nei nel nella nelle nello nessun nessuna nessuno \
    niente no noi non nostra nostro o ogni oltre oppure ora per perché però più poco poi possono posso prima proprio può pure qua quale \
    qualche quando quanto quasi quella quelle quelli quello questa queste questi questo qui quindi sarà se sei sempre senza si sia siamo \
    siete solo sono sopra sotto sta stata stati stato su sua sue sugli sui sul sulla suo suoi tale tanto te ti tra troppo tu tua tuo tutta \
    tutte tutti tutto un una uno va verso vi via voi volta vostra vostro";

const DUTCH: &str = "aan al alle alleen alles als altijd andere ben bent bij bijna daar dan dat de deze die dit doch doen door dus een één en \
    er erg even geen geweest gewoon had hadden hallo heb hebben hebt heeft heel helaas hem het hier hij hoe hun iemand iets ik in is ja je \
    jij jou jouw jullie kan kon kunnen laat maar mag me meer men met mij mijn moet moeten na naar niet niets nog nooit nu of om omdat \
    onder ons onze ook op over reeds sinds te tegen toch toen tot u uit uw van veel voor waar waarom wanneer want waren was wat we weer \
    wel werd wie wij wil willen word worden wordt zal ze zeer zelf zich zij zijn zo zonder zou zouden";

const PORTUGUESE: &str = "a à agora ainda alguém algum alguma algumas alguns ante antes ao aos após aquela aquele aquilo as às até bem cada com \
    como contra da das de dela dele deles depois desde dessa desse desta deste deve devem disso do dois dos e é ela elas ele eles em \
    entre era eram essa essas esse esses esta está estão estar estas estava este estes estou eu faz fazer foi for foram há isso isto já \
    lá lhe mais mas me mesma mesmo meu meus minha minhas muita muitas muito muitos na nada não nas nem nenhum nenhuma nessa nesse nesta \
    neste no nos nós nossa nosso num numa nunca o obrigada obrigado olá onde os ou outra outras outro outros para pela pelas pelo pelos \
    pode podem por porque pouco pra qual qualquer quando quanto que quem são se seja sem sempre ser será seu seus só sob sobre sou sua \
    suas também tão te tem têm tenho ter teve tinha toda todas todo todos tudo um uma umas uns vai você vocês vou";

/// The small words of the languages that are found in texts, and whether one of these elides.
pub(super) struct SmallWords {
    words: HashSet<&'static str>,
    elides: bool,
}

impl SmallWords {
    /// Those of `english`, and of every language that most small words of at least a twentieth of the texts belong to.
    pub(super) fn of(texts: &[&str], english: &HashSet<&'static str>) -> SmallWords {
        let lists: Vec<HashSet<&'static str>> =
            LANGUAGES.iter().map(|language| language.words.split_whitespace().collect()).collect();
        let mut wins = [0usize; LANGUAGES.len()];
        let step = texts.len().div_ceil(MOST_LOOKED_AT).max(1);
        for text in texts.iter().step_by(step) {
            let lower = text.to_lowercase();
            let words: Vec<&str> = lower
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .take(300)
                .collect();
            let of = |list: &HashSet<&str>| words.iter().filter(|word| list.contains(**word)).count();
            // What English knows as well is English.
            let (mut best, mut most) = (None, of(english));
            for (language, list) in lists.iter().enumerate() {
                let n = of(list);
                if n > most {
                    (best, most) = (Some(language), n);
                }
            }
            best.into_iter().for_each(|language: usize| wins[language] += 1);
        }
        let n_looked_at = texts.len().div_ceil(step);
        let mut found = SmallWords { words: english.clone(), elides: false };
        for ((language, list), n) in LANGUAGES.iter().zip(lists).zip(wins) {
            if n > 0 && n as f64 >= FEWEST * n_looked_at as f64 {
                found.words.extend(list);
                found.elides |= language.elides;
            }
        }
        found
    }

    /// A word without what was joined to it by an apostrophe; empty if it says nothing.
    pub(super) fn telling<'a>(&self, word: &'a str) -> &'a str {
        let bare = word.trim_end_matches('\'').trim_end_matches("'s");
        if self.words.contains(word) || self.words.contains(bare) {
            return "";
        }
        let bare = match bare.split_once('\'') {
            Some((joined, rest)) if self.elides && (1..=4).contains(&joined.chars().count()) => rest,
            _ => bare,
        };
        let says_nothing =
            self.words.contains(bare) || bare.chars().count() < 2 || bare.chars().all(char::is_numeric);
        if says_nothing { "" } else { bare }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling(texts: &[&str], of: &str) -> Vec<String> {
        let english: HashSet<&'static str> =
            ["the", "is", "a", "and", "was", "of", "in"].into_iter().collect();
        let small = SmallWords::of(texts, &english);
        of.to_lowercase()
            .split_whitespace()
            .map(|word| small.telling(word).to_owned())
            .filter(|word| !word.is_empty())
            .collect()
    }

    #[test]
    fn small_words_are_those_of_the_languages_that_are_there() {
        let german = [
            "wo bleibt meine Lieferung",
            "der Paketdienst hat das Paket verloren",
            "ich kann mich nicht anmelden",
        ];
        assert_eq!(telling(&german, "der Kunde hat nach dem Paket gefragt"), ["kunde", "paket", "gefragt"]);
        let french = [
            "le service de l'équipe est lent",
            "la livraison n'est pas arrivée",
            "il ne répond pas aux messages",
        ];
        assert_eq!(telling(&french, "l'équipe n'est pas dans la boutique"), ["équipe", "boutique"]);
        let english = ["the hat is a war of the car", "a son was in the car and the hat"];
        assert_eq!(telling(&english, "the hat and the car of a son"), ["hat", "car", "son"]);
    }
}
