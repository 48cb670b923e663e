//! Given names that one person may go by: full names and what friends make of them.
//!
//! A list of our own for everyday languages of Europe and English. A name may be in several groups; what is missing here is
//! found by its first letters or by its spelling.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::fold::without_umlauts;

/// Groups that one name may belong to; further ones are left out.
pub(crate) const MOST_GROUPS: usize = 6;

/// Each text is one group, folded as names are compared; its first name is the full one.
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
    // English, less usual and older forms
    "aaron ron", "abraham abe bram", "adelaide addie della", "adeline addie lina", "adrian ade", "agatha aggie", "agnes aggie nessie", "aileen lena", "alan al", "alberta bertie",
    "alexandria alex lexi sandy", "alexis alex lexi", "alice allie ali", "alicia ali lisha", "alison ali", "alvin al", "amelia amy millie mia", "anastasia stacy ana", "andrea andi drea", "angela angie",
    "angelina angie lina", "annabelle anna bella belle", "anne annie nan nancy ann", "annette annie netta", "antonia toni", "antoinette toni netta", "archibald archie", "arlene lena", "augustus gus augie", "augustine gus augie",
    "aubrey bree", "barnabas barney", "bartholomew bart", "belinda linda bel", "bernadette bernie detta", "bernard bernie barney", "bethany beth", "beverly bev", "bonita bonnie", "brandon bran", "brenda bren",
    "brendan bren", "brian bry", "bridget biddy bridie", "calvin cal vin", "cameron cam", "candace candy", "carl charlie", "carla carly", "carmen carm", "carol carrie lynn", "caroline carrie caro carol", "carolyn carrie lynn carol",
    "casey case", "cassidy cass", "cecilia cissy celia", "cedric ced", "chadwick chad", "chelsea chels", "cheryl cher sherry", "chester chet", "christa chris", "christian chris kit", "christina chris tina chrissy christie",
    "clara clare", "clarence clare", "claudia claudie", "clayton clay", "clement clem", "clementine clem", "clinton clint", "colleen coll", "constance connie", "cordelia delia", "cornelius neil con", "courtney court", "crystal crys", "curtis curt",
    "cyrus cy", "daisy margaret", "danielle dani", "darlene darla", "darren daz", "deanna dee", "delbert bert del", "delores dolly", "denise dee", "dennis den denny", "derek rick", "desmond des", "diana di diane", "dominic dom nick",
    "donna don", "dora dorothy", "duane dewayne", "dwight ike", "earnest ernie ernest", "edgar ed eddie", "edith edie", "edmund ed ted ned", "eileen lena", "elaine ellie laney", "elias eli", "elijah eli lige", "elisa lisa", "ella ellie", "ellen nell ellie nellie",
    "eloise ellie", "elsie elizabeth", "elvira elvie", "emma em emmy", "emanuel manny manuel", "erica ricky", "erin rin", "ernest ernie", "ernestine ernie tina", "ervin irv", "esther essie hettie", "ethel eth", "evangeline eve evie", "evelyn eve evie lyn", "ezekiel zeke", "faith fay",
    "felicia fel", "felicity fliss flick", "fidelia delia", "frederica freda freddie", "gareth gary gaz", "gary gaz", "genevieve jenny gen eve", "georgia georgie", "gerard gerry jerry", "geraldine gerry dina jerry", "gertrude gert trudy gertie", "gilbert gil bert", "gillian gill jill", "glenda glen",
    "gloria glory", "gordon gord", "grace gracie", "gwendolyn gwen wendy", "hannah anna", "harriet hattie harry", "harrison harry", "harvey harv", "hazel haze", "heather heath", "helen nell lena ellie nellie", "henrietta hettie etta", "herbert bert herb", "herman harman", "hilary hil", "howard howie", "hubert bert hugh",
    "humphrey humph", "ida idy", "imogen immy", "irene rena", "irving irv", "irvin irv", "isaac ike zac", "isidore izzy", "ivan van", "jane janie jenny", "janice jan", "janet jan jessie", "jared jerry", "jasmine jas jazz", "jason jay jase", "jean jeannie jane", "jedidiah jed", "jeffrey jeff", "jeffery jeff",
    "jemima mima", "jeremiah jerry jem", "jeremy jem jerry", "jerome jerry", "jill gill", "joan joanie jo", "joanna jo joan", "joanne jo", "jocelyn joss lynn", "joel joe", "jonah jon", "jordan jordy jud", "joyce joy", "juan johnny", "juanita nita", "julia julie jules", "julian jules", "julie jules", "juliet jules", "june junie",
    "justin jus", "karen kari", "karl charlie", "katelyn kate kay", "kathleen kath kathy katie kay", "kathryn kate kathy kay kat", "katrina kat trina", "kayla kay", "keith kei", "kelly kel", "kelvin kel", "kerry kez", "kevin kev", "kristen kris kristy", "kristin kris kristy", "kristina kris tina", "kristine kris kristy", "kristopher kris", "lance lancelot",
    "laura laurie lori", "laurel laurie", "lauren laurie ren", "laurence larry laurie", "lavinia vinnie", "leah lee", "leila lee", "leroy roy lee", "leslie les", "lester les", "leticia lettie tish", "levi lee", "lewis lou lew", "lillian lily lil", "lincoln linc", "linda lindy lynn", "lindsay lindy", "lloyd loy", "lois lou", "loretta lori retta",
    "lorraine lori rainey", "louisa lou", "lucas luke", "lucille lucy lou", "lucinda lucy cindy", "lucy lu", "luther luke", "lydia liddy", "lyndon lyn", "mabel may", "mackenzie kenzie mac", "malcolm mal", "marcella marcie", "marcia marcy", "marcus mark marc", "margarita rita", "marguerite peggy rita", "maria mary mari", "marian mary", "marianne mary ann",
    "marie mary", "marilyn mary lynn", "marion mary", "marissa rissa", "marjorie marge margie", "marlene lena", "marshall marsh", "martha marty mattie patty", "marvin marv", "mary molly polly mamie mae may", "mathilda tilly matty", "matilda tilly matty", "maureen mo", "maurice morris mo", "mavis mave", "maxine max", "maxwell max", "may mae", "melanie mel",
    "melinda mel linda mindy", "melissa mel lissa missy", "melvin mel", "mercedes mercy", "meredith merry", "merle merry", "mervin merv", "millicent millie", "mildred millie", "miles milo", "minerva minnie", "miranda mandy randy", "miriam mimi", "mitchell mitch", "moira mary", "monica mo", "montgomery monty", "morgan mo", "morris mo", "mortimer mort",
    "moses mo", "muriel mur", "myron ron", "nadine nada", "naomi omi", "nathan nate nat", "natalie talia", "nelson nels", "neville nev", "newton newt", "nora eleanor", "norbert bert norb", "norma normie", "norman norm", "octavia tavia", "oswald ozzy", "otis ode", "owen owe", "paige pam", "paula polly", "pauline paula polly", "penelope penny", "percival percy", "perry per", "phyllis phyl",
    "phillip phil pip", "preston pres", "priscilla prissy cilla", "prudence prue", "quentin quin", "quincy quin", "ralph ralphie", "ramona mona", "randall randy", "randolph randy dolph", "raphael rafe", "raquel kelly", "raymond ray", "reginald reggie reg", "regina gina reggie", "reuben rube", "rhonda ron", "richard rick dick rich richie ricky", "robin rob", "robyn rob", "roderick rod rick", "rodney rod", "roger rog",
    "roland rollie", "rosalie rose", "rosalind rose roz", "rosanne rose", "roseanne rose ann", "rosemary rose rosie", "rose rosie", "roxanne roxy", "rubin ruby", "rudolph rudy", "rufus rufe", "rupert rup", "ruth ruthie", "sabrina brina", "salome sal", "salvador sal", "salvatore sal", "sandra sandy", "savannah vannah", "sebastian seb bas", "selena lena", "selina lena", "selma anselm",
    "seymour cy", "shannon shan", "sharon shari", "shawn sean shaun", "sheila shel", "shelby shel", "sheldon shel", "shirley lee", "sidney sid", "silas si", "silvester sly", "simon si", "solomon sol", "sonia sunny", "spencer spence", "stacey stace", "stephanie steph stevie", "stephen steve steph", "stewart stew stu", "stuart stu", "sullivan sully", "sylvester sly vester", "sylvia syl", "tabitha tabby", "tamara tammy",
    "tanya tan", "teresa terry tess tessa", "theresa terry tess tessa", "terrence terry", "terrance terry", "thaddeus thad", "thelma mel", "theodora dora theo", "tiffany tiff", "timothy tim", "tobias toby", "tracy trace", "travis trav", "trevor trev", "tristan tris", "tyler ty", "tyrone ty", "uriah riah", "ursula sula", "valentina val tina", "valentine val", "vanessa nessa van", "vera veronica", "vernon vern", "veronica ronnie", "vincenzo vince enzo",
    "viola vi", "violet vi", "vivian viv", "wallace wally", "wanda wendy", "warren ren", "wayne way", "wesley wes", "wilbur will", "wilda willie", "wilfred will fred wilf", "wilhelmina mina willie wilma", "willard will", "willis will", "wilma billie", "winfield win", "winston win", "woodrow woody", "yolanda yoli", "yvonne vonnie", "zebulon zeb", "zedekiah zed",
    // Others
    "agnieszka aga", "aleksandar aca sasa", "aleksandra ola", "alejandro alex", "alessandra sandra", "antonio toni tonio", "antoine toine",
    "concepcion concha conchita", "cornelis kees cor", "dolores lola", "ekaterina katja katia", "fernando nando", "francesca franca cesca", "francisco paco pancho curro",
    "francoise fanfan", "genevieve gen", "giovanni gianni nanni", "giuseppe beppe pino peppe", "guadalupe lupe", "guillaume guy gui", "gustav gosta",
    "ibrahim ibo", "ignacio nacho", "jean luc jeannot", "jesus chucho", "jolanda jo", "jose pepe", "juliette jules juju", "katarzyna kasia", "krzysztof krzysiek",
    "luigi gigi", "maarten mart", "magnus mange", "malgorzata gosia", "manuel manolo", "maria teresa maite", "mathieu mat matthieu", "mathilde mathou",
    "mehmet memo", "mercedes merche", "mikhail misha", "mohammed mo mohamed muhammad mehmet", "natalia natasha nat", "nilufer nil", "pieter piet", "pilar pili",
    "rosario charo", "salvatore toto", "sebastien seb", "stanislaw staszek", "svetlana lana", "tomasz tomek", "veronique vero", "vladimir vova volodya", "willemijn wil", "wojciech wojtek",
];

