//! Guesses which column the user may mean where no header is known, in many languages. A guess is
//! only ever suggested, never used.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::field::Field;

/// Words for a number in groups, the likeliest first. Words of up to three letters count only as
/// whole words.
const NUMBERS: [&str; 4] = [
    "whatsapp wa nowa watsap whastapp",
    "mobil mobiel cell celular cellular handy natel movil telemovel portable gsm komork cep hp nohp \
     handphone ponsel selpon simu rununu smartphone matkapuhelin finday сотов мобильн моб κινητο נייד \
     جوال موبايل موبایل محمول मोबाइल मोबाईल মোবাইল கைபேசி 手机 手機 携帯 휴대 핸드폰 มือถือ didong diđong",
    "phone telefon telefoon taleefoon telephon tel tlf telp fone telepon puhelin puh sdt sđt đienthoai dienthoai \
     taleefan telepono ucingo waya foonu cingo fon talrunis telnr telno msisdn телефон тел τηλεφωνο טלפון هاتف \
     تلفون تلفن فون फोन ফোন தொலைபேசி ఫోన్ 电话 電話 전화 โทร ስልክ sms",
    "nambari namba nomba inombolo lambar numero nomero nummer nomor number numer nr no contact kontakt contacto contato номер \
     رقم شماره नंबर नबर 号码 號碼 연락처 联系方式 联系",
];

/// Words for a whole name, the likeliest first.
const NAMES: [&str; 3] = [
    "fullname nomcomplet nombrecompleto nomecompleto namalengkap hoten jinakamili adsoyad \
     adısoyadı 姓名 氏名 성명 фио imieinazwisko",
    "name nom nombre nome naam navn namn nimi jmeno meno ime nev isim ad adi jina majina nama ten \
     pangalan suna magaca izina igama amazina anarana erinnya oruko имя ονομα שם اسم الاسم نام नाम নাম பெயர் పేరు 名前 名称 이름 ชื่อ \
     ስም imie emri numele vardas vards",
    "contact customer client guest patient student lead buyer attendee employee kunde cliente kontakt contacto contato contatto ansprechpartner mteja \
     member person who klient",
];

/// The first and the last name in one language each.
const FIRST_AND_LAST: [(&str, &str); 26] = [
    ("firstname givenname forename", "lastname surname familyname"),
    ("vorname", "nachname familienname"),
    ("nombre nombres", "apellido apellidos"),
    ("nome", "cognome"),
    ("nome", "sobrenome apelido"),
    ("prenom prenoms", "nom nomdefamille"),
    ("voornaam", "achternaam"),
    ("fornavn", "etternavn efternavn"),
    ("fornamn", "efternamn"),
    ("etunimi", "sukunimi"),
    ("imie", "nazwisko"),
    ("jmeno krestnijmeno", "prijmeni"),
    ("meno", "priezvisko"),
    ("ime", "prezime priimek"),
    ("keresztnev utonev", "vezeteknev csaladnev"),
    ("prenume", "nume"),
    ("ad adi isim", "soyad soyadi soyadı soyisim"),
    ("имя", "фамилия"),
    ("імя", "прізвище"),
    ("jinalakwanza", "jinalamwisho jinalaukoo jinalafamilia"),
    ("namadepan", "namabelakang"),
    ("名", "姓"),
    ("ten", "ho"),
    ("ονομα", "επωνυμο"),
    ("שםפרטי", "שםמשפחה"),
    ("الاسمالاول", "اسمالعائلة اللقب"),
];

/// Words for the recipient.
const RECIPIENTS: &str = "recip receiv destin empfang sendto получател penerima 收件";

/// Words for somebody else than the person whom a row is about.
const SOMEBODY_ELSE: &str = "kin nok emergency urgence emergencia notfall agent device enumerator interviewer supervisor \
     assistant asst secretary owner assigned salesperson salesrep spouse husband wife referee \
     referrer referred referral reference guarantor sender from manager createdby modifiedby \
     submitt reportsto reportingto neighbour neighbor alternat callback radio relation \
     beneficiaryof friend caregiver officer chw ndugu jamaa dharura mdhamini wakala conjoint epoux \
     epouse prevenir garant parrain conyuge fiador referido ayudante asistente assistent vendedor \
     conjuge avalista dono ehepartner ehemann ehefrau vertreter burge vorgesetzt emergenza coniuge \
     noodgeval darurat acil yakını экстренн поручител الطوارئ القريب الكفيل المندوب السائق आपात 紧急 \
     緊急 担保 推荐 비상 khancap relative familiar familienangehor sibling brother sister nominee ice esposo \
     esposa marido mulher moglie echtgeno lebenspartner malzonek suami istri mwenza супруг жены \
     배우자 配偶 पत्नी पति زوج";

