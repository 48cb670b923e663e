//! Given names that one person may go by: full names and what friends make of them.
//!
//! A small list for the languages of our first users. A name may be in several groups; what is missing here is found by
//! its first letters or by its spelling.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Each line is one group, folded as names are compared.
#[rustfmt::skip]
const GROUPS: &[&str] = &[
    // German
    "alexander alex sascha sandro", "alexandra alex sandra", "andreas andi andy", "anna anne anni anneliese annegret",
    "anton toni", "barbara babs babsi barbel", "benjamin ben benni benny", "bernhard bernd", "birgit gitte birgitta gitta",
    "brigitte gitte gitta biggi", "christian chris", "christina christine tina christiane chris", "christoph chris",
    "cornelia conny conni nelly", "daniel dani danny dan", "daniela dani", "dieter didi", "dominik dom nik",
    "dorothea doro thea dorothee", "eduard edi ede", "elisabeth lisa elli sissi liesel lisbeth betty liese elsbeth",
    "ferdinand ferdi", "florian flo", "franziska franzi", "franz franzl", "friederike rike", "friedrich fritz fred freddy",
    "gabriele gabi gaby", "georg schorsch", "gerhard gerd", "gertrud trudi traudel", "gunter gunther", "hans johann johannes hannes",
    "hans peter hape hp", "heinrich heinz heiner", "helene leni lena", "hildegard hilde", "ingeborg inge", "irmgard irmi",
    "jakob jack", "joachim jochen achim", "johanna hanna hanne jo", "josef sepp joseph jupp beppi", "josefine josi fine",
    "jurgen", "karl heinz kalle", "karl charly kalle carl", "karoline caroline line caro", "katharina kathi katja kathrin katrin katinka",
    "klaus nikolaus claus", "konrad conny", "konstantin kosta", "kurt", "leonhard leo", "leopold poldi leo",
    "lieselotte lilo lotte", "ludwig lutz wiggerl", "magdalena lena leni magda", "manfred manni fred", "margarete grete gretel margret",
    "maria marie mia mitzi", "marianne", "martina tina", "matthias matze mathias", "maximilian max maxi", "michael michi micha mike michel",
    "monika moni", "nikolaus niko klaus", "peter pit", "petra", "philipp phil", "rainer reiner", "regina gina", "renate",
    "reinhard", "rosa rosi rosemarie", "rudolf rudi", "sabine bine", "sebastian basti seb bastian", "siegfried sigi siggi",
    "sigrid", "sophie sophia sofie", "stefan steffen stephan", "stefanie steffi stephanie", "susanne susi sanne susan", "theodor theo",
    "theresa resi therese tess", "thomas tom tommy", "tobias tobi", "ulrich uli ulli", "ulrike uli ulli rike", "ursula uschi ulla ursel",
    "valentin", "veronika vroni vera", "viktoria vicky vicki", "walter waldi", "waltraud traudl", "werner", "wilhelm willi willy",
    "wilhelmine minna", "wolfgang wolf wolfi",
    // English
    "abigail abby gail", "albert al bert bertie", "alfred al alf fred", "allison ali", "amanda mandy", "andrew andy drew",
    "anthony tony", "arthur art", "barbara barb babs barbie", "beatrice bea trixie", "benjamin ben benji", "bradley brad",
    "catherine kate katie cathy kathy kathleen katherine kay kit cath", "cassandra cass", "charles charlie chuck chas",
    "charlotte lotte charlie lottie", "christopher chris kit topher", "christine chris tina chrissy", "clifford cliff", "cynthia cindy",
    "david dave davey", "deborah deb debbie debra", "donald don donny", "dorothy dot dottie dolly", "douglas doug", "edward ed eddie ted ned teddy",
    "edwin ed eddie", "eleanor ellie nell nora ella", "elizabeth liz lizzie beth betty eliza libby liza betsy bess lisa", "emily em emmy",
    "eugene gene", "florence flo", "frances fran frankie", "francis frank", "franklin frank", "frederick fred freddie",
    "gabriel gabe", "geoffrey jeffrey geoff jeff", "georgina georgie gina", "gerald gerry jerry", "gregory greg", "harold harry hal",
    "henry harry hank hal", "isabella bella izzy isabel isabelle", "jacob jake", "jacqueline jackie", "james jim jimmy jamie", "janet jan",
    "jennifer jen jenny", "jessica jess jessie", "john jack johnny jon", "jonathan jon jonny", "joseph joe joey", "josephine jo josie",
    "joshua josh", "judith judy", "katherine kate katie kathy kay", "kenneth ken kenny", "kimberly kim", "lawrence larry laurie", "leonard len leo lenny",
    "louis lou", "louise lou", "madeleine maddie madeline", "margaret maggie meg peggy greta madge marge", "martin marty", "matthew matt",
    "megan meg", "michael mike mick mickey", "michelle shelly", "nancy ann", "natalie nat", "nathaniel nat nate nathan", "nicholas nick nicky", "nicole nicky nikki",
    "oliver ollie", "olivia liv livvy", "pamela pam", "patricia pat patty trish tricia", "patrick pat paddy", "peter pete", "philip phil pip",
    "rachel rae", "raymond ray", "rebecca becky becca", "richard rick dick rich ricky", "robert bob rob bobby robbie bert", "roberta bobbie",
    "ronald ron ronnie", "russell russ", "samantha sam sammy", "samuel sam sammy", "sarah sally sadie", "stanley stan", "stephen steven steve", "susan sue susie suzanne",
    "terence terry", "theodore ted theo teddy", "thomas tom tommy", "timothy tim", "valerie val", "victor vic", "victoria vicky tori",
    "vincent vince", "virginia ginny", "walter walt wally", "william bill will billy willy liam", "winifred winnie", "zachary zach zack",
    // Others
    "agnieszka aga", "aleksandar aca sasa", "aleksandra ola", "alejandro alex", "alessandra sandra", "antonio toni tonio", "antoine toine",
    "concepcion concha conchita", "cornelis kees cor", "dolores lola", "ekaterina katja katia", "fernando nando", "francesca franca cesca", "francisco paco pancho curro",
    "francoise fanfan", "genevieve gen", "giovanni gianni nanni", "giuseppe beppe pino peppe", "guadalupe lupe", "guillaume guy gui", "gustav gosta",
    "ibrahim ibo", "ignacio nacho", "jean luc jeannot", "jesus chucho", "jolanda jo", "jose pepe", "juliette jules juju", "katarzyna kasia", "krzysztof krzysiek",
    "luigi gigi", "maarten mart", "magnus mange", "malgorzata gosia", "manuel manolo", "maria teresa maite", "mathieu mat matthieu", "mathilde mathou",
    "mehmet memo", "mercedes merche", "mikhail misha", "mohammed mo mohamed muhammad mehmet", "natalia natasha nat", "nilufer nil", "pieter piet", "pilar pili",
    "rosario charo", "salvatore toto", "sebastien seb", "stanislaw staszek", "svetlana lana", "tomasz tomek", "veronique vero", "vladimir vova volodya", "willemijn wil", "wojciech wojtek",
];

/// Whether two folded given names may be one person's.
pub(super) fn are_one(left: &str, right: &str) -> bool {
    static BY_NAME: OnceLock<HashMap<&'static str, Vec<usize>>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (group, names) in GROUPS.iter().enumerate() {
            for name in names.split(' ') {
                by_name.entry(name).or_default().push(group);
            }
        }
        by_name
    });
    match (by_name.get(left), by_name.get(right)) {
        (Some(left), Some(right)) => left.iter().any(|group| right.contains(group)),
        _ => false,
    }
}

/// Whether one name is the beginning of the other, as nicknames are made: `Steffi` of `Stefanie`, `Seb` of `Sebastian`.
pub(super) fn is_shortened(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let stem = short.strip_suffix("ie").or_else(|| short.strip_suffix(['i', 'y'])).unwrap_or(short);
    // Of a doubled letter (`Steffi`) one is enough.
    let bytes = stem.as_bytes();
    let doubled = bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2];
    let stem = if doubled && !long.starts_with(stem) { &stem[..stem.len() - 1] } else { stem };
    stem.len() >= 3 && long.starts_with(stem)
}