type Groups = [u16; MOST_GROUPS];

fn by_name() -> &'static HashMap<String, Groups> {
    static BY_NAME: OnceLock<HashMap<String, Groups>> = OnceLock::new();
    BY_NAME.get_or_init(|| {
        let mut by_name: HashMap<String, Groups> = HashMap::new();
        for (number, group) in (1_u16..).zip(GROUPS) {
            for name in group.split(' ') {
                let groups = by_name.entry(without_umlauts(name)).or_default();
                if let Some(free) = groups.iter_mut().find(|held| **held == 0) {
                    *free = number;
                }
            }
        }
        by_name
    })
}

/// The groups of a folded given name, from 1 on; 0 fills up.
pub(crate) fn groups(name: &str) -> Groups {
    by_name().get(name).copied().unwrap_or_default()
}

/// Whether a folded word is a given name of the list.
pub(crate) fn is_known(name: &str) -> bool {
    by_name().contains_key(name)
}

/// Whether one name is the beginning of the other, as nicknames are made: `steffi` of `stefanie`, `seb` of `sebastian`.
pub(crate) fn is_shortened(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let stem = short.strip_suffix("ie").or_else(|| short.strip_suffix(['i', 'y'])).unwrap_or(short);
    // Of a doubled letter (`steffi`) one is enough.
    let bytes = stem.as_bytes();
    let doubled = bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2];
    let stem = if doubled && !long.starts_with(stem) { &stem[..stem.len() - 1] } else { stem };
    stem.len() >= 3 && long.starts_with(stem)
}