/// Words for the family of a pupil or patient. Their number is only suggested where the list names
/// them too.
const FAMILY: &str = "parent guardian father mother eltern erziehungsberecht vormund vater mutter tuteur tutrice pere \
     mere responsable tutor apoderado padre madre encargado acudiente representantelegal responsavel mae \
     pai genitor tutore voogd ouder rodzic opiekun rodic zakonnyzastupce foralder foraldre vardnadshavare \
     foresatt forelder huoltaja vanhem mzazi mlezi baba mama umubyeyi omuzadde umzali waalid mahaifi veli \
     orangtua ortu wali ayah ibu bapak родител опекун батьк опікун γονε κηδεμον הורה الأمر الوالد 家长 家長 監護 \
     监护 父亲 母亲 保護者 보호자 학부모 phuhuynh अभिभावक पिता माता অভিভাবক ผู้ปกครอง ወላጅ";

/// Words for other people whose number is only suggested where there is no other.
const PERHAPS_ELSE: &str = "driver rider doctor teacher landlord pastor guarantor";

/// Words for what is neither a name nor a number.
const NEITHER: &str = "type typ tipo label etiquet libelle rotulo bezeichnung country pais pays paese land dialcode \
     callingcode countrycode region city county street address adress zip postal email mail url \
     website status note remark areacode phonet fonet received comment consent opt allow accept verified date time count total \
     amount balance invoice order receipt transaction duration fax pager telex carrier network \
     operator provider language gender birth age password phonetic yomi \
     kitambulisho identidad identidade identitas";

/// Words for what is no name of a person.
const NO_NAME: &str = "username company organi firm empresa entreprise societe azienda business shop account bank school \
     branch office department job title class group product item campaign list file event project \
     course domain user nick id link prefix suffix";

/// Words before `number` that is no telephone's.
const NO_NUMBER: &str = "a c uuid guid of de da di von id account acc adm admission member membership customer client \
     payroll staff employee serial s policy passport house room tax pin vat reg ticket meter";

/// A header, prepared for comparing.
pub(super) struct Text {
    /// Its words in lower case, without accents.
    words: Vec<String>,
    joined: String,
}

impl Text {
    pub(super) fn of(header: &str) -> Self {
        let folded: String =
            header.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
        let words: Vec<String> = folded
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        Self { joined: words.concat(), words }
    }

    /// Returns whether it has one of the words, or a longer one that contains it; a short one must
    /// be whole.
    fn has_any(&self, words: &'static str) -> bool {
        self.first_of(words).is_some()
    }

    /// The first of the words that it has, as in [`has_any`](Self::has_any).
    fn first_of(&self, words: &'static str) -> Option<usize> {
        prepared(words).iter().position(|word| match word {
            // Between other words it is Swahili for "of": `Ndugu wa karibu`.
            Word { text, .. } if text == "wa" => {
                [self.words.first(), self.words.last()].contains(&Some(text))
            }
            Word { text, is_short: true } => self.words.contains(text),
            Word { text, is_short: false } => self.joined.contains(text),
        })
    }

    fn is_somebody_else(&self) -> bool {
        self.has_any(SOMEBODY_ELSE)
    }
}

/// Words beside "last" for what a recipient did, the clearest first.
const LAST_INBOUND: [&str; 2] = [
    "inbound incoming reply replied response responded received customermessage usermessage",
    "message seen active activity interaction interacted chat conversation",
];

/// A word of a list, prepared for comparing.
struct Word {
    text: String,
    is_short: bool,
}

thread_local! {
    static PREPARED: RefCell<HashMap<&'static str, Rc<[Word]>>> = RefCell::default();
}

/// The words of a list. They are prepared once: a sheet has up to 16,384 headers, and several rows
/// are tried as its header.
fn prepared(words: &'static str) -> Rc<[Word]> {
    let prepare = || {
        let texts = words.split(' ').map(|word| Text::of(word).joined);
        texts.map(|text| Word { is_short: is_short(&text), text }).collect()
    };
    PREPARED.with_borrow_mut(|lists| Rc::clone(lists.entry(words).or_insert_with(prepare)))
}

/// Words of four and five letters that are parts of many others.
const SHORT: &str = "cell land time date note type mail item list file user link nick pere mere baba mama ayah veli \
     wali istri ouder vater";

/// Returns whether a word, without accents, counts only as a whole word. Scripts that put no blanks
/// between words have no whole words.
fn is_short(word: &str) -> bool {
    let is_spaced = word.chars().all(|c| c < '\u{e00}');
    (is_spaced && word.chars().count() <= 3) || SHORT.split(' ').any(|short| short == word)
}

/// Returns whether a text speaks of somebody else than the person whom a row is about: next of
/// kin, an agent, an enumerator.
pub(super) fn is_somebody_else(text: &str) -> bool {
    Text::of(text).is_somebody_else()
}

/// Returns whether a header has one of these words, or one that contains it; short ones must be
/// whole.
pub(super) fn has_any(header: &str, words: &'static str) -> bool {
    Text::of(header).has_any(words)
}

/// Returns whether a header has one of these words as a whole.
pub(super) fn has_whole_word(header: &str, words: &str) -> bool {
    let text = Text::of(header);
    text.words.iter().any(|word| words.split(' ').any(|other| other == word))
}

/// Returns whether a header says that its column holds a telephone number.
pub(super) fn holds_number(header: &str) -> bool {
    let text = Text::of(header);
    NUMBERS[..NUMBERS.len() - 1].iter().any(|words| text.has_any(words))
}

/// How likely a column with this header is the field, from 0 for the likeliest; `None` when it
/// cannot be.
pub(super) fn rank(field: Field, header: &str) -> Option<usize> {
    // `Full name (as on your ID)`
    let text = Text::of(header.split_once("(as ").map_or(header, |(name, _)| name));
    let is_neither = |word: &'static str| {
        // `Address Telephone` is a number, `IP address` is none.
        let is_of_number = || word == "address" && !text.has_any("mail") && holds_number(header);
        text.has_any(word) && !is_of_number()
    };
    if text.is_somebody_else() || NEITHER.split(' ').any(is_neither) {
        return None;
    }
    let is_last = text.has_any(FAMILY) || text.has_any(PERHAPS_ELSE);
    let last = if is_last { NAMES.len() + NUMBERS.len() } else { 0 };
    let rank = rank_of(field, &text)?;
    Some(rank + last)
}

fn rank_of(field: Field, text: &Text) -> Option<usize> {
    match field {
        Field::To => match text.has_any(RECIPIENTS) {
            true if !text.has_any(NAMES[1]) => Some(0),
            _ => number_rank(text).map(|rank| rank + 1),
        },
        Field::Phone(_) => number_rank(text),
        Field::Name if text.has_any(NO_NAME) || text.has_any(NUMBERS[1]) => None,
        Field::Name => NAMES.iter().position(|words| text.has_any(words)),
        Field::LastInbound => last_inbound_rank(text),
        Field::Country | Field::Type(_) | Field::WaId(_) | Field::MessageId => None,
    }
}

/// The time of a "last message" is often that of our own, so it is only suggested.
fn last_inbound_rank(text: &Text) -> Option<usize> {
    let is_last = text.has_any("last latest recent");
    LAST_INBOUND.iter().position(|words| is_last && text.has_any(words))
}

fn number_rank(text: &Text) -> Option<usize> {
    let rank = NUMBERS.iter().position(|words| text.has_any(words))?;
    let last = NUMBERS.len() - 1;
    let is_other = rank == last
        && (NO_NUMBER.split(' ').any(|no| text.words.iter().any(|word| word == no))
            || text.has_any(NO_NAME)
            || text.has_any(NAMES[1]));
    // A lone `No` counts the rows.
    let counts = rank == last && matches!(text.joined.as_str(), "no" | "nr");
    (!is_other && !counts).then_some(rank)
}

/// The member of the family, of a pupil for example, whom a header names: the first of the words
/// for them.
pub(super) fn family(header: &str) -> Option<usize> {
    Text::of(header).first_of(FAMILY)
}

/// The columns of a first and a last name, for a name that is put together from both.
pub(super) fn first_and_last(headers: &[&str]) -> Option<(usize, usize)> {
    let texts: Vec<Text> = headers.iter().map(|header| Text::of(header)).collect();
    let find = |words: &str| {
        let words: Vec<String> = words.split(' ').map(|word| Text::of(word).joined).collect();
        let is = |text: &Text| words.contains(&text.joined);
        // `Buyer First Name`
        let ends = |text: &Text| {
            let is_end = |word: &String| word.len() > 4 && text.joined.ends_with(word.as_str());
            !text.is_somebody_else() && words.iter().any(is_end)
        };
        texts.iter().position(is).or_else(|| texts.iter().position(ends))
    };
    let both = FIRST_AND_LAST.iter().find_map(|(first, last)| {
        let (first, last) = (find(first)?, find(last)?);
        (first != last).then_some((first, last))
    });
    // `Name,Vorname`: one part is called by the word for the whole.
    both.or_else(|| {
        let name = texts.iter().position(|text| text.joined == "name")?;
        let part = |words: &str| texts.iter().position(|text| is_foreign_part(text, words));
        let first = || FIRST_AND_LAST.iter().find_map(|(first, _)| part(first));
        let last = || FIRST_AND_LAST.iter().find_map(|(_, last)| part(last));
        first().map(|first| (first, name)).or_else(|| last().map(|last| (name, last)))
    })
}

/// Returns whether a header is a word for a part of a name in another language: beside it `Name` is
/// the other part.
pub(super) fn is_part_of_name(header: &str) -> bool {
    let text = Text::of(header);
    FIRST_AND_LAST
        .iter()
        .any(|(first, last)| is_foreign_part(&text, first) || is_foreign_part(&text, last))
}

/// Returns whether a text is one of these words for a part of a name, and not English, nor a word
/// for the whole name or another thing as well (`nom`, `ad`).
fn is_foreign_part(text: &Text, words: &str) -> bool {
    let is_other = |word: &str| {
        FIRST_AND_LAST[0].0.split(' ').chain(FIRST_AND_LAST[0].1.split(' ')).any(|w| w == word)
            || NAMES.iter().flat_map(|names| names.split(' ')).any(|w| w == word)
            || is_short(word)
    };
    words.split(' ').any(|word| Text::of(word).joined == text.joined && !is_other(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: Field = Field::Phone(1);

    /// The header that is suggested first.
    fn likeliest<'h>(field: Field, headers: &[&'h str]) -> Option<&'h str> {
        let ranked = headers.iter().enumerate();
        let ranked = ranked.filter_map(|(at, header)| Some((rank(field, header)?, at)));
        ranked.min().map(|(_, at)| headers[at])
    }

    #[test]
    fn headers_in_many_languages_are_suggested() {
        for (phone, name) in [
            ("Telefon", "Kundenname"),
            ("Téléphone", "Nom"),
            ("Te\u{301}le\u{301}phone", "Nom du client"),
            ("Teléfono", "Nombre"),
            ("Celular", "Nome"),
            ("Simu", "Jina"),
            ("Nambari ya WhatsApp", "Jina la mteja"),
            ("No HP", "Nama"),
            ("No. WA", "Nama Lengkap"),
            ("फ़ोन", "नाम"),
            ("मोबाइल नंबर", "नाम"),
            ("电话", "姓名"),
            ("手機號碼", "名稱 名前"),
            ("رقم الهاتف", "الاسم"),
            ("رقم", "اسم"),
            ("Мобильный телефон", "ФИО"),
            ("Tlf.", "Navn"),
            ("SĐT", "Họ tên"),
            ("GSM", "Naam"),
            ("Puhelin", "Nimi"),
            ("연락처", "이름"),
            ("Tel.-Nr.", "Ansprechpartner"),
            ("Cep Tel", "Ad Soyad"),
            ("Mobiel", "Naam"),
            ("Mobiele telefoon", "Naam"),
            ("Namba ya simu", "Jina kamili"),
            ("Finday", "Anarana"),
            ("Inombolo yocingo", "Igama"),
            ("Numero ya telefone", "Amazina"),
            ("Address Telephone", "Full name (as on your ID)"),
        ] {
            let headers = ["Nr", "Datum", "E-Mail", name, phone, "Status", "Firma"];
            assert_eq!(likeliest(PHONE, &headers), Some(phone));
            assert_eq!(likeliest(Field::To, &headers), Some(phone));
            assert_eq!(likeliest(Field::Name, &headers), Some(name));
        }
    }

    #[test]
    fn what_cannot_be_the_field_is_not_suggested() {
        for header in [
            "Next of kin phone number",
            "NOK Phone",
            "Agent Tel",
            "Emergency contact",
            "Device number",
            "Telefone 1 - Tipo",
            "Phone label",
            "Phone type",
            "Home Fax",
            "Country code of phone",
            "ID Number",
            "Account No",
            "A/C No.",
            "Order number",
            "Number of children",
            "No",
            "Contact ID",
            "Phone verified",
            "Date of call",
            "Phone Number - Area Code",
            "Phonetischer Vorname",
            "received_on",
            "Ndugu wa karibu",
            "Simu ya dharura",
            "Celular cónyuge",
            "Téléphone de la personne à prévenir",
            "Handy des Ehepartners",
            "هاتف الطوارئ",
            "紧急联系人电话",
            "IP address",
        ] {
            assert_eq!(rank(PHONE, header), None, "{header}");
            assert_eq!(rank(Field::To, header), None, "{header}");
        }
        for header in [
            "Country Name",
            "Company Name",
            "Organization Name",
            "Agent Name",
            "Next of kin name",
            "Group Name",
            "File name",
            "Username",
            "Contact Type",
            "Client ID",
            "Shop name",
            "Kontakt E-Mail",
        ] {
            assert_eq!(rank(Field::Name, header), None, "{header}");
        }
    }

    #[test]
    fn the_number_of_a_parent_is_suggested_last() {
        for (headers, likeliest_one) in [
            (&["Nome", "Celular do responsável", "Telefone"][..], "Telefone"),
            (&["Jina", "Simu ya mzazi", "Simu"], "Simu"),
            (&["ФИО", "Телефон родителя", "Телефон"], "Телефон"),
            (&["Nama", "No HP Orang Tua", "No HP"], "No HP"),
            (&["Name", "Parent Phone"], "Parent Phone"),
        ] {
            assert_eq!(likeliest(PHONE, headers), Some(likeliest_one));
        }
    }

    #[test]
    fn the_family_is_known_in_many_languages() {
        for header in [
            "Guardian Phone",
            "Parents' mobile",
            "Telefon Elternteil",
            "Telefon der Erziehungsberechtigten",
            "Handy Mutter",
            "Téléphone du tuteur",
            "Tél. père",
            "Portable mère",
            "Teléfono del padre",
            "Celular madre",
            "Teléfono del encargado",
            "Celular del acudiente",
            "Telefone do responsável",
            "Celular da mãe",
            "Telefono genitore",
            "Telefoon ouder",
            "Telefon rodzica",
            "Telefon förälder",
            "Simu ya mzazi",
            "Simu ya mama",
            "No HP Orang Tua",
            "Veli Tel",
            "Телефон родителя",
            "Τηλέφωνο γονέα",
            "هاتف ولي الأمر",
            "家长电话",
            "保護者 電話",
            "अभिभावक का फोन",
        ] {
            assert!(family(header).is_some(), "{header}");
        }
        for header in [
            "Phone",
            "Telefon",
            "Numero",
            "Número",
            "Delivery Phone",
            "Temperature",
            "Mamadou",
            "Distributor Tel",
            "Qualität",
            "Telefone",
            "Nome",
            "Kwaliteit",
            "Privater Anschluss",
        ] {
            assert_eq!(family(header), None, "{header}");
            assert!(!is_somebody_else(header), "{header}");
        }
    }

    #[test]
    fn a_name_is_put_together_from_two_columns() {
        for (headers, found) in [
            (&["Nachname", "Vorname", "Handy"][..], Some((1, 0))),
            (&["Name", "Vorname"], Some((1, 0))),
            (&["Nom", "Prénom"], Some((1, 0))),
            (&["Nombres", "Apellidos"], Some((0, 1))),
            (&["Имя", "Фамилия"], Some((0, 1))),
            (&["Buyer First Name", "Buyer Last Name"], Some((0, 1))),
            (&["Agent First Name", "Agent Last Name"], None),
            (&["Name", "Telefon"], None),
            (&["Name", "Prénom"], Some((1, 0))),
            (&["Name", "Apelido"], Some((0, 1))),
            (&["Name", "Vorname", "Nachname"], Some((1, 2))),
            (&["Прізвище", "Ім'я"], Some((1, 0))),
        ] {
            assert_eq!(first_and_last(headers), found, "{headers:?}");
        }
    }
}
